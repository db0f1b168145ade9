/** The exchanges that can be chosen. Each lets pages of other sites ask for its public candles (CORS) and needs no key. */

/** An exchange and what is followed there unless somebody says otherwise. */
export interface Offer {
  /** Stands in the log, before the symbol. */
  readonly id: 'coinbase' | 'kraken' | 'bitstamp' | 'binance'
  readonly name: string
  /** Where its candles come from. The policy of the page lets it connect there and nowhere else. */
  readonly origin: string
  /** In ccxt's words, e.g. `BTC/USD`. */
  readonly symbols: readonly string[]
  /** How many bars back its history reaches, where that is less than a model may want. */
  readonly mostBars?: number
}

const inDollars = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD']
const inTethers = ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'XRP/USDT']

/** The first one is chosen at first. */
export const offers: readonly [Offer, ...Offer[]] = [
  { id: 'coinbase', name: 'Coinbase', origin: 'https://api.exchange.coinbase.com', symbols: inDollars },
  // It shows the newest 720 bars; some of them are forming or asked for twice.
  { id: 'kraken', name: 'Kraken', origin: 'https://api.kraken.com', symbols: inDollars, mostBars: 700 },
  { id: 'bitstamp', name: 'Bitstamp', origin: 'https://www.bitstamp.net', symbols: inDollars },
  // Its address for market data alone, which also answers where trading is not offered.
  { id: 'binance', name: 'Binance', origin: 'https://data-api.binance.vision', symbols: inTethers },
]
