/** An exchange in memory with the methods of ccxt that a feed uses: what other exchanges may do that the stand-in does not. */
import type { CcxtExchange } from '../../src/feeds/index.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Market } from './market.ts'

/** A request for rows, and its place in the order of requests. */
export interface RowRequest {
  readonly symbol: string
  readonly since: number
  readonly limit: number
  readonly at: number
  readonly count: number
}
export type Row = [time: number, open: number, high: number, low: number, close: number, volume: number]

export interface PlainExchangeOptions {
  readonly clock: VirtualClock
  readonly market: Market
  /** What the exchange answers instead of its rows; it may throw. */
  readonly answer?: (rows: Row[], request: RowRequest) => unknown
  /** Whether it tells its time. Default `true`. */
  readonly tellsTime?: boolean
  readonly extra?: Partial<CcxtExchange>
}

export class PlainExchange implements CcxtExchange {
  readonly id = 'plain'
  readonly has: object
  readonly timeframes = { '15m': '15', '1h': '60' }
  readonly requests: RowRequest[] = []
  readonly #options: PlainExchangeOptions

  constructor(options: PlainExchangeOptions) {
    this.#options = options
    this.has = { fetchOHLCV: true, fetchTime: options.tellsTime ?? true, watchOHLCV: false, ...options.extra?.has }
  }

  async fetchOHLCV(symbol: string, _timeframe = '15m', since = 0, limit = 500): Promise<unknown> {
    const { clock, market, answer } = this.#options
    const request = { symbol, since, limit, at: clock.now(), count: this.requests.length }
    this.requests.push(request)
    const rows: Row[] = []
    for (let time = since; time <= clock.now() && rows.length < limit; time += market.step) {
      const { open, high, low, close, volume } = market.at(symbol, time, clock.now())
      rows.push([time, open, high, low, close, volume])
    }
    return answer === undefined ? rows : answer(rows, request)
  }

  async fetchTime(): Promise<unknown> {
    return this.#options.clock.now()
  }
}

/** An error as ccxt throws them. */
export function ccxtError(name: string, message = `plain ${name}`): Error {
  return Object.assign(new Error(message), { name })
}
