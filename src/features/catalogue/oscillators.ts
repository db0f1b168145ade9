/** More oscillators: momentum of momentum, detrended prices, places in windows. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  add,
  clip,
  close,
  diff,
  div,
  ema,
  type Expression,
  gt,
  highest,
  lag,
  lowest,
  max,
  mean,
  meanDistance,
  mul,
  neg,
  ratio,
  select,
  sub,
  sum,
  weightedMean,
} from '../expr.ts'
import { atr, bounded, barRange, body, growth, macd, mfi, rsi, stochastic, typical } from './quantities.ts'

const kst = [
  [10, 10],
  [15, 10],
  [20, 10],
  [30, 15],
].map(([bars, smooth], k) => mul(k + 1, mean(mul(100, growth(bars!)), smooth!)))

const single = defineFamily('momentum', [
  {
    id: 'ppo',
    doc: 'EMA 12 minus EMA 26 in percent of EMA 26; the same as ppo_12_26_9.',
    unit: 'percent',
    source: 'Appel 1979; percentage form after Aspray 1986',
    formula: mul(100, div(macd(12, 26), ema(close, 26))),
  },
  {
    id: 'kst',
    doc: 'Weighted sum of four smoothed rates of change in percent; 0 without movement.',
    unit: 'percent',
    source: 'Pring 1992',
    formula: kst.reduce((total, part) => add(total, part)),
  },
  {
    id: 'coppock',
    doc: 'Weighted mean of 10 of the rates of change over 14 and 11 bars in percent; 0 without movement.',
    unit: 'percent',
    source: 'Coppock 1962',
    formula: weightedMean(mul(100, add(growth(14), growth(11))), 10),
  },
  {
    id: 'stoch_spread',
    doc: 'Stochastic %K 14 minus its mean of 3; 0 in a flat window.',
    unit: 'percent',
    range: [-100, 100],
    source: 'Lane 1984',
    formula: sub(stochastic, mean(stochastic, 3)),
  },
  {
    id: 'macd_normalized',
    doc: 'EMA 12 minus EMA 26 in ATR, within 20; 0 without movement.',
    unit: 'ratio',
    range: [-20, 20],
    source: 'Appel 1979, in units of ATR',
    formula: bounded(macd(12, 26), atr(14), 0, 20),
  },
  {
    id: 'macd_diff_change',
    doc: 'Change of the MACD histogram over 3 bars in percent of the close.',
    unit: 'percent',
    source: 'Appel 1979',
    formula: div(mul(100, diff(sub(macd(12, 26), ema(macd(12, 26), 9)), 3)), close),
  },
])

const shortPpo = defineIndicator({
  id: 'ppo',
  title: 'Percentage price oscillator',
  family: 'momentum',
  unit: 'percent',
  source: 'Appel 1979; percentage form after Aspray 1986',
  doc: 'distance of two exponential means in percent of the slow one.',
  sweep: { fast: [5, 20], slow: [45], signal: [9] },
  formula({ fast, slow, signal }) {
    const line = mul(100, div(macd(fast, slow), ema(close, slow)))
    return { line, histogram: sub(line, ema(line, signal)) }
  },
})

const strength = defineIndicator({
  id: 'tsi',
  title: 'True strength index',
  family: 'momentum',
  unit: 'percent',
  range: [-100, 100],
  source: 'Blau 1991',
  doc: 'twice smoothed change over its twice smoothed size; 0 without movement.',
  sweep: { slow: [25], fast: [13] },
  formula({ slow, fast }) {
    const twice = (x: Expression): Expression => ema(ema(x, slow), fast)
    return clip(mul(100, ratio(twice(diff(close)), twice(abs(diff(close))), 0)), -100, 100)
  },
})

const chande = defineIndicator({
  id: 'cmo',
  title: 'Chande momentum oscillator',
  family: 'momentum',
  unit: 'percent',
  range: [-100, 100],
  source: 'Chande 1994',
  doc: 'rises minus falls over their sum; 0 without movement.',
  sweep: { length: [9, 20, 45] },
  formula({ length }) {
    const up = sum(max(diff(close), 0), length)
    const down = sum(max(neg(diff(close)), 0), length)
    return mul(100, ratio(sub(up, down), add(up, down), 0))
  },
})

const detrended = defineIndicator({
  id: 'dpo',
  title: 'Detrended price',
  family: 'momentum',
  unit: 'ratio',
  source: 'standard, looking backwards only',
  doc: 'close of half a window and a bar before, minus the mean of the window, as a share of the mean.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => sub(div(lag(close, length / 2 + 1), mean(close, length)), 1),
})

const stochasticRsi = defineIndicator({
  id: 'stoch_rsi',
  title: 'Stochastic RSI',
  family: 'momentum',
  unit: 'percent',
  range: [0, 100],
  source: 'Chande and Kroll 1994',
  doc: 'place of the RSI in its range; 50 where it does not move.',
  sweep: { length: [14, 30] },
  formula({ length }) {
    const bottom = lowest(rsi(length), length)
    const range = sub(highest(rsi(length), length), bottom)
    // Without movement RSI keeps its value but for roundings, which have no place in a range.
    return mul(100, select(gt(range, 1e-9), ratio(sub(rsi(length), bottom), range, 0.5), 0.5))
  },
})

const channelIndex = defineIndicator({
  id: 'cci',
  title: 'Commodity channel index',
  family: 'momentum',
  unit: 'ratio',
  source: 'Lambert 1980',
  doc: 'typical price minus its mean in mean distances / 0.015; 0 in a flat window.',
  sweep: { length: [10, 45, 90] },
  formula: ({ length }) =>
    ratio(sub(typical, mean(typical, length)), mul(0.015, meanDistance(typical, mean(typical, length), length)), 0),
})

const moneyFlows = defineIndicator({
  id: 'mfi',
  title: 'Money flow index',
  family: 'momentum',
  unit: 'percent',
  range: [0, 100],
  source: 'Quong and Soudack 1989',
  doc: 'share of the flow that came with a rise; 50 without flow.',
  sweep: { length: [7, 30, 60] },
  formula: ({ length }) => mfi(length),
})

const balance = defineIndicator({
  id: 'balance_of_power',
  title: 'Balance of power',
  family: 'momentum',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Livshin 2001',
  doc: 'mean of body over range; 0 for flat bars.',
  sweep: { length: [5, 14, 45] },
  formula: ({ length }) => mean(ratio(body, barRange, 0), length),
})

const momentumInRanges = defineIndicator({
  id: 'normalized_return',
  title: 'Return in ATR',
  family: 'momentum',
  unit: 'ratio',
  range: [-50, 50],
  source: 'standard',
  doc: 'change of the close over ATR 14, within 50; 0 without movement.',
  sweep: { length: [1, 5, 20, 60] },
  formula: ({ length }) => bounded(diff(close, length), atr(14), 0, 50),
})

const changes = defineIndicator({
  id: 'rsi_change',
  title: 'Change of RSI',
  family: 'momentum',
  unit: 'percent',
  range: [-100, 100],
  source: 'Wilder 1978',
  doc: 'RSI 14 minus that of some bars before; 0 without movement.',
  sweep: { length: [5, 15] },
  formula: ({ length }) => diff(rsi(14), length),
})

/** Oscillators; their family is momentum. */
export const oscillators: readonly Feature[] = [
  ...single,
  ...shortPpo,
  ...strength,
  ...chande,
  ...detrended,
  ...stochasticRsi,
  ...channelIndex,
  ...moneyFlows,
  ...balance,
  ...momentumInRanges,
  ...changes,
]
