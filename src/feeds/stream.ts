/** An exchange's WebSocket stream: it shows forming bars and tells promptly that a new one has begun. It closes no bar. */
import { type Clock, within } from '../core/clock.ts'
import { reasonOf } from '../core/errors.ts'
import type { Timeframe } from '../core/timeframe.ts'
import { backoff, type RetryOptions } from './backoff.ts'
import { type CcxtExchange, failureKind, hasAbility, refusalAttempts, refused } from './ccxt-exchange.ts'
import type { SymbolPoll } from './poll.ts'
import { type RowRules, sortRows } from './rows.ts'
import type { StatusListener } from './status.ts'

/** How bars are watched. */
export interface StreamOptions {
  readonly exchange: CcxtExchange
  readonly timeframe: Timeframe
  readonly symbols: readonly string[]
  /** Who is told of a bar; a symbol that has not begun yet is missing. */
  readonly polls: ReadonlyMap<string, SymbolPoll>
  readonly clock: Clock
  /** A stream that is silent for so long counts as dead, ms. */
  readonly silenceMs: number
  readonly retry: RetryOptions
  readonly random: () => number
  readonly tell: StatusListener
  /** Whether a stream that the exchange refuses ends the feed; else REST goes on alone, and it is told. */
  readonly required: boolean
  /** What a row is held against now. */
  readonly rules: () => RowRules
  /** Closes the exchange's sockets, so that the next call opens new ones. */
  readonly hangUp: () => Promise<void>
}

/** Whether the exchange has a stream of bars. */
export function canWatch(exchange: CcxtExchange): boolean {
  return hasAbility(exchange, 'watchOHLCV') || hasAbility(exchange, 'watchOHLCVForSymbols')
}

/** Watches all symbols until the signal aborts: in one subscription where the exchange can, else in one each. */
export async function watchBars(options: StreamOptions, signal: AbortSignal): Promise<void> {
  const { exchange, timeframe, symbols } = options
  if (hasAbility(exchange, 'watchOHLCVForSymbols')) {
    const pairs = symbols.map((symbol) => [symbol, timeframe])
    await watch(options, undefined, signal, async () =>
      bySymbol(await exchange.watchOHLCVForSymbols!(pairs), timeframe),
    )
    return
  }
  await Promise.all(
    symbols.map((symbol) =>
      watch(options, symbol, signal, async () => [[symbol, await exchange.watchOHLCV!(symbol, timeframe)]]),
    ),
  )
}

type Update = readonly (readonly [symbol: string, rows: unknown])[]

async function watch(
  options: StreamOptions,
  symbol: string | undefined,
  signal: AbortSignal,
  next: () => Promise<Update>,
): Promise<void> {
  const { clock, retry, random, tell } = options
  tell({ kind: 'connecting', transport: 'watch' })
  let [live, wasLive, failures] = [false, false, 0]
  for (;;) {
    try {
      const update = await heard(options, next, signal)
      if (!live) tell({ kind: 'live', transport: 'watch', symbol })
      live = wasLive = true
      failures = 0
      for (const [of, rows] of update) show(options, of, rows)
    } catch (error) {
      signal.throwIfAborted()
      live = false
      const delayMs = backoff(++failures, retry, random)
      const isRefused = !wasLive && failures > refusalAttempts && failureKind(error) === 'refused'
      if (isRefused && options.required) throw refused(symbol ?? options.symbols.join(', '), error)
      tell({ kind: 'reconnecting', transport: 'watch', symbol, attempt: failures, delayMs, reason: reasonOf(error) })
      await clock.sleep(delayMs, signal)
    }
  }
}

async function heard(options: StreamOptions, next: () => Promise<Update>, signal: AbortSignal): Promise<Update> {
  const { clock, silenceMs, hangUp } = options
  const update = await within<Update | undefined>(clock, silenceMs, next(), () => undefined, signal)
  if (update !== undefined) return update
  await hangUp()
  throw new Error(`the stream was silent for ${silenceMs} ms`)
}

/** Takes `{ symbol: { timeframe: rows } }` apart. */
function bySymbol(answer: unknown, timeframe: Timeframe): Update {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('the stream gave no rows')
  return Object.entries(answer as Record<string, Record<string, unknown> | undefined>).map(
    ([symbol, byTimeframe]) => [symbol, byTimeframe?.[timeframe]] as const,
  )
}

function show(options: StreamOptions, symbol: string, rows: unknown): void {
  const poll = options.polls.get(symbol)
  if (poll === undefined || !Array.isArray(rows)) return
  const { byTime, faults } = sortRows(rows as readonly unknown[], options.rules())
  for (const fault of faults) options.tell({ kind: 'bad-data', symbol, ...fault })
  const newest = [...byTime.values()].at(-1)
  if (newest === undefined) return
  poll.seen(newest)
  // Bars of all symbols begin together, and ccxt shows one of several updates that come at the same time.
  for (const each of options.polls.values()) each.begun(newest.time)
}
