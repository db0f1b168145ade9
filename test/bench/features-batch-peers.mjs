/** The basket by the libraries that work on whole arrays only. */
import * as ixjb94 from '@ixjb94/indicators'
import * as indicatorts from 'indicatorts'

const last = (outputs) => Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values.at(-1)]))

/** Without ADX, which it lacks. */
export const indicatortsBasket = {
  batch({ high, low, close, volume }) {
    const { macdLine, signalLine } = indicatorts.macd(close, { fast: 12, slow: 26, signal: 9 })
    const bands = indicatorts.bb(close, { period: 20 })
    const { k, d } = indicatorts.stoch(high, low, close, { kPeriod: 14, dPeriod: 3 })
    const outputs = {
      sma: indicatorts.sma(close, { period: 20 }),
      ema: indicatorts.ema(close, { period: 20 }),
      rsi: indicatorts.rsi(close, { period: 14 }),
      macd: macdLine,
      macdSignal: signalLine,
      bandHigh: bands.upper,
      bandMiddle: bands.middle,
      bandLow: bands.lower,
      atr: indicatorts.atr(high, low, close, { period: 14 }).atrLine,
      k,
      d,
      cci: indicatorts.cci(high, low, close, { period: 20 }),
      mfi: indicatorts.mfi(high, low, close, volume, { period: 14 }),
      obv: indicatorts.obv(close, volume),
      williams: indicatorts.willr(high, low, close, { period: 14 }),
      roc: indicatorts.roc(close, { period: 10 }),
      max: indicatorts.mmax(high, { period: 100 }),
      min: indicatorts.mmin(low, { period: 100 }),
    }
    return () => last(outputs)
  },
}

/** Its ADX takes no close, as its authors wrote it. */
export const ixjb94Basket = {
  batch({ high, low, close, volume }) {
    const indicators = new ixjb94.IndicatorsSync()
    const [macd, macdSignal, macdHistogram] = indicators.macd(close, 12, 26, 9)
    const [bandLow, bandMiddle, bandHigh] = indicators.bbands(close, 20, 2)
    const [plus, minus] = indicators.di(high, low, close, 14)
    const [k, d] = indicators.stoch(high, low, close, 14, 1, 3)
    const outputs = {
      sma: indicators.sma(close, 20),
      ema: indicators.ema(close, 20),
      rsi: indicators.rsi(close, 14),
      macd,
      macdSignal,
      macdHistogram,
      bandHigh,
      bandMiddle,
      bandLow,
      atr: indicators.atr(high, low, close, 14),
      adx: indicators.adx(high, low, 14),
      plus,
      minus,
      k,
      d,
      cci: indicators.cci(high, low, close, 20),
      mfi: indicators.mfi(high, low, close, volume, 14),
      obv: indicators.obv(close, volume),
      williams: indicators.willr(high, low, close, 14),
      roc: indicators.roc(close, 10),
      max: indicators.max(high, 100),
      min: indicators.min(low, 100),
    }
    return () => {
      const values = last(outputs)
      return { ...values, roc: values.roc * 100 }
    }
  },
}
