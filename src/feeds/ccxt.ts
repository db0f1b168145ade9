/** Live candles of any exchange that ccxt knows. ccxt itself is the application's: it hands its exchange in. */
import { within } from '../core/clock.ts'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { BarReader, type BarReaderOptions, toleranceMs } from './bar-reader.ts'
import { ExchangeReader } from './ccxt-exchange.ts'
import { type CcxtSettings, ccxtSettings, type CcxtSourceOptions } from './ccxt-options.ts'
import { Outlet } from './outlet.ts'
import { SymbolPoll } from './poll.ts'
import { firstBar, knownSymbol, wantedBars, wantedSymbols } from './requests.ts'
import type { CandleSource, CandlesOptions, HistoryOptions, SourcedCandle } from './source.ts'
import { stoppable } from './stoppable.ts'
import { watchBars } from './stream.ts'

/** How long the sockets get to close in good order, ms. */
const farewellMs = 1000

/** Runs until its signal aborts. */
type Task = (signal: AbortSignal) => Promise<void>

class CcxtSource implements CandleSource {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  readonly #settings: CcxtSettings
  readonly #step: number
  readonly #reader: ExchangeReader
  #streams = 0

  constructor(settings: CcxtSettings) {
    this.symbols = settings.symbols
    this.timeframe = settings.timeframe
    this.#settings = settings
    this.#step = timeframeMs(settings.timeframe)
    this.#reader = new ExchangeReader({ ...settings, tell: settings.onStatus })
  }

  async history(symbol: string, options: HistoryOptions = {}): Promise<CandleSeries> {
    knownSymbol(this.symbols, symbol)
    const signal = options.signal ?? new AbortController().signal
    signal.throwIfAborted()
    await this.#reader.time.refresh(signal)
    const { settleMs, repairAttempts, clock } = this.#settings
    const end = Math.floor((this.#reader.time.now() - settleMs) / this.#step) * this.#step
    const { from, to } = wantedBars(options, this.#step, end)
    const bars = new BarReader({ ...this.#barOptions(symbol, from), until: to })
    const series = new CandleSeries({ symbol, timeframe: this.timeframe })
    // A market in which nothing is traded may not show its last bars: then they are not history yet.
    while (bars.next < to && bars.waits <= repairAttempts) {
      const { bars: closed, delayMs = 0, failure } = await bars.turn(signal)
      if (failure !== undefined && bars.failures > repairAttempts)
        throw new CandlewickError('feed/unavailable', { symbol, attempts: bars.failures, reason: failure })
      for (const candle of closed) {
        if (candle.time < to) series.append(candle)
        bars.pass(candle)
      }
      if (bars.next < to) await clock.sleep(delayMs, signal)
    }
    return series
  }

  candles(options: CandlesOptions = {}): AsyncIterableIterator<SourcedCandle> {
    return stoppable(options.signal, (signal) => this.#feed(options, signal))
  }

  async *#feed(options: CandlesOptions, outer: AbortSignal): AsyncGenerator<SourcedCandle, void, undefined> {
    const symbols = wantedSymbols(this.symbols, options)
    const outlet = new Outlet(this.#settings.bufferLimit)
    const ends: AbortController[] = []
    const stop = (): void => ends.forEach((end) => end.abort(outer.reason ?? new Error('The feed has ended.')))
    outer.addEventListener('abort', stop, { once: true })
    const tasks = this.#tasks(symbols, options, outlet).map(async (task) => {
      const end = new AbortController()
      ends.push(end)
      try {
        await task(end.signal)
      } catch (error) {
        if (!end.signal.aborted) outlet.fail(error)
      }
    })
    let reason = 'it was ended'
    try {
      for (;;) yield await outlet.take(outer)
    } catch (error) {
      reason = reasonOf(error)
      throw error
    } finally {
      outer.removeEventListener('abort', stop)
      stop()
      await Promise.all(tasks)
      this.#settings.onStatus({ kind: 'stopped', reason })
    }
  }

  /** What runs beside the reader, each with a signal of its own: Node warns where many listen to one. */
  #tasks(symbols: readonly string[], options: CandlesOptions, outlet: Outlet): Task[] {
    const { clock, transport, onStatus } = this.#settings
    const { forming = false } = options
    const formingMs = forming && transport === 'poll' ? this.#settings.formingMs : Infinity
    const polls = new Map<string, SymbolPoll>()
    onStatus({ kind: 'connecting', transport: 'poll' })
    const tasks = symbols.map((symbol): Task => async (signal) => {
      const first = await this.#firstBar(options, symbol, signal)
      const poll = new SymbolPoll({ ...this.#barOptions(symbol, first), clock, outlet, forming, formingMs })
      polls.set(symbol, poll)
      await poll.run(signal)
    })
    return transport === 'watch' ? [...tasks, (signal) => this.#watch(symbols, polls, signal)] : tasks
  }

  async #firstBar(options: CandlesOptions, symbol: string, signal: AbortSignal): Promise<number> {
    await this.#reader.time.refresh(signal)
    const forming = Math.floor(this.#reader.time.now() / this.#step) * this.#step
    return firstBar(options, symbol, this.#step, forming)
  }

  async #watch(symbols: readonly string[], polls: ReadonlyMap<string, SymbolPoll>, signal: AbortSignal): Promise<void> {
    this.#streams++
    try {
      await watchBars(
        {
          ...this.#settings,
          symbols,
          polls,
          tell: this.#settings.onStatus,
          required: this.#settings.insists,
          rules: () => ({ step: this.#step, latest: this.#reader.time.now() + toleranceMs }),
          hangUp: () => this.#hangUp(),
        },
        signal,
      )
    } finally {
      if (--this.#streams === 0) await this.#hangUp()
    }
  }

  async #hangUp(): Promise<void> {
    const { exchange, keepOpen, clock } = this.#settings
    if (keepOpen || exchange.close === undefined) return
    const closed = exchange.close().then(
      () => undefined,
      () => undefined,
    )
    await within(clock, farewellMs, closed, () => undefined)
  }

  #barOptions(symbol: string, first: number): BarReaderOptions {
    const { onStatus, ...settings } = this.#settings
    return { ...settings, reader: this.#reader, symbol, step: this.#step, first, until: Infinity, tell: onStatus }
  }
}

/**
 * Live candles and history of an exchange through ccxt.
 *
 * A bar is given out when its end has passed by the exchange's clock and REST shows it with a later bar behind it (or twice
 * the same, where none follows); a stream makes this prompt and shows forming bars, but does not close bars. Volume is in
 * base currency; ccxt has no turnover, so `close * volume` stands for it (`turnoverOf`).
 *
 * @throws `feed/unsupported`, `feed/option`, `timeframe/unknown`; iterating and `history`: `feed/refused`, `feed/gap` (policy
 * `error`), `feed/unavailable` (`history` only: a feed tries for ever)
 *
 * @example
 * ```ts
 * import ccxt from 'ccxt'
 *
 * const source = ccxtSource({ exchange: new ccxt.pro.binance(), symbols: ['BTC/USDT'], timeframe: '15m', onStatus: console.log })
 * const history = await source.history('BTC/USDT', { last: 480 })
 * const since = history.at(-1)!.time + 900_000
 * for await (const { symbol, candle } of source.candles({ since, signal })) await engine.push(candle, symbol)
 * ```
 */
export function ccxtSource(options: CcxtSourceOptions): CandleSource {
  return new CcxtSource(ccxtSettings(options))
}
