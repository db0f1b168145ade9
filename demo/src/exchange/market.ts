/** A real exchange as the market of the desk. */
import { type CcxtExchange, ccxtSource, systemClock } from 'candlewick/feeds'
import type { DeskMarket, MarketOpening } from '../live/market.ts'
import { PageError, type Problem } from '../problem.ts'
import { step } from '../steps.ts'
import { type Adapter, listingOf, loadAdapter } from './adapters.ts'
import type { Offer } from './offers.ts'
import { Priming } from './priming.ts'
import { adapterMissing, troubleOf, unknownSymbols } from './trouble.ts'

/** The name of a symbol in the log: the same pair of two exchanges is two markets. */
export function loggedName({ id }: Offer, symbol: string): string {
  return `${id}:${symbol}`
}

/** How often forming bars are looked at, in ms: exchanges bear that from one page. */
const provisionalMs = 15_000

const pairOf = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Ends each request with the desk. Nothing of it may follow a redirection to a place that was not asked. */
function fetchUntil(signal: AbortSignal): typeof fetch {
  return (input, init = {}) => {
    const ends = init.signal === undefined || init.signal === null ? [signal] : [signal, init.signal]
    return fetch(input, { ...init, redirect: 'error', credentials: 'omit', signal: AbortSignal.any(ends) })
  }
}

/** Settles as the request does, or ends with the desk. */
async function until<T>(signal: AbortSignal, request: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([request, ended])
}

const tryingAgain = (problem: Problem): Problem => ({
  ...problem,
  remedy: `It is tried again by itself. ${problem.remedy}`,
})

async function listedMarkets(offer: Offer, adapter: Adapter, symbols: readonly string[]): Promise<readonly string[]> {
  await adapter.loadMarkets(false, listingOf(offer, symbols))
  return Object.keys(adapter.markets ?? {})
}

/**
 * Loads the adapter and asks the exchange whether it has these symbols.
 *
 * @throws PageError where it has not, or cannot be asked; the signal's reason
 */
export async function openExchange(
  offer: Offer,
  symbols: readonly string[],
  { signal, progress, trouble }: MarketOpening,
): Promise<DeskMarket> {
  progress(step(`Loading the adapter for ${offer.name}`))
  const adapter = await until(signal, loadAdapter(offer)).catch((error: unknown) => {
    throw signal.aborted ? error : adapterMissing(offer)
  })
  adapter.fetchImplementation = fetchUntil(signal)
  progress(step(`Asking ${offer.name} for its markets`))
  const listed = await until(signal, listedMarkets(offer, adapter, symbols)).catch((error: unknown) => {
    throw signal.aborted ? error : new PageError(troubleOf(offer, error))
  })
  const unknown = symbols.filter((symbol) => !listed.includes(symbol))
  if (unknown.length > 0) throw unknownSymbols(offer, unknown, listed)
  const priming = new Priming(symbols.length, progress)
  const source = ccxtSource({
    exchange: watched(adapter, offer, priming, { signal, trouble }),
    symbols: symbols.map((symbol) => loggedName(offer, symbol)),
    timeframe: '15m',
    // The longest answers of these exchanges: one request for the history where it fits.
    pageLimit: 1000,
    repairAttempts: 3,
    formingMs: provisionalMs,
  })
  return {
    source: priming.watch(source, offer.mostBars ?? Infinity),
    clock: systemClock,
    speed: 1,
    settleMs: 2000,
    fetchMs: 90_000,
    provisionalMs,
  }
}

/** The adapter as the feed gets it: with the names of the log, and an eye on what fails. */
function watched(
  adapter: Adapter,
  offer: Offer,
  priming: Priming,
  { signal, trouble }: Pick<MarketOpening, 'signal' | 'trouble'>,
): CcxtExchange {
  const failing = new Set<string>()
  return {
    id: adapter.id,
    has: adapter.has,
    timeframes: adapter.timeframes,
    fetchTime: () => adapter.fetchTime!(),
    fetchOHLCV: async (name, ...request) => {
      try {
        const rows = await adapter.fetchOHLCV(pairOf(name), ...request)
        priming.came(name, rows)
        if (failing.delete(name) && failing.size === 0) trouble(undefined)
        return rows
      } catch (error) {
        failing.add(name)
        if (!signal.aborted) trouble(tryingAgain(troubleOf(offer, error)))
        throw error
      }
    },
  }
}
