import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../../src/core/series.ts'
import { backtest, type BacktestProgress, backtestSignals, type ReplayEngine } from '../../../../src/evaluate/index.ts'
import { replayHistories } from '../../../../src/evaluate/backtest/replay-histories.ts'
import type { TradeSignal } from '../../../../src/evaluate/index.ts'
import { SimulatedMarket } from '../../../../src/feeds/index.ts'
import { failure } from '../../../failure.ts'
import { barMs, seriesOf, signalOf } from './markets.ts'

const warmup = 20

/** LONG above the mean of the last bars, SHORT below it, NEUTRAL near it. */
function decide({ symbol, columns }: CandleSeries, row: number): TradeSignal {
  const { close, time } = columns
  const mean = close.subarray(row - warmup + 1, row + 1).reduce((sum, value) => sum + value, 0) / warmup
  const price = close[row]!
  const away = price / mean - 1
  const side = Math.abs(away) < 0.001 ? 'NEUTRAL' : away > 0 ? 'LONG' : 'SHORT'
  const sign = side === 'SHORT' ? -1 : 1
  const levels =
    side === 'NEUTRAL' ? {} : { stopLoss: price * (1 - sign * 0.01), takeProfit: price * (1 + sign * 0.02) }
  return signalOf(symbol, time[row]! / barMs, side, levels)
}

/** An engine by a rule, and what it was asked. */
function ruleEngine(): ReplayEngine<TradeSignal> & { readonly asked: { length: number; last: number }[] } {
  const asked: { length: number; last: number }[] = []
  return {
    asked,
    warmup,
    info: { model: { id: 'rule_v1' }, timeframe: '15m' },
    replay: async (history, { last = history.length, onProgress }) => {
      asked.push({ length: history.length, last })
      onProgress?.({ phase: 'features', loaded: history.length, total: history.length })
      const rows = Array.from({ length: last }, (_, i) => history.length - last + i)
      for (const done of [1, Math.ceil(last / 2), last]) onProgress?.({ phase: 'inference', loaded: done, total: last })
      return rows.map((row) => decide(history, row))
    },
  }
}

const simulated = (symbol: string, seed: number, bars: number): CandleSeries =>
  CandleSeries.from(new SimulatedMarket({ seed, timeframe: '15m', start: 0 }).take(bars), { symbol, timeframe: '15m' })

const histories = [simulated('BTC', 1, 400), simulated('ETH', 2, 300)]

/** Everything the engine would decide. */
const decided = histories.map((series) => ({
  series,
  signals: Array.from({ length: series.length - warmup + 1 }, (_, i) => decide(series, warmup - 1 + i)),
}))

const timeOf = (row: number): number => histories[0]!.columns.time[row]!

describe('a backtest of an engine', () => {
  it('trades what the engine decides, from the first bar that can have a signal on', async () => {
    const result = await backtest(ruleEngine(), histories, { feeBps: 5 })
    expect(result.trades.length).toBeGreaterThan(10)
    expect(result).toEqual({
      ...backtestSignals(decided, { feeBps: 5, from: timeOf(warmup - 1) }),
      model: 'rule_v1',
    })
  })

  it('warms up before the window, counts its bars alone, and never asks for what comes after', async () => {
    const engine = ruleEngine()
    const [from, to] = [timeOf(100), timeOf(250)]
    const result = await backtest(engine, histories, { from, to })
    expect(engine.asked).toEqual([
      { length: 250, last: 150 },
      { length: 250, last: 150 },
    ])
    expect(result).toMatchObject({ from, to: timeOf(249), metrics: { n: 150 } })
    expect(result).toEqual({ ...backtestSignals(decided, { from, to }), model: 'rule_v1' })
  })

  it('begins where signals can begin, where the window begins earlier', async () => {
    expect(await backtest(ruleEngine(), histories, { from: timeOf(0) })).toMatchObject({ from: timeOf(warmup - 1) })
  })

  it('gives the same, piece by piece', async () => {
    const engine = ruleEngine()
    const taken = new Map<CandleSeries, TradeSignal[]>()
    await replayHistories(engine, histories, { pieceBars: 64 }, (series, signals) => {
      expect(signals.length).toBeLessThanOrEqual(64)
      taken.set(series, [...(taken.get(series) ?? []), ...signals])
    })
    expect(engine.asked.length).toBe(6 + 5)
    expect(decided.map(({ series }) => taken.get(series))).toEqual(decided.map(({ signals }) => signals))
  })

  it('hands on what is decided as soon as it is', async () => {
    const told: [string, number][] = []
    await backtest(ruleEngine(), histories, { onSignals: ({ symbol }, signals) => told.push([symbol, signals.length]) })
    expect(told).toEqual([
      ['BTC', 381],
      ['ETH', 281],
    ])
  })

  it('hands on a long history some at a time, others in between, and nothing more after an abort', async () => {
    const long = simulated('BTC', 1, 3000)
    const engine = ruleEngine()
    let turns = 0
    const turning = setInterval(() => turns++, 0)
    const told: { turn: number; signals: readonly TradeSignal[] }[] = []
    await backtest(engine, [long], { onSignals: (_, signals) => told.push({ turn: turns, signals }) })
    clearInterval(turning)
    expect(engine.asked).toHaveLength(1)
    expect(told.map(({ signals }) => signals.length)).toEqual([1024, 1024, 3000 - warmup + 1 - 2048])
    expect(told.flatMap(({ signals }) => signals.map(({ time }) => time))).toEqual(
      Array.from(long.columns.time.subarray(warmup - 1, 3000)),
    )
    expect(new Set(told.map(({ turn }) => turn)).size).toBe(3)

    const leaving = new AbortController()
    let handed = 0
    const stopping = backtest(ruleEngine(), [long], {
      signal: leaving.signal,
      onSignals: () => {
        handed++
        leaving.abort(new Error('enough'))
      },
    })
    expect(await failure(stopping)).toEqual(new Error('enough'))
    expect(handed).toBe(1)
  })

  it('tells its progress from 0 to 1, never backwards', async () => {
    const told: BacktestProgress[] = []
    await backtest(ruleEngine(), histories, { onProgress: (progress) => told.push(progress) })
    const shares = told.map(({ share }) => share)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
    const [bars, later] = [381, 281]
    expect(told.filter(({ phase }) => phase === 'inference').map(({ bars: done }) => done)).toEqual([
      1,
      Math.ceil(bars / 2),
      bars,
      bars + 1,
      bars + Math.ceil(later / 2),
      bars + later,
    ])
    expect(new Set(told.map(({ phase, symbol }) => `${phase} ${symbol}`))).toEqual(
      new Set(['features BTC', 'inference BTC', 'features ETH', 'inference ETH', 'trading undefined']),
    )
  })

  it('ends with the reason of its signal, between two markets as within the trading', async () => {
    const reason = new Error('enough')
    for (const at of ['inference', 'trading'] as const) {
      const leaving = new AbortController()
      const long = [simulated('BTC', 1, 3000), histories[1]!]
      const engine = ruleEngine()
      const work = backtest(engine, long, {
        signal: leaving.signal,
        onProgress: ({ phase }) => {
          if (phase === at) leaving.abort(reason)
        },
      })
      expect(await failure(work)).toBe(reason)
      expect(engine.asked).toHaveLength(at === 'inference' ? 1 : 2)
    }
  })

  it.each([
    ['a history too short for one signal', [seriesOf('A', [[1, 1, 1, 1]])], {}, 'evaluate/option'],
    ['a window after the last bar', histories, { from: timeOf(399) + barMs }, 'evaluate/option'],
    ['a window without sense', histories, { from: 2, to: 1 }, 'evaluate/option'],
    ['one market twice', [histories[0]!, histories[0]!], {}, 'evaluate/option'],
  ])('refuses %s before it asks the engine', async (_, given, options, code) => {
    const engine = ruleEngine()
    expect(await failure(backtest(engine, given, options))).toMatchObject({ code })
    expect(engine.asked).toEqual([])
  })

  it('refuses rules out of their range before it asks the engine', async () => {
    const engine = ruleEngine()
    expect(await failure(backtest(engine, histories, { feeBps: -1 }))).toBeInstanceOf(TypeError)
    expect(engine.asked).toEqual([])
  })
})
