import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backtestReport, backtestSignals, type BacktestResult } from '../../../../src/evaluate/index.ts'
import { anyMarkets, barMs, type Prices, seriesOf, signalOf } from './markets.ts'

const wicked = `<script>alert("1")</script>&'x'`

/** A market that goes up and down in waves, traded now and then. */
function resultOf(symbol: string, bars: number): BacktestResult {
  const courses = Array.from({ length: bars }, (_, i): Prices => {
    const price = 100 + 10 * Math.sin(i / 7)
    return [price, price + 1, price - 1, price]
  })
  const signals = courses.flatMap((_, i) =>
    i % 10 === 0 ? [signalOf(symbol, i, i % 20 === 0 ? 'LONG' : 'SHORT', { stopLoss: null })] : [],
  )
  return backtestSignals([{ series: seriesOf(symbol, courses), signals }])
}

/** The page without its style: names of elements in order, without repeats one after another. */
const outline = (page: string): string[] =>
  [...page.replace(/<style>.*?<\/style>/s, '').matchAll(/<(h1|h2|figcaption|caption|svg|dl|ul)\b[^>]*>([^<]*)/g)].map(
    ([, element, text]) => `${element} ${text!.trim()}`.trim(),
  )

describe('the report of a backtest', () => {
  const result = resultOf('BTC', 3000)
  const page = backtestReport(result, { inputs: [{ name: 'btc.csv', sha256: 'ab'.repeat(32) }], notice: 'A sample.' })

  it('tells figures, curves, markets, rules, inputs and trades, in this order', () => {
    expect(outline(page)).toMatchInlineSnapshot(`
      [
        "h1 Backtest of signals on BTC",
        "dl",
        "figcaption Equity",
        "svg",
        "figcaption Drawdown",
        "svg",
        "h2 Figures",
        "caption Signals beside buying and holding; – where there is no such figure",
        "h2 Markets",
        "caption Markets",
        "h2 Rules",
        "ul",
        "h2 Inputs",
        "caption Inputs",
        "h2 Trades",
        "caption All 300 trades",
      ]
    `)
  })

  it('needs nothing but itself', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bon\w+=|https?:|url\(/i)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  })

  it('follows the scheme and the width of the device', () => {
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain('name="viewport" content="width=device-width')
    expect(page).toContain('overflow-x: auto')
  })

  it('draws the lowest and the highest point of each column, and no more', () => {
    const drawn = [...page.matchAll(/<path class="line (\w+)" d="([^"]+)"/g)]
    expect(drawn.map(([, kind]) => kind)).toEqual(['hold', 'equity', 'fall'])
    for (const [, , path] of drawn) expect(path!.split('L').length).toBeLessThanOrEqual(1002)
    const heights = [...drawn[2]![2]!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y))
    expect([Math.min(...heights), Math.max(...heights)], 'the deepest fall touches the ground').toEqual([0, 300])
  })

  it('lists every trade with its reason, or the last ones and how many there are', () => {
    const rows = (text: string): number => text.split('<h2>Trades</h2>')[1]!.match(/<tr>/g)!.length - 1
    expect(rows(page)).toBe(result.trades.length)
    const short = backtestReport(result, { maxTrades: 5 })
    expect(rows(short)).toBe(5)
    expect(short).toContain(`The last 5 of ${result.trades.length} trades`)
  })

  it('warns where trades were worth more than the account', () => {
    const markets = ['A', 'B'].map((symbol) => {
      const still: Prices = [1, 1, 1, 1]
      return { series: seriesOf(symbol, [still, still, still]), signals: [signalOf(symbol, 0, 'LONG')] }
    })
    expect(backtestReport(backtestSignals(markets, { stake: 0.8 }))).toContain('up to 160 % of the account')
    expect(page).not.toContain('takes leverage')
  })

  it('escapes whatever comes from outside', () => {
    const hostile = { ...resultOf(wicked, 60), model: wicked, packageVersion: wicked }
    const text = backtestReport(hostile, { notice: wicked, inputs: [{ name: wicked, sha256: wicked }] })
    expect(text).not.toContain('<script')
    expect(text).not.toContain(`"1"`)
    expect(text.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;&#39;x&#39;/g)!.length).toBeGreaterThan(
      8,
    )
  })

  it('is the same text each time, and holds no undefined number, for any backtest', () => {
    fc.assert(
      fc.property(anyMarkets, (markets) => {
        const text = backtestReport(backtestSignals(markets))
        expect(text).toBe(backtestReport(backtestSignals(markets)))
        expect(text).not.toMatch(/NaN|Infinity|undefined|\[object/)
      }),
      { numRuns: 30 },
    )
  })

  it('stands also for a single bar', () => {
    const only = backtestSignals([{ series: seriesOf('A', [[1, 1, 1, 1]], 5), signals: [] }])
    expect(only).toMatchObject({ from: 5 * barMs, to: 5 * barMs, metrics: { n: 1, trades: 0 } })
    expect(backtestReport(only)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it.each([-1, 1.5, Number.NaN])('refuses %s as a number of trades', (maxTrades) => {
    expect(() => backtestReport(result, { maxTrades })).toThrow(expect.objectContaining({ code: 'evaluate/option' }))
  })
})
