/** Volatility from opens, highs, lows and closes, from returns of one sign, and from jumps. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  adaptive,
  close,
  add,
  div,
  type Expression,
  high,
  highest,
  lag,
  log,
  low,
  lowest,
  max,
  mean,
  min,
  mul,
  open,
  ratio,
  sqrt,
  std,
  sub,
} from '../expr.ts'
import { atr, logReturn } from './quantities.ts'

const squared = (x: Expression): Expression => mul(x, x)
const gap = log(div(open, lag(close, 1)))
const inside = log(div(close, open))
const span = squared(log(div(high, low)))
const driftless = add(mul(log(div(high, close)), log(div(high, open))), mul(log(div(low, close)), log(div(low, open))))
const up = squared(max(logReturn, 0))
const down = squared(min(logReturn, 0))
/** Exponential variance of log returns that keeps `memory` of itself each bar. */
const faded = (memory: number): Expression => sqrt(adaptive(squared(logReturn), 1 - memory))

const parkinson = defineIndicator({
  id: 'parkinson_vol',
  title: 'Range volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Parkinson 1980',
  doc: 'deviation per bar from the mean squared log range.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => sqrt(div(mean(span, length), 4 * Math.LN2)),
})

const rogersSatchell = defineIndicator({
  id: 'rogers_satchell_vol',
  title: 'Drift-free range volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Rogers and Satchell 1991',
  doc: 'deviation per bar from highs and lows against open and close.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => sqrt(mean(driftless, length)),
})

const volOfVol = defineIndicator({
  id: 'vol_ratio',
  title: 'Volatility ratio',
  family: 'volatility',
  unit: 'ratio',
  source: 'standard',
  doc: 'deviation of few log returns over that of many; 1 without movement.',
  sweep: { fast: [5, 10, 20], slow: [60, 120] },
  formula: ({ fast, slow }) => ratio(std(logReturn, fast), std(logReturn, slow), 1),
})

const garmanKlass = defineIndicator({
  id: 'garman_klass_vol',
  title: 'Garman-Klass volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Garman and Klass 1980',
  doc: 'deviation per bar from range and body; 0 without movement.',
  sweep: { length: [10, 30, 96] },
  formula({ length }) {
    const body = mul(2 * Math.LN2 - 1, squared(inside))
    return sqrt(max(mean(sub(mul(0.5, span), body), length), 0))
  },
})

const yangZhang = defineIndicator({
  id: 'yang_zhang_vol',
  title: 'Yang-Zhang volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Yang and Zhang 2000',
  doc: 'deviation per bar from gaps, bodies and the Rogers-Satchell term; 0 without movement.',
  sweep: { length: [20, 60] },
  formula({ length }) {
    const weight = 0.34 / (1.34 + (length + 1) / (length - 1))
    const bodies = mul(weight, squared(std(inside, length)))
    return sqrt(add(add(squared(std(gap, length)), bodies), mul(1 - weight, mean(driftless, length))))
  },
})

const exponential = defineFamily('volatility', [
  {
    id: 'ewma_vol_94',
    doc: 'Root of the exponential mean of squared log returns, memory 0.94; it fades to 0 without movement.',
    unit: 'ratio',
    source: 'RiskMetrics 1996; the recursive form that garch_vol is not',
    formula: faded(0.94),
  },
  {
    id: 'ewma_vol_ratio',
    doc: 'Exponential volatility of memory 0.8 over that of 0.97; 1 without movement.',
    unit: 'ratio',
    source: 'RiskMetrics 1996',
    formula: ratio(faded(0.8), faded(0.97), 1),
  },
])

const semivariance = defineIndicator({
  id: 'semivariance',
  title: 'Semivariances',
  family: 'volatility',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Barndorff-Nielsen, Kinnebrock and Shephard 2010',
  doc: 'squared log returns of rising minus those of falling bars, over their sum; 0 without movement.',
  sweep: { length: [20, 60, 120] },
  formula: ({ length }) =>
    ratio(sub(mean(up, length), mean(down, length)), add(mean(up, length), mean(down, length)), 0),
})

const downside = defineIndicator({
  id: 'downside_vol',
  title: 'Downside deviation',
  family: 'volatility',
  unit: 'ratio',
  source: 'Sortino and Price 1994',
  doc: 'root of the mean square of falling log returns; 0 without falls.',
  sweep: { length: [30, 96] },
  formula: ({ length }) => sqrt(mean(down, length)),
})

const jumps = defineIndicator({
  id: 'jump_share',
  title: 'Share of jumps',
  family: 'volatility',
  unit: 'ratio',
  range: [0, 1],
  source: 'Barndorff-Nielsen and Shephard 2004',
  doc: 'part of the squared log returns that bipower variation does not explain; 0 without movement.',
  sweep: { length: [30, 96] },
  formula({ length }) {
    const bipower = mul(Math.PI / 2, mean(mul(abs(logReturn), lag(abs(logReturn), 1)), length))
    return max(sub(1, ratio(bipower, mean(squared(logReturn), length), 1)), 0)
  },
})

const varianceRatio = defineIndicator({
  id: 'variance_ratio',
  title: 'Variance ratio',
  family: 'volatility',
  unit: 'ratio',
  source: 'Lo and MacKinlay 1988',
  doc: 'variance of log returns over some bars over that many variances of one bar; 1 without movement.',
  sweep: { bars: [4, 16], length: [96] },
  formula({ bars, length }) {
    const far = log(div(close, lag(close, bars)))
    return ratio(squared(std(far, length)), mul(bars, squared(std(logReturn, length))), 1)
  },
})

const drawdown = defineIndicator({
  id: 'ulcer',
  title: 'Ulcer index',
  family: 'volatility',
  unit: 'ratio',
  source: 'Martin 1987',
  doc: 'root mean square distance below the highest close (depth) or above the lowest (height); 0 without movement.',
  sweep: { length: [14, 60] },
  formula: ({ length }) => ({
    depth: sqrt(mean(squared(sub(1, div(close, highest(close, length)))), length)),
    height: sqrt(mean(squared(sub(div(close, lowest(close, length)), 1)), length)),
  }),
})

const rangeRatio = defineIndicator({
  id: 'atr_ratio',
  title: 'ATR ratio',
  family: 'volatility',
  unit: 'ratio',
  source: 'Wilder 1978',
  doc: 'average true range of few bars over that of more; 1 without movement.',
  sweep: { fast: [7], slow: [28] },
  formula: ({ fast, slow }) => ratio(atr(fast), atr(slow), 1),
})

const relativeRange = defineIndicator({
  id: 'relative_atr',
  title: 'Relative ATR',
  family: 'volatility',
  unit: 'ratio',
  source: 'Wilder 1978',
  doc: 'average true range as a share of the close.',
  sweep: { length: [5, 10, 20, 30, 45] },
  formula: ({ length }) => div(atr(length), close),
})

/** Volatility from ranges and signs. */
export const rangeVolatility: readonly Feature[] = [
  ...parkinson,
  ...rogersSatchell,
  ...volOfVol,
  ...garmanKlass,
  ...yangZhang,
  ...exponential,
  ...semivariance,
  ...downside,
  ...jumps,
  ...varianceRatio,
  ...drawdown,
  ...rangeRatio,
  ...relativeRange,
]
