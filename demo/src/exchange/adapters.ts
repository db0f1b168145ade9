/** ccxt's exchanges for the page, each loaded when it is started for the first time. */
import type { CcxtExchange } from 'candlewick/feeds'
import type { Offer } from './offers.ts'

/** What the page uses of a ccxt exchange besides its candles. */
export interface Adapter extends CcxtExchange {
  readonly markets?: object | undefined
  /** Makes the requests. */
  fetchImplementation: unknown
  loadMarkets(reload?: boolean, params?: object): Promise<unknown>
}

// The page has no use for lists of coins, and each would be a request.
const quiet = { has: { fetchCurrencies: false } }

/**
 * Adapters by exchange. ccxt's list of exports has only all exchanges together, ten times as much, so the files of single
 * ones are named by their place.
 */
const adapters: Readonly<Record<Offer['id'], (origin: string) => Promise<Adapter>>> = {
  kraken: async () => {
    const { default: Kraken } = await import('../../../node_modules/ccxt/js/src/kraken.js')
    return new Kraken(quiet)
  },
  coinbase: async () => {
    const { default: Coinbase } = await import('../../../node_modules/ccxt/js/src/coinbaseexchange.js')
    return new Coinbase(quiet)
  },
  bitstamp: async () => {
    const { default: Bitstamp } = await import('../../../node_modules/ccxt/js/src/bitstamp.js')
    return new Bitstamp(quiet)
  },
  binance: async (origin) => {
    const { default: Binance } = await import('../../../node_modules/ccxt/js/src/binance.js')
    const urls = { api: { public: `${origin}/api/v3` } }
    return new Binance({ ...quiet, urls, options: { fetchMarkets: { types: ['spot'] } } })
  },
}

/**
 * Loads the adapter of an exchange.
 *
 * @throws TypeError where its file cannot be loaded
 */
export function loadAdapter({ id, origin }: Offer): Promise<Adapter> {
  return adapters[id](origin)
}

/** The parameters with which an exchange lists only what is asked for, where its whole list is many megabytes. */
export function listingOf({ id }: Offer, symbols: readonly string[]): object {
  return id === 'binance' ? { symbols: JSON.stringify(symbols.map((symbol) => symbol.replace('/', ''))) } : {}
}
