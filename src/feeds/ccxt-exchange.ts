/** What the feed uses of a ccxt exchange, and how it asks. Nothing of ccxt is imported: the application brings its instance. */
import { type Clock, within } from '../core/clock.ts'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { Flights } from '../core/once.ts'
import type { Timeframe } from '../core/timeframe.ts'
import { Turnstile } from './backoff.ts'
import { ExchangeClock } from './exchange-clock.ts'
import type { StatusListener } from './status.ts'

/** The part of a ccxt exchange (`new ccxt.binance()`, `new ccxt.pro.binance()`) that is used. Rows are checked, never trusted. */
export interface CcxtExchange {
  readonly id: string
  /** What the exchange can do, e.g. `{ fetchOHLCV: true, watchOHLCV: true }`. */
  readonly has: object
  /** The timeframes the exchange has. */
  readonly timeframes?: object | undefined
  /** Rows `[time, open, high, low, close, volume]`. */
  fetchOHLCV(symbol: string, timeframe?: string, since?: number, limit?: number): Promise<unknown>
  /** The exchange's clock, ms. */
  fetchTime?(): Promise<unknown>
  loadMarkets?(reload?: boolean): Promise<unknown>
  watchOHLCV?(symbol: string, timeframe?: string): Promise<unknown>
  watchOHLCVForSymbols?(symbolsAndTimeframes: string[][]): Promise<unknown>
  close?(): Promise<unknown>
}

/** Whether an exchange says of itself that it can do something. */
export function hasAbility(exchange: CcxtExchange, name: string): boolean {
  return Boolean(Object.entries(exchange.has).find(([ability]) => ability === name)?.[1])
}

const refusals = new Set([
  'BadSymbol',
  'BadRequest',
  'ArgumentsRequired',
  'NotSupported',
  'AuthenticationError',
  'PermissionDenied',
  'AccountNotEnabled',
  'AccountSuspended',
])
const limits = new Set(['DDoSProtection', 'RateLimitExceeded'])

/** So often a refusal is believed to be an answer gone wrong, before anything right has come. */
export const refusalAttempts = 2

/** What kind of failure ccxt reports. It is known by its name, since nothing of ccxt is imported. */
export function failureKind(error: unknown): 'refused' | 'rate-limited' | 'temporary' {
  const name = error instanceof Error ? error.name : ''
  if (refusals.has(name)) return 'refused'
  return limits.has(name) ? 'rate-limited' : 'temporary'
}

/** How an exchange is asked. */
export interface RequestOptions {
  readonly exchange: CcxtExchange
  readonly timeframe: Timeframe
  readonly clock: Clock
  readonly timeoutMs: number
  readonly concurrency: number
  readonly tell: StatusListener
}

/** Requests to one exchange: few at a time, none for ever. */
export class ExchangeReader {
  readonly time: ExchangeClock
  readonly #options: RequestOptions
  readonly #turnstile: Turnstile
  readonly #opening = new Flights<unknown>()
  #open = false
  #attempts = 0

  constructor(options: RequestOptions) {
    const { exchange, clock, tell } = options
    const ask = hasAbility(exchange, 'fetchTime') ? (): Promise<unknown> => exchange.fetchTime!() : undefined
    this.#options = options
    this.#turnstile = new Turnstile(options.concurrency)
    this.time = new ExchangeClock({
      clock,
      tell,
      measure: ask && ((signal) => this.#ask('the time', ask, signal)),
    })
  }

  /**
   * The rows from `since` on, unchecked.
   *
   * @throws what ccxt throws; the signal's reason
   */
  rows(symbol: string, since: number, limit: number, signal: AbortSignal): Promise<readonly unknown[]> {
    const { exchange, timeframe } = this.#options
    const ask = async (): Promise<readonly unknown[]> => {
      await this.#loadMarkets(signal)
      await this.time.refresh(signal)
      const rows = await this.#ask(symbol, () => exchange.fetchOHLCV(symbol, timeframe, since, limit), signal)
      if (Array.isArray(rows)) return rows as readonly unknown[]
      throw new TypeError(`the answer is ${rows === null ? 'null' : typeof rows}, not a list of rows`)
    }
    return this.#turnstile.run(ask, signal)
  }

  /** Loads the markets anew with the next request. */
  reopen(): void {
    this.#open = false
  }

  /** ccxt keeps a failed load of the markets for ever and fails every later call with it, so a failed one is forced anew. */
  async #loadMarkets(signal: AbortSignal): Promise<void> {
    const { exchange } = this.#options
    if (this.#open || exchange.loadMarkets === undefined) return
    await this.#opening.run('markets', () =>
      this.#ask('the markets', () => exchange.loadMarkets!(this.#attempts++ > 0), signal),
    )
    this.#open = true
  }

  async #ask(what: string, request: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    const { clock, timeoutMs } = this.#options
    const late = (): never => {
      throw new Error(`no answer about ${what} within ${timeoutMs} ms`)
    }
    return within(clock, timeoutMs, request(), late, signal)
  }
}

/** The error that ends a feed whose symbol is refused. */
export function refused(symbol: string, error: unknown): CandlewickError {
  return new CandlewickError('feed/refused', { symbol, reason: reasonOf(error) }, { cause: error })
}
