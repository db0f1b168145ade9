import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import { evaluationSetId } from '../../../src/evaluate/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { barMs } from './rows.ts'

const length = 60

/** Bars [first, last) of a market. */
function marketOf(symbol: string, first = 0, last = length): CandleSeries {
  const candles = new SimulatedMarket({ seed: symbol.length, timeframe: '15m', start: 0 }).take(length)
  return CandleSeries.from(candles.slice(first, last), { symbol, timeframe: '15m' })
}

/** The market with one value changed. */
function spoiled(row: number, change: (candle: ReturnType<CandleSeries['slice']>[number]) => object): CandleSeries {
  const candles = marketOf('BTC').slice()
  return CandleSeries.from(
    candles.map((candle, at) => (at === row ? { ...candle, ...change(candle) } : candle)),
    { symbol: 'BTC', timeframe: '15m' },
  )
}

const window = { from: 10 * barMs, to: 40 * barMs, horizons: [{ bars: 1 }, { bars: 4 }], thresholds: { '1h': 0.003 } }

describe('the name of the bars that are judged', () => {
  it('is the same in every engine', async () => {
    const candle = { open: 1, high: 2.5, low: 0.1, close: 1.25, volume: 3 }
    const series = CandleSeries.from(
      [0, 1, 2].map((row) => ({ ...candle, time: row * barMs })),
      { symbol: 'BTC', timeframe: '15m' },
    )
    // Made apart from this code: SHA-256 over the line and the doubles of the market, then over the list of all.
    expect(await evaluationSetId([series], { thresholds: { '1h': 0.003 } })).toBe('set-d61a039c7c1f3a0a')
  })

  it('stays, whatever lies around the bars that count, and whatever comes first', async () => {
    const expected = await evaluationSetId([marketOf('BTC'), marketOf('ETHX')], window)
    expect(expected).toMatch(/^set-[0-9a-f]{16}$/)
    const arounds = fc.record({ before: fc.integer({ min: 0, max: 10 }), after: fc.integer({ min: 44, max: length }) })
    await fc.assert(
      fc.asyncProperty(arounds, fc.integer({ min: 0, max: barMs - 1 }), async ({ before, after }, early) => {
        const cut = [marketOf('ETHX', before, after), marketOf('BTC', before, after)]
        // A window that begins or ends between two bars holds the same ones.
        const shifted = { ...window, from: window.from - early, to: window.to - early }
        expect(await evaluationSetId(cut, shifted)).toBe(expected)
      }),
      { numRuns: 20 },
    )
    const turned = { ...window, horizons: [{ bars: 4 }, { bars: 1 }] }
    expect(await evaluationSetId([marketOf('BTC'), marketOf('ETHX')], turned)).toBe(expected)
  })

  it.each([
    ['a price', () => spoiled(20, ({ close }) => ({ close: close * (1 + 1e-12) })), {}],
    ['a volume', () => spoiled(39, ({ volume }) => ({ volume: volume + 1 })), {}],
    ['a bar that an outcome looks at', () => spoiled(43, ({ close }) => ({ close: close * (1 + 1e-12) })), {}],
    ['an earlier end', () => marketOf('BTC'), { to: 39 * barMs }],
    [
      'as many bars, of which other ones are judged',
      () => marketOf('BTC'),
      { to: 41 * barMs, horizons: [{ bars: 3 }] },
    ],
    ['a later beginning', () => marketOf('BTC'), { from: 11 * barMs }],
    ['bars that are not there yet', () => marketOf('BTC', 0, 43), {}],
    ['a threshold', () => marketOf('BTC'), { thresholds: { '1h': 0.004 } }],
    ['no threshold', () => marketOf('BTC'), { thresholds: {} }],
    ['a symbol', () => CandleSeries.from(marketOf('BTC').slice(), { symbol: 'XBT', timeframe: '15m' }), {}],
  ])('is another one for another one of these: %s', async (_, series, change) => {
    const expected = await evaluationSetId([marketOf('BTC')], window)
    expect(await evaluationSetId([series()], { ...window, ...change })).not.toBe(expected)
  })

  it('does not know what lies beyond', async () => {
    const expected = await evaluationSetId([marketOf('BTC')], window)
    for (const row of [9, 44])
      expect(await evaluationSetId([spoiled(row, ({ volume }) => ({ volume: volume + 1 }))], window)).toBe(expected)
  })

  it.each([
    ['no history', [], {}],
    ['a market twice', [marketOf('BTC'), marketOf('BTC')], {}],
    ['a window without bars', [marketOf('BTC')], { from: length * barMs }],
    ['a window that ends before it begins', [marketOf('BTC')], { from: 2, to: 1 }],
    ['a horizon of no bars', [marketOf('BTC')], { horizons: [{ bars: 0 }] }],
  ])('is refused for %s', async (_, histories, options) => {
    await expect(evaluationSetId(histories, options)).rejects.toMatchObject({ code: 'evaluate/option' })
  })
})
