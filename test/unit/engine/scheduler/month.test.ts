/** Thirty days of two markets through the schedule, with everything that can interrupt a page, against the batch path. */
import { expect, it } from 'vitest'
import type { Candle } from '../../../../src/core/candle.ts'
import { candlesOf } from '../../../../src/core/history.ts'
import { CandleSeries } from '../../../../src/core/series.ts'
import { type BarHistory, type BarRecord, SignalScheduler } from '../../../../src/engine/scheduler/index.ts'
import { SimulatedMarket } from '../../../../src/feeds/index.ts'
import type { Signal, SignalEngine } from '../../../../src/index.ts'
import { VirtualClock } from '../../../virtual-clock.ts'
import { hasRealCandles, realColumns } from '../../features/real-candles.ts'
import { barMs, openSmallEngine } from './live-market.ts'

const days = 30
const bars = days * 96
const past = 400
const models = ['tiny_v1.0.0', 'tiny_v2.0.0'] as const

/** The last bars of a market. */
function lastBars(symbol: string, seed: number): readonly Candle[] {
  const all = hasRealCandles ? [...candlesOf(realColumns(symbol))] : new SimulatedMarket({ seed }).take(past + bars)
  return all.slice(-(past + bars))
}

const markets = new Map([
  ['BTCUSDT', lastBars('BTCUSDT', 1)],
  ['ETHUSDT', lastBars('ETHUSDT', 2)],
])
const origin = markets.get('BTCUSDT')![0]!.time

/** Serves what has closed by the clock. */
function sourceOn(clock: VirtualClock): BarHistory {
  return {
    symbols: [...markets.keys()],
    timeframe: '15m',
    history: async (symbol, { last = Infinity, from = origin, to = Infinity }) => {
      const closed = Math.floor((Math.min(to, clock.now()) - origin) / barMs)
      const first = Math.max((from - origin) / barMs, closed - last, 0)
      return CandleSeries.from(markets.get(symbol)!.slice(first, closed), { symbol, timeframe: '15m' })
    },
  }
}

/** A life of the page: a scheduler over an engine until some bar has closed. */
async function live(engine: SignalEngine, clock: VirtualClock, act: (scheduler: SignalScheduler) => Promise<void>) {
  const records: BarRecord[] = []
  const scheduler = new SignalScheduler({
    engines: {
      get info() {
        return engine.info
      },
      warmup: engine.warmup,
      status: (symbol) => engine.status(symbol),
      prime: (history, options) => clock.during(engine.prime(history, options)),
      pushMany: (candles, options) => clock.during(engine.pushMany(candles, options)),
    },
    source: sourceOn(clock),
    resume: true,
    clock,
    onRecord: (record) => records.push(record),
  })
  scheduler.start()
  await act(scheduler)
  await clock.run(scheduler.stop())
  return records
}

const numbersOf = ({ returns, probabilities, confidence, quality }: Signal): number[] => [
  ...Object.values(returns),
  ...Object.values(probabilities).flatMap((sides) => Object.values(sides)),
  confidence,
  quality,
]

const title = `${days} days of ${hasRealCandles ? 'BTC and ETH' : 'two simulated markets (no real data beside the project)'}`

it(`${title} give the signals of the batch path, bar for bar, through a kill, a freeze and another model`, async () => {
  const clock = new VirtualClock(origin + past * barMs + 60_000)
  const to = (bar: number): Promise<void> =>
    clock.run(clock.sleep(origin + (past + bar) * barMs + 60_000 - clock.now()))
  const first = await openSmallEngine(models)
  const start = [...markets].map(([symbol, candles]) => {
    return { symbol, columns: CandleSeries.from(candles.slice(0, past - 1), { symbol, timeframe: '15m' }).columns }
  })
  await first.restore({ timeframe: '15m', symbols: start })
  const before = await live(first, clock, () => to(bars / 3))
  // The page is killed: all that is left is what it had saved.
  const saved = structuredClone(first.snapshot())
  await first.close()

  const second = await openSmallEngine(models)
  await second.restore(saved)
  const after = await live(second, clock, async (scheduler) => {
    await to(bars / 2)
    scheduler.pause()
    await to(bars / 2 + 20)
    scheduler.start()
    await to((2 * bars) / 3)
    await second.switchModel(models[1])
    await to(bars - 1)
  })

  const records = [...before, ...after]
  const batch = await openSmallEngine(models)
  for (const [symbol, candles] of markets) {
    const mine = records.filter((record) => record.symbol === symbol)
    const times = candles.slice(past - 1, past - 1 + bars).map(({ time }) => time)
    expect(
      mine.map(({ time }) => time),
      'every bar once, in order',
    ).toEqual(times)
    const missed = mine.filter(({ status }) => status === 'missed').map(({ time }) => times.indexOf(time))
    expect(missed).toEqual(Array.from({ length: 19 }, (_, i) => bars / 2 + 1 + i))
    expect(mine.filter(({ status }) => status === 'ok')).toHaveLength(bars - 19)
    for (const model of models) {
      await batch.switchModel(model)
      const expected = new Map((await batch.replay(candles, { symbol })).map((signal) => [signal.time, signal]))
      const signals = mine.flatMap(({ signal }) => (signal?.model === model ? [signal] : []))
      expect(signals.length).toBeGreaterThan(bars / 4)
      let [farthest, sides] = [0, 0]
      for (const signal of signals) {
        const twin = expected.get(signal.time)!
        if (signal.side !== twin.side) sides++
        for (const [i, number] of numbersOf(signal).entries())
          farthest = Math.max(farthest, Math.abs(number - numbersOf(twin)[i]!))
      }
      expect(sides).toBe(0)
      // Runs of another size round differently in the last digits.
      expect(farthest).toBeLessThan(1e-5)
    }
  }
}, 120_000)
