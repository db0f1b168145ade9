/** Who is winning, and how fast. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  add,
  and,
  close,
  diff,
  div,
  ema,
  ge,
  gt,
  high,
  highest,
  lag,
  le,
  low,
  lowest,
  lt,
  max,
  mean,
  meanDistance,
  min,
  mul,
  ratio,
  sub,
  sum,
} from '../expr.ts'
import { atr, bounded, divergence, macd, mfi, placeInRange, rsi, stochastic, typical } from './quantities.ts'

const line = macd(12, 26)
const signal = ema(line, 9)
const macdPercent = div(mul(100, line), close)
const histogram = div(mul(100, sub(line, signal)), close)
const smooth = mean(stochastic, 3)
const flow = mfi(14)
const cci = ratio(sub(typical, mean(typical, 20)), mul(0.015, meanDistance(typical, mean(typical, 20), 20)), 0)
const triple = ema(ema(ema(close, 15), 15), 15)
const byRsi = divergence(rsi(14))
const byMacd = divergence(macdPercent)
const pressure = sub(close, min(low, lag(close, 1)))
const trueMove = sub(max(high, lag(close, 1)), min(low, lag(close, 1)))
const pressureShare = (length: number): ReturnType<typeof ratio> =>
  ratio(sum(pressure, length), sum(trueMove, length), 0.5)

const reference = defineFamily('momentum', [
  {
    id: 'rsi',
    doc: 'Relative strength index 14; 50 without movement.',
    unit: 'percent',
    range: [0, 100],
    formula: rsi(14),
  },
  { id: 'rsi_oversold', doc: '1 where RSI is below 30.', unit: 'flag', range: [0, 1], formula: lt(rsi(14), 30) },
  { id: 'rsi_overbought', doc: '1 where RSI is above 70.', unit: 'flag', range: [0, 1], formula: gt(rsi(14), 70) },
  { id: 'macd', doc: 'EMA 12 minus EMA 26 in percent of the close.', unit: 'percent', formula: macdPercent },
  {
    id: 'macd_signal',
    doc: 'EMA 9 of the MACD line in percent of the close.',
    unit: 'percent',
    formula: div(mul(100, signal), close),
  },
  { id: 'macd_diff', doc: 'MACD line minus its signal in percent of the close.', unit: 'percent', formula: histogram },
  { id: 'macd_histogram', doc: 'The same as macd_diff.', unit: 'percent', formula: histogram },
  {
    id: 'macd_cross_up',
    doc: '1 where macd_diff rises above 0.',
    unit: 'flag',
    range: [0, 1],
    formula: and(gt(histogram, 0), le(lag(histogram, 1), 0)),
  },
  {
    id: 'macd_cross_down',
    doc: '1 where macd_diff falls below 0.',
    unit: 'flag',
    range: [0, 1],
    formula: and(lt(histogram, 0), ge(lag(histogram, 1), 0)),
  },
  {
    id: 'stoch_k',
    doc: 'Stochastic %K 14; 50 in a flat window.',
    unit: 'percent',
    range: [0, 100],
    formula: stochastic,
  },
  {
    id: 'stoch_d',
    doc: 'Mean of 3 stochastic %K; 50 in a flat window.',
    unit: 'percent',
    range: [0, 100],
    formula: smooth,
  },
  { id: 'stoch_oversold', doc: '1 where %K is below 20.', unit: 'flag', range: [0, 1], formula: lt(stochastic, 20) },
  { id: 'stoch_overbought', doc: '1 where %K is above 80.', unit: 'flag', range: [0, 1], formula: gt(stochastic, 80) },
  {
    id: 'stoch_cross',
    doc: '1 where %K rises above %D, -1 where it falls below, else 0.',
    unit: 'flag',
    range: [-1, 1],
    formula: sub(
      and(gt(stochastic, smooth), le(lag(stochastic, 1), lag(smooth, 1))),
      and(lt(stochastic, smooth), ge(lag(stochastic, 1), lag(smooth, 1))),
    ),
  },
  { id: 'mfi', doc: 'Money flow index 14; 50 without flow.', unit: 'percent', range: [0, 100], formula: flow },
  { id: 'mfi_overbought', doc: '1 where MFI is above 80.', unit: 'flag', range: [0, 1], formula: gt(flow, 80) },
  { id: 'mfi_oversold', doc: '1 where MFI is below 20.', unit: 'flag', range: [0, 1], formula: lt(flow, 20) },
  { id: 'cci', doc: 'Commodity channel index 20; 0 in a flat window.', unit: 'ratio', formula: cci },
  { id: 'cci_overbought', doc: '1 where CCI is above 100.', unit: 'flag', range: [0, 1], formula: gt(cci, 100) },
  { id: 'cci_oversold', doc: '1 where CCI is below -100.', unit: 'flag', range: [0, 1], formula: lt(cci, -100) },
  {
    id: 'williams_r',
    doc: 'Williams %R 14; -50 in a flat window.',
    unit: 'percent',
    range: [-100, 0],
    formula: mul(-100, ratio(sub(highest(high, 14), close), sub(highest(high, 14), lowest(low, 14)), 0.5)),
  },
  {
    id: 'ultimate_oscillator',
    doc: 'Ultimate oscillator 7/14/28; 50 without movement.',
    unit: 'percent',
    range: [0, 100],
    formula: div(mul(100, add(add(mul(4, pressureShare(7)), mul(2, pressureShare(14))), pressureShare(28))), 7),
  },
  {
    id: 'trix',
    doc: 'Change of the triple EMA 15 in percent.',
    unit: 'percent',
    formula: div(mul(100, diff(triple)), lag(triple, 1)),
  },
  {
    id: 'bearish_divergence_rsi',
    doc: '1 where price rises and RSI falls over three points 14 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: byRsi.bearish,
  },
  {
    id: 'bullish_divergence_rsi',
    doc: '1 where price falls and RSI rises over three points 14 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: byRsi.bullish,
  },
  {
    id: 'bearish_divergence_macd',
    doc: '1 where price rises and MACD falls over three points 14 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: byMacd.bearish,
  },
  {
    id: 'bullish_divergence_macd',
    doc: '1 where price falls and MACD rises over three points 14 bars apart.',
    unit: 'flag',
    range: [0, 1],
    formula: byMacd.bullish,
  },
])

const rsiSweep = defineIndicator({
  id: 'rsi',
  title: 'Relative strength index',
  family: 'momentum',
  unit: 'percent',
  range: [0, 100],
  source: 'Wilder 1978, seeded with the first value as in the reference',
  doc: 'share of recent movement that went up; 50 without movement.',
  sweep: { length: [5, 7, 10, 14, 15, 21, 30, 45, 60] },
  formula: ({ length }) => rsi(length),
})

const ppo = defineIndicator({
  id: 'ppo',
  title: 'Percentage price oscillator',
  family: 'momentum',
  unit: 'percent',
  source: 'Appel 1979; percentage form after Aspray 1986',
  doc: 'distance of two exponential means in percent of the slow one.',
  sweep: { fast: [12], slow: [26], signal: [9] },
  formula({ fast, slow, signal }) {
    const line = mul(100, div(macd(fast, slow), ema(close, slow)))
    return { line, signal: ema(line, signal), histogram: sub(line, ema(line, signal)) }
  },
})

const stochasticSweep = defineIndicator({
  id: 'stoch',
  title: 'Stochastic %K',
  family: 'momentum',
  unit: 'percent',
  range: [0, 100],
  source: 'Lane 1984',
  doc: 'place of the close in the range of the window; 50 in a flat one.',
  sweep: { length: [5, 10, 30, 45, 60, 90, 120] },
  formula: ({ length }) => mul(100, placeInRange(length)),
})

const slowStochastic = defineIndicator({
  id: 'stoch_slow',
  title: 'Slow stochastic',
  family: 'momentum',
  unit: 'percent',
  range: [0, 100],
  source: 'Lane 1984',
  doc: 'mean of 5 places of the close in its range; 50 in a flat window.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => mean(mul(100, placeInRange(length)), 5),
})

const elderRay = defineIndicator({
  id: 'elder_ray',
  title: 'Elder ray',
  family: 'momentum',
  unit: 'ratio',
  source: 'Elder 1989, made relative to the close',
  doc: 'distance of high and low from the exponential mean of 13 closes.',
  sweep: {},
  formula: () => ({
    bull: div(sub(high, ema(close, 13)), close),
    bear: div(sub(low, ema(close, 13)), close),
  }),
})

const elderForce = defineIndicator({
  id: 'elder_force',
  title: 'Elder ray in ATR',
  family: 'momentum',
  unit: 'ratio',
  range: [-20, 20],
  source: 'Elder 1989, in units of ATR',
  doc: 'high (bull) or low (bear) minus EMA 13 of the close, within 20; 0 without movement.',
  sweep: {},
  formula: () => ({
    bull: bounded(sub(high, ema(close, 13)), atr(14), 0, 20),
    bear: bounded(sub(low, ema(close, 13)), atr(14), 0, 20),
  }),
})

/** Momentum features. */
export const momentum: readonly Feature[] = [
  ...reference,
  ...rsiSweep,
  ...ppo,
  ...stochasticSweep,
  ...slowStochastic,
  ...elderRay,
  ...elderForce,
]
