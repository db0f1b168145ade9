/** What goes over the wire of Binance spot, right and wrong. */
import type { Candle } from '../../src/core/candle.ts'
import type { AnswerFault } from './faults.ts'

/** A row of an answer. */
export type Wire = (string | number)[]

/** A bar's row as it goes over the wire: decimal strings, quote volume, close time. */
export function wireRow({ time, open, high, low, close, volume }: Candle, step: number): Wire {
  const prices = [open, high, low, close].map((price) => price.toFixed(8))
  const quote = (close * volume).toFixed(8)
  return [time, ...prices, volume.toFixed(8), time + step - 1, quote, 10, '0.00000000', '0.00000000', '0']
}

/** Puts a wrong value into a row. */
export function spoil(row: Wire, fault: string, step: number): Wire {
  const [time, open, high, low, close, volume, ...rest] = row as [
    number,
    string,
    string,
    string,
    string,
    string,
    ...Wire,
  ]
  if (fault === 'nan') return [time, open, 'NaN', low, close, volume, ...rest]
  if (fault === 'high-below-low') return [time, open, low, high, close, volume, ...rest]
  if (fault === 'negative-volume') return [time, open, high, low, close, `-${volume}`, ...rest]
  if (fault === 'zero-price') return [time, open, high, '0.00000000', close, volume, ...rest]
  if (fault === 'off-grid') return [time + 1000, open, high, low, close, volume, ...rest]
  if (fault === 'future') return [time + 1000 * step, open, high, low, close, volume, ...rest]
  if (fault === 'short-row') return [time, open]
  return row
}

const errorJson = '{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}'
const page = '<!DOCTYPE html><html><body>Sign in to the network of this hotel</body></html>'

/** Answers that hold no rows at all: status and body. */
export const refusals: Partial<Record<AnswerFault, readonly [status: number, body: string]>> = {
  'http-429': [429, '{"code":-1003,"msg":"Too many requests."}'],
  'http-418': [418, '{"code":-1003,"msg":"Way too many requests; IP banned."}'],
  'http-500': [500, ''],
  'http-503': [503, '{"code":0,"msg":"Service unavailable from a restricted location."}'],
  'error-json': [400, errorJson],
  html: [200, page],
  'html-503': [503, page],
}

/** A market as the exchange lists it. */
export function marketInfo([base, quote]: readonly [string, string]): object {
  return {
    symbol: base + quote,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: ['LIMIT', 'MARKET'],
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
      { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
    ],
    permissions: ['SPOT'],
  }
}
