/** The basket by the libraries that also work candle by candle. */
import {
  ADX,
  ATR,
  BollingerBands,
  CCI,
  EMA,
  Highest,
  Lowest,
  MACD,
  MFI,
  OBV,
  ROC,
  RSI,
  SMA,
  Stochastic,
  WilliamsR,
} from 'technicalindicators'
import * as signals from 'trading-signals'

/** Its indicators by their names. */
const technical = {
  SMA,
  EMA,
  RSI,
  MACD,
  BollingerBands,
  ATR,
  ADX,
  Stochastic,
  CCI,
  MFI,
  OBV,
  WilliamsR,
  ROC,
  Highest,
  Lowest,
}

const technicalInputs = ({ open, high, low, close, volume }) => ({
  SMA: { period: 20, values: close },
  EMA: { period: 20, values: close },
  RSI: { period: 14, values: close },
  MACD: {
    values: close,
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
  },
  BollingerBands: { period: 20, values: close, stdDev: 2 },
  ATR: { high, low, close, period: 14 },
  ADX: { high, low, close, period: 14 },
  Stochastic: { high, low, close, period: 14, signalPeriod: 3 },
  CCI: { open, high, low, close, period: 20 },
  MFI: { high, low, close, volume, period: 14 },
  OBV: { close, volume },
  WilliamsR: { high, low, close, period: 14 },
  ROC: { period: 10, values: close },
  Highest: { period: 100, values: high },
  Lowest: { period: 100, values: low },
})

const technicalOutputs = (last) => ({
  sma: last.SMA,
  ema: last.EMA,
  rsi: last.RSI,
  macd: last.MACD.MACD,
  macdSignal: last.MACD.signal,
  macdHistogram: last.MACD.histogram,
  bandHigh: last.BollingerBands.upper,
  bandMiddle: last.BollingerBands.middle,
  bandLow: last.BollingerBands.lower,
  atr: last.ATR,
  adx: last.ADX.adx,
  plus: last.ADX.pdi,
  minus: last.ADX.mdi,
  k: last.Stochastic.k,
  d: last.Stochastic.d,
  cci: last.CCI,
  mfi: last.MFI,
  obv: last.OBV,
  williams: last.WilliamsR,
  roc: last.ROC,
  max: last.Highest,
  min: last.Lowest,
})

/** By `calculate` and `nextValue`. */
export const technicalindicators = {
  batch(inputs) {
    const made = Object.entries(technicalInputs(inputs)).map(([name, input]) => [
      name,
      technical[name].calculate(input),
    ])
    return () => technicalOutputs(Object.fromEntries(made.map(([name, values]) => [name, values.at(-1)])))
  },
  stream({ candles }) {
    const none = { open: [], high: [], low: [], close: [], volume: [] }
    const made = Object.entries(technicalInputs(none)).map(([name, input]) => ({
      name,
      // Highest and Lowest read one price, the others that take `values` the close.
      read: { Highest: 'high', Lowest: 'low' }[name] ?? ('values' in input ? 'close' : undefined),
      indicator: new technical[name](input),
      last: undefined,
    }))
    for (const candle of candles)
      for (const one of made) one.last = one.indicator.nextValue(one.read === undefined ? candle : candle[one.read])
    return () => technicalOutputs(Object.fromEntries(made.map(({ name, last }) => [name, last])))
  },
}

function signalIndicators() {
  return {
    ofClose: {
      sma: new signals.SMA(20),
      ema: new signals.EMA(20),
      rsi: new signals.RSI(14),
      macd: new signals.MACD(new signals.EMA(12), new signals.EMA(26), new signals.EMA(9)),
      bands: new signals.BollingerBands(20, 2),
      roc: new signals.ROC(10),
    },
    ofCandle: {
      atr: new signals.ATR(14),
      adx: new signals.ADX(14),
      stochastic: new signals.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 1, dPeriod: 3 }),
      cci: new signals.CCI(20),
      mfi: new signals.MFI(14),
      obv: new signals.OBV(2),
      williams: new signals.WilliamsR(14),
      channel: new signals.DonchianChannels(100),
    },
  }
}

/** Some of its values are fractions where the others give percent. */
function signalOutputs({ ofClose, ofCandle }) {
  const last = Object.fromEntries(
    Object.entries({ ...ofClose, ...ofCandle }).map(([name, indicator]) => [name, indicator.getResult()]),
  )
  return {
    ...last,
    macd: last.macd.macd,
    macdSignal: last.macd.signal,
    macdHistogram: last.macd.histogram,
    bandHigh: last.bands.upper,
    bandMiddle: last.bands.middle,
    bandLow: last.bands.lower,
    plus: ofCandle.adx.pdi * 100,
    minus: ofCandle.adx.mdi * 100,
    k: last.stochastic.stochK,
    d: last.stochastic.stochD,
    roc: last.roc * 100,
    max: last.channel.upper,
    min: last.channel.lower,
  }
}

/** By `updates` and `add`. */
export const tradingSignals = {
  batch({ candles, close }) {
    const indicators = signalIndicators()
    for (const indicator of Object.values(indicators.ofClose)) indicator.updates(close, false)
    for (const indicator of Object.values(indicators.ofCandle)) indicator.updates(candles, false)
    return () => signalOutputs(indicators)
  },
  stream({ candles }) {
    const indicators = signalIndicators()
    const ofClose = Object.values(indicators.ofClose)
    const ofCandle = Object.values(indicators.ofCandle)
    for (const candle of candles) {
      for (const indicator of ofClose) indicator.add(candle.close)
      for (const indicator of ofCandle) indicator.add(candle)
    }
    return () => signalOutputs(indicators)
  },
}
