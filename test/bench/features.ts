/**
 * Measures features per bar, in batch and candle by candle, on a random walk or on candles of a CSV file with the columns
 * timestamp, open, high, low, close, volume. Bundle it with esbuild and run it in Node: `features.mjs [file.csv]`.
 */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { type Candle, turnoverOf } from '../../src/core/candle.ts'
import type { CandleColumns } from '../../src/core/series.ts'
import { catalogue, FeatureStream, reference221, starter96 } from '../../src/features/index.ts'

function readCandles(file: string): Candle[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1)
  return lines.map((line) => {
    const [time, open, high, low, close, volume] = line.split(',').map(Number)
    return { time: time!, open: open!, high: high!, low: low!, close: close!, volume: volume! }
  })
}

function walk(length: number): Candle[] {
  const candles: Candle[] = []
  let close = 100
  let seed = 1
  const random = (): number => (seed = (Math.imul(seed, 48_271) >>> 0) % 2_147_483_647) / 2_147_483_647
  for (let i = 0; i < length; i++) {
    const open = close
    close *= 1 + (random() - 0.5) / 100
    const high = Math.max(open, close) * (1 + random() / 500)
    const low = Math.min(open, close) * (1 - random() / 500)
    candles.push({ time: i * 900_000, open, high, low, close, volume: 10 + 100 * random() })
  }
  return candles
}

function columnsOf(candles: readonly Candle[]): CandleColumns {
  const column = (read: (candle: Candle) => number): Float64Array => Float64Array.from(candles, read)
  return {
    length: candles.length,
    time: column((candle) => candle.time),
    open: column((candle) => candle.open),
    high: column((candle) => candle.high),
    low: column((candle) => candle.low),
    close: column((candle) => candle.close),
    volume: column((candle) => candle.volume),
    turnover: column(turnoverOf),
  }
}

/** Microseconds per bar: the best of five passes. */
function measure(bars: number, pass: () => void): string {
  let best = Infinity
  for (let k = 0; k < 5; k++) {
    const start = performance.now()
    pass()
    best = Math.min(best, performance.now() - start)
  }
  return ((best * 1000) / bars).toFixed(2)
}

const candles: Candle[] = process.argv[2] === undefined ? walk(46_656) : readCandles(process.argv[2])
const columns = columnsOf(candles)
const sets = { 'starter-96': starter96, 'reference-221': reference221, catalogue: catalogue.map(({ id }) => id) }

for (const [name, ids] of Object.entries(sets)) {
  const out = new Float64Array(candles.length * ids.length)
  const batch = measure(candles.length, () => new FeatureStream(ids).advance(columns, 0, candles.length, out))
  const push = measure(candles.length, () => {
    const stream = new FeatureStream(ids)
    for (const candle of candles) stream.push(candle)
  })
  const stream = new FeatureStream(ids)
  stream.advance(columns, 0, 2000)
  const peek = measure(2000, () => {
    for (let i = 0; i < 2000; i++) stream.peek(candles[2000 + i]!)
  })
  const kilobytes = (stream.stateBytes / 1024).toFixed(0)
  console.log(
    `${name}: ${ids.length} features, batch ${batch}, push ${push}, peek ${peek} µs/bar, state ${kilobytes} kB`,
  )
}
