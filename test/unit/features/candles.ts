/** Candle series for tests: deterministic, and as unpleasant as markets get. */
import { type Candle, turnoverOf } from '../../../src/core/candle.ts'
import type { CandleColumns } from '../../../src/core/series.ts'

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A random walk of 15-minute candles. */
export function walk(length: number, seed = 1, price = 100): Candle[] {
  const random = randomFrom(seed)
  const candles: Candle[] = []
  let close = price
  for (let i = 0; i < length; i++) {
    const open = close * (1 + (random() - 0.5) / 1000)
    close = open * (1 + (random() - 0.5) / 50)
    const high = Math.max(open, close) * (1 + random() / 200)
    const low = Math.min(open, close) * (1 - random() / 200)
    const volume = 1000 * random() ** 2 + 1
    const turnover = volume * (high + low) * 0.5
    candles.push({ time: 1_717_200_000_000 + i * 900_000, open, high, low, close, volume, turnover })
  }
  return candles
}

const map = (candles: Candle[], change: (candle: Candle, i: number) => Partial<Candle>): Candle[] =>
  candles.map((candle, i) => ({ ...candle, ...change(candle, i) }))

const times = (candle: Candle, price: number): Partial<Candle> => ({
  open: candle.open * price,
  high: candle.high * price,
  low: candle.low * price,
  close: candle.close * price,
  turnover: turnoverOf(candle) * price,
})

const still = (price: number): Partial<Candle> => ({ open: price, high: price, low: price, close: price })

/** Series that break careless formulas. */
export const hardSeries: Readonly<Record<string, (length: number) => Candle[]>> = {
  'a random walk': (length) => walk(length),
  'a flat market without volume': (length) => map(walk(length), () => ({ ...still(0.1), volume: 0, turnover: 0 })),
  'a flat price with volume': (length) => map(walk(length), () => still(0.3)),
  'no volume': (length) => map(walk(length), () => ({ volume: 0, turnover: 0 })),
  'constant volume': (length) => map(walk(length), () => ({ volume: 0.7, turnover: undefined })),
  'prices of 1e-8': (length) => map(walk(length, 3), (candle) => times(candle, 1e-10)),
  'a jump of a million times and back': (length) =>
    map(walk(length, 4), (candle, i) => (i % 400 >= 180 && i % 400 < 220 ? times(candle, 1e6) : {})),
  'halts and bursts': (length) =>
    map(walk(length, 5), (candle, i) =>
      i % 90 < 45
        ? { ...still(50), volume: 0, turnover: 0 }
        : { volume: candle.volume * 10 ** (i % 7), turnover: undefined },
    ),
  'prices on a coarse grid': (length) =>
    map(walk(length, 6), (candle) => ({
      open: Math.round(candle.open),
      high: Math.ceil(candle.high),
      low: Math.floor(candle.low),
      close: Math.round(candle.close),
      volume: Math.round(candle.volume / 300),
      turnover: undefined,
    })),
}

/** Columns of candles. */
export function columnsOf(candles: readonly Candle[]): CandleColumns {
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

/** All prices and volumes times a factor each. */
export function rescale(candles: Candle[], scale: { price: number; volume: number }): Candle[] {
  return map(candles, (candle) => ({
    ...times(candle, scale.price),
    volume: candle.volume * scale.volume,
    turnover: turnoverOf(candle) * scale.price * scale.volume,
  }))
}

/** A benchmark for each series of {@link hardSeries}: another one of them, so that both are unpleasant. */
export function benchmarkOf(name: string, length: number, price = 1): Candle[] {
  const names = Object.keys(hardSeries)
  const other = names[(names.indexOf(name) + 1) % names.length]!
  return rescale(hardSeries[name === 'a random walk' ? name : other]!(length + 1).slice(1), { price, volume: 1 }).map(
    (candle) => ({ ...candle, time: candle.time - 900_000 }),
  )
}

/** Index of the first place where two arrays differ in any bit that counts, -1 where none does. */
export function firstDifference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length)
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i
  return -1
}
