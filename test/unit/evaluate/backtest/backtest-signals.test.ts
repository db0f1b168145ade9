import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../../src/core/series.ts'
import {
  backtestJson,
  backtestSignals,
  type BacktestMarket,
  type BacktestRules,
  type PaperOptions,
} from '../../../../src/evaluate/index.ts'
import { anyMarkets, barMs, before, candleOf, type Prices, seriesOf, signalOf } from './markets.ts'

const free: PaperOptions = { cash: 1000, stake: 1, feeBps: 0, slippageBps: 0 }
const costly: PaperOptions = { cash: 1000, stake: 0.4, feeBps: 7, slippageBps: 3 }

const refused = (code: string, details: object): unknown =>
  expect.objectContaining({ code, details: expect.objectContaining(details) as object })

/** A bar that stays at one price. */
const still = (price: number): Prices => [price, price, price, price]

/** What one market gave. */
const single = (bars: readonly Prices[], signals: BacktestMarket['signals'], rules: BacktestRules = free) =>
  backtestSignals([{ series: seriesOf('A', bars), signals }], rules)

describe('a backtest computed by hand', () => {
  it('pays fees and slippage to the cent', () => {
    const bars = [still(100), still(100), [100, 112, 99, 110], [109, 109, 109, 109]] as const
    const signals = [signalOf('A', 0, 'LONG'), signalOf('A', 2, 'SHORT')]
    const { trades, profit, fees, finalEquity, curve, metrics } = single(bars, signals, {
      cash: 10_000,
      stake: 0.5,
      feeBps: 10,
      slippageBps: 20,
      onOpposite: 'close',
    })
    // Bought for 5,000 at 100 + 0.2 %: 49.9002 pieces, fee 5.00. Sold at 109 - 0.2 % = 108.782 for 5,428.24, fee 5.43.
    const quantity = 5000 / 100.2
    expect(trades).toHaveLength(1)
    expect(trades[0]!.quantity).toBeCloseTo(quantity, 10)
    expect(trades[0]).toMatchObject({ reason: 'opposite', bars: 2, entryTime: barMs, exitTime: 3 * barMs })
    expect(fees.toFixed(2)).toBe('10.43')
    expect(profit.toFixed(2)).toBe('417.82')
    expect(finalEquity.toFixed(2)).toBe('10417.82')
    // Marked at the close in between: 10,000 - 5.00 + 49.9002 x (110 - 100.2).
    expect([...curve.equity].map((value) => value.toFixed(2))).toEqual(['10000.00', '9985.02', '10484.02', '10417.82'])
    expect(metrics.totalReturn).toBeCloseTo(0.041782, 6)
    expect(metrics.turnover! * (curve.equity.reduce((a, b) => a + b) / 4)).toBeCloseTo(5000 + quantity * 108.782, 6)
  })

  it('takes the stop before the target where one bar reaches both', () => {
    const levels = { stopLoss: 98, takeProfit: 104 }
    const { trades } = single([still(100), [100, 105, 97, 103]], [signalOf('A', 0, 'LONG', levels)])
    expect(trades).toMatchObject([{ reason: 'stop-loss', exitPrice: 98, profit: -20, bars: 1 }])
  })

  it('fills a gap through the stop at the open', () => {
    const levels = { stopLoss: 98, takeProfit: 104 }
    const bars = [still(100), still(100), [90, 95, 89, 94]] as const
    const { trades } = single(bars, [signalOf('A', 0, 'LONG', levels)])
    expect(trades).toMatchObject([{ reason: 'stop-loss', exitPrice: 90, profit: -100 }])
  })

  it('fills the target at an open beyond it, whatever the bar does later', () => {
    const levels = { stopLoss: 98, takeProfit: 104 }
    const bars = [still(100), still(100), [106, 107, 90, 91]] as const
    const { trades } = single(bars, [signalOf('A', 0, 'LONG', levels)])
    expect(trades).toMatchObject([{ reason: 'take-profit', exitPrice: 106, profit: 60 }])
  })

  it('turns round at the next open on a signal of the other side', () => {
    const bars = [still(100), still(100), still(110), still(99)] as const
    const { trades, orders } = single(bars, [signalOf('A', 0, 'LONG'), signalOf('A', 1, 'SHORT')])
    expect(trades).toMatchObject([
      { side: 'LONG', reason: 'opposite', exitPrice: 110, profit: 100 },
      { side: 'SHORT', reason: 'closed', entryPrice: 110, exitPrice: 99, profit: 110 },
    ])
    expect(orders).toEqual({ placed: 2, entered: 2 })
  })

  it('drops an order that has expired, or that opens beyond its own levels', () => {
    const late = signalOf('A', 0, 'LONG', { expiresAt: barMs })
    expect(single([still(100), still(100)], [late])).toMatchObject({ trades: [], orders: { placed: 1, entered: 0 } })
    const beyond = signalOf('A', 0, 'LONG', { stopLoss: 98 })
    expect(single([still(100), still(97)], [beyond])).toMatchObject({ trades: [], orders: { placed: 1, entered: 0 } })
  })

  it('fills no order of the last bar, and closes at the last close what is open', () => {
    const bars = [still(100), [100, 103, 100, 102]] as const
    const { trades, orders, curve } = single(bars, [signalOf('A', 0, 'LONG'), signalOf('A', 1, 'SHORT')])
    expect(trades).toMatchObject([{ reason: 'closed', exitTime: barMs, exitPrice: 102, profit: 20 }])
    expect(orders).toEqual({ placed: 2, entered: 1 })
    expect([...curve.equity]).toEqual([1000, 1020])
    expect([...curve.grossExposure], 'nothing is open in the end').toEqual([0, 0])
  })

  it('tells how much is at stake: shorts below zero, several markets together', () => {
    const markets = ['A', 'B'].map((symbol, i) => ({
      series: seriesOf(symbol, [still(100), still(100), still(100)]),
      signals: [signalOf(symbol, 0, i === 0 ? 'LONG' : 'SHORT')],
    }))
    const { curve, exposure } = backtestSignals(markets, { ...free, stake: 0.8 })
    expect([...curve.grossExposure]).toEqual([0, 1.6, 0])
    expect([...curve.netExposure]).toEqual([0, 0, 0])
    expect(exposure).toMatchObject({ maxGross: 1.6, meanNet: 0 })
  })

  it('sizes all trades of one moment by the equity at the closes before', () => {
    // A doubles within bar 2: what B stakes at its open must not know it.
    const a = {
      series: seriesOf('A', [still(100), still(100), [100, 200, 100, 200]]),
      signals: [signalOf('A', 0, 'LONG')],
    }
    const b = { series: seriesOf('B', [still(10), still(10), still(10)]), signals: [signalOf('B', 1, 'LONG')] }
    const { trades } = backtestSignals([a, b], { ...free, stake: 0.5 })
    expect(trades.find(({ symbol }) => symbol === 'B')).toMatchObject({ quantity: 50 })
  })

  it('compares with buying each market at its second open and holding it', () => {
    const markets = [
      { series: seriesOf('A', [still(90), still(100), still(120)]), signals: [] },
      { series: seriesOf('B', [still(50), still(40)], 1), signals: [] },
    ]
    const { buyAndHold, curve, markets: results } = backtestSignals(markets, free)
    // 500 in A from bar 1 on: 600 in the end. 500 in B, bought at 40 and sold at 40.
    expect([...curve.buyAndHold]).toEqual([1000, 1000, 1100])
    expect(buyAndHold.profit).toBeCloseTo(100, 9)
    expect(results.map(({ buyAndHoldReturn }) => buyAndHoldReturn)).toEqual([expect.closeTo(0.2, 12), 0])
    const paid = backtestSignals(markets.slice(0, 1), { ...free, feeBps: 100, slippageBps: 50 })
    expect(paid.buyAndHold.profit).toBeCloseTo((1000 / (100.5 * 1.01)) * 119.4 * 0.99 - 1000, 9)
  })
})

describe('the window of a backtest', () => {
  const bars = [still(100), still(101), still(102), still(103), still(104)]
  const signals = [0, 1, 2, 3].map((i) => signalOf('A', i, i % 2 === 0 ? 'LONG' : 'SHORT'))

  it('gives what the bars of the window alone give', () => {
    const alone = backtestSignals([{ series: seriesOf('A', bars.slice(1, 4), 1), signals: signals.slice(1) }], free)
    expect(single(bars, signals, { ...free, from: barMs, to: 4 * barMs })).toEqual(alone)
  })

  it.each([
    ['ends before it begins', { from: 2 * barMs, to: barMs }, 'from'],
    ['is no time', { from: Number.NaN }, 'from'],
    ['has no bar', { from: 10 * barMs }, 'from and to'],
  ])('is refused where it %s', (_, rules, option) => {
    expect(() => single(bars, signals, rules)).toThrow(refused('evaluate/option', { option }))
  })
})

describe('what cannot be traded is refused', () => {
  const a = { series: seriesOf('A', [still(1), still(1)]), signals: [] }

  it.each([
    ['no market', []],
    ['a market twice', [a, a]],
    [
      'markets of several timeframes',
      [a, { series: CandleSeries.from([], { symbol: 'B', timeframe: '1h' }), signals: [] }],
    ],
  ])('%s', (_, markets) => {
    expect(() => backtestSignals(markets)).toThrow(refused('evaluate/option', { option: 'markets' }))
  })

  it.each([
    ['of another symbol', [signalOf('B', 0, 'LONG')]],
    ['of no bar of the series', [signalOf('A', 5, 'LONG')]],
    ['twice of one bar', [signalOf('A', 0, 'LONG'), signalOf('A', 0, 'SHORT')]],
    ['out of order', [signalOf('A', 1, 'LONG'), signalOf('A', 0, 'SHORT')]],
    ['of a bar that was forming', [signalOf('A', 0, 'LONG', { provisional: true })]],
    ['with a level that is no price', [signalOf('A', 0, 'LONG', { stopLoss: Number.NaN })]],
  ])('a signal %s', (_, signals) => {
    expect(() => backtestSignals([{ ...a, signals }])).toThrow(refused('evaluate/row', { column: 'signals of A' }))
  })

  it('rules out of their range', () => {
    expect(() => backtestSignals([a], { stake: 2 })).toThrow(TypeError)
  })
})

describe('every backtest', () => {
  it('keeps its books: cash and profits are the equity, the markets are the whole', () => {
    fc.assert(
      fc.property(anyMarkets, (markets) => {
        const { trades, finalEquity, profit, fees, curve, markets: parts, orders } = backtestSignals(markets, costly)
        expect(finalEquity).toBeCloseTo(1000 + profit, 6)
        expect(curve.equity.at(-1)).toBe(finalEquity)
        expect(parts.reduce((sum, part) => sum + part.profit, 0)).toBeCloseTo(profit, 6)
        expect(parts.reduce((sum, part) => sum + part.fees, 0)).toBeCloseTo(fees, 6)
        expect(parts.reduce((sum, part) => sum + part.orders.placed, 0)).toBe(orders.placed)
        expect(orders.placed).toBeGreaterThanOrEqual(trades.length)
        expect(curve.times).toEqual(curve.times.slice().sort())
        expect(new Set(curve.times).size).toBe(curve.times.length)
      }),
    )
  })

  it('gives the same JSON each time, whatever the order of the markets', () => {
    fc.assert(
      fc.property(anyMarkets, (markets) => {
        const json = backtestJson(backtestSignals(markets, costly))
        expect(backtestJson(backtestSignals(markets.toReversed(), costly))).toBe(json)
        expect(backtestJson(backtestSignals([...markets.slice(1), markets[0]!], costly))).toBe(json)
      }),
    )
  })

  it('never looks ahead: without the bars that follow, it has done the same until then', () => {
    fc.assert(
      fc.property(anyMarkets, fc.integer({ min: 1, max: 40 }), (markets, cut) => {
        const end = cut * barMs
        const known = before(markets, end)
        fc.pre(known.length > 0)
        const [whole, part] = [backtestSignals(markets, costly), backtestSignals(known, costly)]
        const over = part.trades.filter(({ reason }) => reason !== 'closed')
        expect(whole.trades.slice(0, over.length)).toEqual(over)
        // The last point of the shorter one is after the closing.
        const points = part.curve.equity.length - 1
        expect(whole.curve.equity.subarray(0, points)).toEqual(part.curve.equity.subarray(0, points))
        expect(whole.curve.times.subarray(0, points)).toEqual(part.curve.times.subarray(0, points))
      }),
    )
  })

  it('begins no trade by what its first bar has not shown at the open', () => {
    fc.assert(
      fc.property(anyMarkets, fc.nat(40), fc.double({ min: 0.5, max: 2, noNaN: true }), (markets, at, wild) => {
        const time = at * barMs
        const changed = markets.map(({ series, signals }) => {
          const candles = series.slice().map((candle) => {
            if (candle.time !== time) return candle
            const close = candle.close * wild
            const [high, low] = [Math.max(candle.open, close), Math.min(candle.open, close)]
            return candleOf(at, [candle.open, high, low, close])
          })
          const { symbol, timeframe } = series
          return { series: CandleSeries.from(candles, { symbol, timeframe }), signals }
        })
        const begun = (of: readonly BacktestMarket[]): unknown =>
          backtestSignals(before(of, time + barMs), costly)
            .trades.filter(({ entryTime }) => entryTime === time)
            .map(({ symbol, side, quantity, entryPrice }) => ({ symbol, side, quantity, entryPrice }))
            .sort((a, b) => a.symbol.localeCompare(b.symbol))
        fc.pre(before(markets, time + barMs).length > 0)
        expect(begun(changed)).toEqual(begun(markets))
      }),
    )
  })
})
