/** The exchanges that the page offers, as far as it asks them: right answers in the format of each, without a network. */
import type { BrowserContext, Page, Route } from '@playwright/test'
import type { Candle } from '../../src/core/candle.ts'
import { offers } from '../../demo/src/exchange/offers.ts'
import { Market } from '../feeds/market.ts'
import { marketInfo, wireRow } from '../feeds/wire.ts'

const step = 900_000
const genesis = Date.UTC(2024, 4, 1)
const bases = ['BTC', 'ETH', 'SOL', 'XRP']

/** Candles that one answer may hold, as each exchange limits them. */
const longest = { kraken: 720, coinbase: 300, bitstamp: 1000, binance: 1000 } as const

/** What an exchange does instead of answering: a status with a body, an error of the network, or nothing for ever. */
export type Refusal = readonly [status: number, body: string] | 'no answer' | 'silence'

/** Headers that every browser sends by itself. */
const usual = /^(accept|origin|referer|user-agent|cache-control|pragma|sec-|:)/i

const krakenPair = (base: string): object => ({
  altname: `${base}USD`,
  wsname: `${base}/USD`,
  aclass_base: 'currency',
  base,
  aclass_quote: 'currency',
  quote: 'ZUSD',
  lot: 'unit',
  pair_decimals: 2,
  lot_decimals: 8,
  lot_multiplier: 1,
  fees: [[0, 0.4]],
  fees_maker: [[0, 0.25]],
  ordermin: '0.0001',
  tick_size: '0.01',
  status: 'online',
})

const coinbaseProduct = (base: string): object => ({
  id: `${base}-USD`,
  base_currency: base,
  quote_currency: 'USD',
  base_increment: '0.00000001',
  quote_increment: '0.01',
  min_market_funds: '1',
  status: 'online',
  trading_disabled: false,
})

const bitstampMarket = (base: string): object => ({
  name: `${base}/USD`,
  market_symbol: `${base.toLowerCase()}usd`,
  base_currency: base,
  base_decimals: 8,
  counter_currency: 'USD',
  counter_decimals: 2,
  minimum_order_value: '10',
  trading: 'Enabled',
  market_type: 'SPOT',
})

/** All of them, on one market. */
export class Exchanges {
  /** Addresses that were asked for, oldest first. */
  readonly asked: URL[] = []
  /** Requests that carried a header which a browser must ask leave for first. */
  readonly unusual: string[] = []
  /** Decides who is refused. */
  refuses: (url: URL) => Refusal | undefined = () => undefined
  readonly #market = new Market(step, 5)
  #aheadMs = 0

  /** Answers for all exchanges, at the time of the page. */
  static async open(context: BrowserContext, page: Page, start: number): Promise<Exchanges> {
    const exchanges = new Exchanges()
    for (const { origin } of offers) await context.route(`${origin}/**`, (route) => exchanges.#serve(route))
    await page.clock.install({ time: start })
    exchanges.#aheadMs = start - Date.now()
    return exchanges
  }

  /** Now, for the page and the exchanges. */
  now(): number {
    return Date.now() + this.#aheadMs
  }

  /** Lets time pass at once. */
  async pass(page: Page, ms: number): Promise<void> {
    this.#aheadMs += ms
    await page.clock.fastForward(ms)
  }

  /** What truly happened in a bar. */
  bar(base: string, time: number): Candle {
    return this.#market.bar(base, time)
  }

  async #serve(route: Route): Promise<void> {
    const url = new URL(route.request().url())
    this.asked.push(url)
    this.unusual.push(...Object.keys(route.request().headers()).filter((name) => !usual.test(name)))
    const refusal = this.refuses(url)
    if (refusal === 'no answer') return route.abort('failed')
    if (refusal === 'silence') return undefined
    const [status, body] = refusal ?? [200, this.#answer(url)]
    return route.fulfill({
      status,
      body,
      contentType: 'application/json',
      headers: { 'access-control-allow-origin': '*' },
    })
  }

  #answer({ hostname, pathname, searchParams }: URL): string {
    const asked = (name: string): number => Number(searchParams.get(name) ?? NaN)
    const path = pathname.replace(/\/$/, '')
    const answers: Readonly<Record<string, () => unknown>> = {
      'api.kraken.com': () => this.#kraken(path, searchParams.get('pair') ?? '', asked('since')),
      'api.exchange.coinbase.com': () =>
        this.#coinbase(path, Date.parse(searchParams.get('start') ?? ''), Date.parse(searchParams.get('end') ?? '')),
      'www.bitstamp.net': () => this.#bitstamp(path, asked('start'), asked('limit')),
      'data-api.binance.vision': () =>
        this.#binance(path, searchParams.get('symbol') ?? '', asked('startTime'), asked('limit')),
    }
    return JSON.stringify(answers[hostname]!())
  }

  #kraken(path: string, pair: string, since: number): unknown {
    if (path.endsWith('/Time')) return { error: [], result: { unixtime: Math.floor(this.now() / 1000) } }
    if (path.endsWith('/AssetPairs'))
      return { error: [], result: Object.fromEntries(bases.map((base) => [`${base}USD`, krakenPair(base)])) }
    const all = this.#bars(pair.slice(0, 3), (since + 1) * 1000, Infinity)
    const rows = all.slice(-longest.kraken).map(({ time, open, high, low, close, volume }) => {
      const [o, h, l, c] = [open, high, low, close].map((price) => price.toFixed(2))
      return [time / 1000, o, h, l, c, c, volume.toFixed(8), 10]
    })
    return { error: [], result: { [pair]: rows, last: 0 } }
  }

  #coinbase(path: string, start: number, end: number): unknown {
    if (path === '/time') return { iso: new Date(this.now()).toISOString(), epoch: this.now() / 1000 }
    if (path === '/products') return bases.map(coinbaseProduct)
    const bars = this.#bars(path.split('/')[2]!.slice(0, 3), start, end)
    if (bars.length > longest.coinbase) throw new Error(`Coinbase refuses ${bars.length} candles.`)
    return bars
      .toReversed()
      .map(({ time, open, high, low, close, volume }) => [time / 1000, low, high, open, close, volume])
  }

  #bitstamp(path: string, start: number, limit: number): unknown {
    if (path.endsWith('/markets')) return bases.map(bitstampMarket)
    const base = path.split('/').at(-1)!.slice(0, 3).toUpperCase()
    const bars = this.#bars(base, start * 1000, Infinity).slice(0, Math.min(limit, longest.bitstamp))
    const ohlc = bars.map(({ time, open, high, low, close, volume }) => ({
      timestamp: String(time / 1000),
      open: open.toFixed(2),
      high: high.toFixed(2),
      low: low.toFixed(2),
      close: close.toFixed(2),
      volume: volume.toFixed(8),
    }))
    return { data: { pair: `${base}/USD`, ohlc } }
  }

  #binance(path: string, id: string, since: number, limit: number): unknown {
    if (path.endsWith('/time')) return { serverTime: this.now() }
    if (path.endsWith('/exchangeInfo'))
      return { timezone: 'UTC', symbols: bases.map((base) => marketInfo([base, 'USDT'])) }
    const bars = this.#bars(id.slice(0, 3), since, Infinity).slice(0, Math.min(limit, longest.binance))
    return bars.map((bar) => wireRow(bar, step))
  }

  /** Bars from a time on, up to and with one that opens at `end`; the last one may be forming. */
  #bars(base: string, since: number, end: number): Candle[] {
    const now = this.now()
    const bars: Candle[] = []
    for (let time = Math.max(Math.ceil(since / step) * step, genesis); time <= Math.min(now, end); time += step)
      bars.push(this.#market.at(base, time, now))
    return bars
  }
}
