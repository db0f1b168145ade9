import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type MeasuredTrade,
  PaperAccount,
  periodsPerYear,
  sharpeRatio,
  sortinoRatio,
  tradeMetrics,
  tradingMetrics,
} from '../../../src/evaluate/index.ts'
import { drawdownOf } from '../../../src/evaluate/trading/drawdown.ts'
import { expectNear } from './golden.ts'
import { failureOf } from './refusal.ts'
import { barMs } from './rows.ts'

const timeframe = '15m'
const bars = (count: number): number[] => Array.from({ length: count }, (_, i) => i * barMs)
const curve = (equity: readonly number[]): { times: number[]; equity: readonly number[] } => ({
  times: bars(equity.length),
  equity,
})
const trade = (entry: number, exit: number, profit = 1): MeasuredTrade => ({
  quantity: 1,
  entryTime: entry * barMs,
  exitTime: exit * barMs,
  entryPrice: 100,
  exitPrice: 100,
  profit,
  bars: exit - entry + 1,
})

const equities = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 60 })
const returns = fc.array(
  fc.integer({ min: -900, max: 900 }).map((x) => x / 1000),
  { minLength: 2, maxLength: 60 },
)

describe('a drawdown', () => {
  it.each([
    [[100, 110, 99, 104, 110, 120], { depth: 0.1, peakAt: 1, troughAt: 2, recoveredAt: 4, bars: 3, longestBars: 3 }],
    [[100, 100, 50], { depth: 0.5, peakAt: 1, troughAt: 2, recoveredAt: null, bars: 1, longestBars: 1 }],
    [
      [100, 99, 98, 101, 50, 101],
      { depth: 1 - 50 / 101, peakAt: 3, troughAt: 4, recoveredAt: 5, bars: 2, longestBars: 3 },
    ],
    [[100, 101, 102], { depth: 0, peakAt: null, troughAt: null, recoveredAt: null, bars: 0, longestBars: 0 }],
    [[100], { depth: 0, peakAt: null, troughAt: null, recoveredAt: null, bars: 0, longestBars: 0 }],
    [[100, -20], { depth: 1.2, peakAt: 0, troughAt: 1, recoveredAt: null, bars: 1, longestBars: 1 }],
  ])('of %j', (equity, { depth, ...expected }) => {
    const { depth: actual, ...rest } = drawdownOf(equity)
    expectNear(actual, depth, 'depth')
    expect(rest).toEqual(expected)
  })

  it('is what the definition says, bar by bar', () => {
    fc.assert(
      fc.property(equities, (equity) => {
        const falls = equity.map((value, i) => 1 - value / Math.max(...equity.slice(0, i + 1)))
        const { depth, peakAt, troughAt } = drawdownOf(equity)
        expect(depth).toBe(Math.max(...falls))
        if (depth === 0) return
        expect(troughAt).toBe(falls.indexOf(depth))
        expect(1 - equity[troughAt!]! / equity[peakAt!]!).toBe(depth)
      }),
    )
  })

  it('does not depend on the size of the account', () => {
    fc.assert(
      fc.property(equities, (equity) => {
        const doubled = drawdownOf(equity.map((value) => value * 2))
        expect(doubled).toEqual(drawdownOf(equity))
      }),
    )
  })
})

describe('a ratio', () => {
  it.each([sharpeRatio, sortinoRatio])('%o grows with the root of the periods, and not with the stake', (ratio) => {
    fc.assert(
      fc.property(returns, (values) => {
        const once = ratio(values)
        expectNear(ratio(values, { periodsPerYear: 100 }), once === null ? null : once * 10, 'year', 1e-9)
        expectNear(ratio(values.map((value) => value * 2)), once, 'stake', 1e-9)
      }),
    )
  })

  it('of Sharpe turns its sign with the returns, does not depend on their order', () => {
    fc.assert(
      fc.property(returns, (values) => {
        const ratio = sharpeRatio(values)
        expectNear(sharpeRatio(values.map((value) => -value)), ratio === null ? null : -ratio, 'turned', 1e-9)
        expectNear(sharpeRatio(values.toReversed()), ratio, 'reversed', 1e-9)
      }),
    )
  })

  it('is undefined where there is no risk to divide by', () => {
    expect(sharpeRatio([0.1, 0.1, 0.1])).toBeNull()
    expect(sharpeRatio([0.1])).toBeNull()
    expect(sortinoRatio([0.1, 0.2])).toBeNull()
    expect(sortinoRatio([-0.1])).toBeNull()
    expect(sortinoRatio([0.1, 0.2], { target: 0.15 })).not.toBeNull()
  })

  it.each([
    [() => sharpeRatio([0, Number.NaN]), 'Row 1 of "returns" is NaN.'],
    [() => sharpeRatio([0, 1], { periodsPerYear: 0 }), '"periodsPerYear" is 0.'],
    [() => sortinoRatio([0, 1], { target: Infinity }), '"target" is Infinity.'],
  ])('refuses what cannot be (%#)', (measure, message) => {
    expect(failureOf(measure)).toContain(message)
  })
})

describe('single trades', () => {
  it('have no profit factor without losses, and no rates without trades', () => {
    expect(tradeMetrics([trade(0, 1, 5)])).toMatchObject({ winRate: 1, profitFactor: null, averageLoss: null })
    expect(tradeMetrics([trade(0, 1, -5)])).toMatchObject({ winRate: 0, profitFactor: 0, averageWin: null })
    expect(tradeMetrics([])).toMatchObject({ trades: 0, winRate: null, averageProfit: null, averageBars: null })
  })

  it('without profit or loss are neither won nor lost', () => {
    const metrics = tradeMetrics([trade(0, 1, 4), trade(1, 2, -2), trade(2, 3, 0)])
    expect(metrics).toMatchObject({ profitFactor: 2, averageWin: 4, averageLoss: -2 })
    expectNear(metrics.winRate, 1 / 3, 'win rate')
  })

  it.each([
    [{ profit: Number.NaN }, 'Row 1 of "trades.profit" is NaN.'],
    [{ quantity: 0 }, 'Row 1 of "trades.quantity" is 0. It must be above 0'],
    [{ exitTime: -1 }, 'Row 1 of "trades.exitTime" is -1. It must be not before the entry at 0'],
  ])('are refused where they cannot be: %j', (wrong, message) => {
    expect(failureOf(() => tradeMetrics([trade(0, 1), { ...trade(0, 1), ...wrong }]))).toContain(message)
  })
})

describe('trading metrics', () => {
  it('have a year of 365 days around the clock', () => {
    expect(periodsPerYear('15m')).toBe(35_040)
    expect(periodsPerYear('1d')).toBe(365)
    const { cagr } = tradingMetrics({ times: [0, 365 * 86_400_000], equity: [100, 130] }, [], { timeframe: '1d' })
    expectNear(cagr, 0.3, 'growth of a year')
  })

  it('say what is undefined of an account that never traded', () => {
    expect(tradingMetrics(curve([100, 100, 100]), [], { timeframe })).toMatchObject({
      totalReturn: 0,
      cagr: 0,
      sharpe: null,
      sortino: null,
      turnover: 0,
      exposure: 0,
      profitFactor: null,
    })
  })

  it('of an account that was lost have no ratios, and no growth of a debt', () => {
    expect(tradingMetrics(curve([100, 50, 0]), [], { timeframe })).toMatchObject({ totalReturn: -1, cagr: -1 })
    const debt = tradingMetrics(curve([100, -50, 10]), [], { timeframe })
    expect(debt).toMatchObject({ sharpe: null, sortino: null })
    expect(debt.drawdown.depth).toBe(1.5)
    expect(tradingMetrics(curve([100, -50]), [], { timeframe }).cagr).toBeNull()
  })

  it('have no growth of a year that no number can hold', () => {
    expect(tradingMetrics(curve([100, 120]), [], { timeframe }).cagr).toBeNull()
  })

  it('count every bar in which a trade was open once', () => {
    const exposureOf = (...trades: MeasuredTrade[]): number =>
      tradingMetrics(curve(Array.from({ length: 10 }, () => 100)), trades, { timeframe }).exposure
    expect(exposureOf(trade(2, 2))).toBe(0.1)
    expect(exposureOf(trade(2, 4), trade(3, 5))).toBe(0.4)
    expect(exposureOf(trade(7, 9), trade(0, 0))).toBe(0.4)
    expect(exposureOf(trade(0, 9), trade(1, 2))).toBe(1)
  })

  it('count the bars that are missing', () => {
    const gap = tradingMetrics({ times: [0, barMs, 5 * barMs], equity: [1, 1, 1] }, [], { timeframe })
    expect(gap.missingBars).toBe(3)
  })

  it('agree with the account that traded', () => {
    const account = new PaperAccount({ stake: 1 })
    const [times, equity]: [number[], number[]] = [[], []]
    for (let i = 0; i < 200; i++) {
      const price = (at: number): number => 100 + 10 * Math.sin(at / 7)
      const [open, close] = [price(i), price(i + 1)]
      const time = i * barMs
      account.bar('A', { time, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1 })
      const side = Math.cos(i / 7) > 0 ? 'LONG' : 'SHORT'
      account.order({
        id: `${i}`,
        symbol: 'A',
        time,
        side,
        stopLoss: null,
        takeProfit: null,
        expiresAt: Infinity,
        provisional: false,
      })
      times.push(time)
      equity.push(account.equity)
    }
    const metrics = tradingMetrics({ times, equity }, account.trades, { timeframe })
    const { summary } = account
    expect(metrics.trades).toBeGreaterThan(5)
    expect(metrics.winRate).toBe(summary.winRate ?? null)
    expectNear(metrics.profitFactor, summary.profitFactor ?? null, 'profit factor')
    expectNear(metrics.drawdown.depth, summary.maxDrawdown, 'drawdown')
    expectNear(metrics.totalReturn, summary.equity / summary.startCash - 1, 'return')
  })

  it.each([
    [{ times: [], equity: [] }, '"equity" is empty.'],
    [{ times: [0], equity: [1, 2] }, '"equity" is 2 values long.'],
    [{ times: [0], equity: [0] }, 'Row 0 of "equity" is 0. It must be above 0'],
    [{ times: [0, barMs], equity: [1, Number.NaN] }, 'Row 1 of "equity" is NaN.'],
    [
      { times: [0, barMs / 2], equity: [1, 1] },
      'Row 1 of "times" is 450000. It must be at least one bar (900000 ms) after 0',
    ],
  ])('refuse the curve %j', (wrong, message) => {
    expect(failureOf(() => tradingMetrics(wrong, [], { timeframe }))).toContain(message)
  })

  it('refuse a rate at which all is lost', () => {
    expect(failureOf(() => tradingMetrics(curve([1]), [], { timeframe, riskFreePerYear: -1 }))).toContain(
      'riskFreePerYear',
    )
  })
})
