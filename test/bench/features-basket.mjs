/** The same fourteen indicators by five libraries, each as its documentation shows it. */
import { FeatureStream } from 'candlewick/features'
import { indicatortsBasket, ixjb94Basket } from './features-batch-peers.mjs'
import { technicalindicators, tradingSignals } from './features-streaming-peers.mjs'

/** Outputs and the features that give them. */
const ours = {
  sma: 'sma_20',
  ema: 'ema_20',
  rsi: 'rsi',
  macd: 'macd',
  macdSignal: 'macd_signal',
  macdHistogram: 'macd_diff',
  bandHigh: 'bb_high',
  bandMiddle: 'bb_middle',
  bandLow: 'bb_low',
  atr: 'atr',
  adx: 'adx',
  plus: 'adx_pos',
  minus: 'adx_neg',
  k: 'stoch_k',
  d: 'stoch_d',
  cci: 'cci',
  mfi: 'mfi',
  obv: 'on_balance_volume',
  williams: 'williams_r',
  roc: 'roc',
  max: 'local_high_100',
  min: 'local_low_100',
}

/** Market data in the forms that the libraries take; making them is not measured. */
export function inputsOf(candles, columns) {
  const array = (name) => Array.from(columns[name])
  const [open, high, low, close, volume] = ['open', 'high', 'low', 'close', 'volume'].map(array)
  return { candles, columns, open, high, low, close, volume }
}

function candlewick(outputs) {
  const ids = outputs.map((output) => ours[output])
  const named = (row, close) => {
    const values = Object.fromEntries(outputs.map((output, k) => [output, row[k]]))
    // Ours is in percent of the close.
    for (const name of ['macd', 'macdSignal', 'macdHistogram']) values[name] *= close / 100
    return values
  }
  return {
    batch({ columns }) {
      const out = new Float64Array(columns.length * ids.length)
      const stream = new FeatureStream(ids)
      stream.advance(columns, 0, columns.length, out)
      return Object.assign(() => named(out.subarray(-ids.length), columns.close.at(-1)), { stream })
    },
    stream({ candles }) {
      const stream = new FeatureStream(ids)
      let row
      for (const candle of candles) row = stream.push(candle)
      return Object.assign(() => named(row, candles.at(-1).close), { stream })
    },
  }
}

const all = Object.keys(ours)
const withoutAdx = all.filter((output) => !['adx', 'plus', 'minus'].includes(output))

/**
 * Who computes the basket. `batch` and `stream` compute it from the start and return a reader of the last values; `against`
 * is the one of ours that computes the same; ours are against nobody.
 */
export const contestants = [
  { name: 'candlewick', ...candlewick(all) },
  { name: 'candlewick, without ADX', ...candlewick(withoutAdx) },
  { name: 'technicalindicators', ...technicalindicators, against: 'candlewick' },
  { name: 'trading-signals', ...tradingSignals, against: 'candlewick' },
  { name: 'indicatorts (no ADX)', ...indicatortsBasket, against: 'candlewick, without ADX' },
  { name: '@ixjb94/indicators', ...ixjb94Basket, against: 'candlewick' },
]
