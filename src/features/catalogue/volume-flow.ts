/** Volume as a force: oscillators of volume, and volume that moves with the price. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  clip,
  close,
  correlation,
  diff,
  ema,
  gt,
  lag,
  log,
  lt,
  mean,
  mul,
  ratio,
  sign,
  std,
  sub,
  sum,
  type Expression,
  volume,
  weightedMean,
  add,
  barNumber,
} from '../expr.ts'
import { bounded, logReturn, moneyFlow } from './quantities.ts'

const flow = mul(volume, sign(diff(close)))
const rising = mul(volume, gt(diff(close), 0))
const falling = mul(volume, lt(diff(close), 0))

const single = defineFamily('volume', [
  {
    id: 'chaikin_oscillator',
    doc: 'EMA 3 minus EMA 10 of the accumulation line (as if it had always moved like its first bar), over EMA 10 of volume; 0 without volume.',
    unit: 'ratio',
    source: 'Chaikin, in Achelis 1995; the line is never summed, so nothing drifts',
    // EMA(s) of a running sum lags it by (s - 1) / 2 times EMA(s) of its steps.
    formula: ratio(sub(mul(4.5, ema(moneyFlow, 10)), ema(moneyFlow, 3)), ema(volume, 10), 0),
  },
  {
    id: 'volume_change',
    doc: 'Volume minus that of the bar before, over their sum; 0 without volume.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'standard',
    formula: ratio(diff(volume), add(volume, lag(volume, 1)), 0),
  },
])

const logRatios = defineIndicator({
  id: 'log_volume_ratio',
  title: 'Relative volume',
  family: 'volume',
  unit: 'log',
  range: [Math.log(0.001), Math.log(1000)],
  source: 'standard',
  doc: 'log of volume over its mean, at least ln 0.001; 0 without volume.',
  sweep: { length: [10, 45, 96] },
  formula: ({ length }) => log(clip(ratio(volume, mean(volume, length), 1), 0.001, 1000)),
})

const pvo = defineIndicator({
  id: 'pvo',
  title: 'Percentage volume oscillator',
  family: 'volume',
  unit: 'percent',
  source: 'Appel 1979, applied to volume',
  doc: 'EMA of few minus EMA of more volumes in percent of the latter; 0 without volume.',
  sweep: { fast: [12], slow: [26] },
  formula: ({ fast, slow }) => mul(100, ratio(sub(ema(volume, fast), ema(volume, slow)), ema(volume, slow), 0)),
})

const force = defineIndicator({
  id: 'force_index',
  title: 'Force index',
  family: 'volume',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Elder 1993, over its size and so free of scale',
  doc: 'EMA of change x volume over EMA of its size; 0 without movement or volume.',
  sweep: { length: [5, 13, 45] },
  formula({ length }) {
    const thrust = mul(diff(close), volume)
    return clip(ratio(ema(thrust, length), ema(abs(thrust), length), 0), -1, 1)
  },
})

const sides = defineIndicator({
  id: 'updown_volume',
  title: 'Volume of rising and falling bars',
  family: 'volume',
  unit: 'log',
  range: [Math.log(0.01), Math.log(100)],
  source: 'standard',
  doc: 'log of the volume of rising over that of falling bars, within ln 100; 0 without volume.',
  sweep: { length: [10, 20, 45] },
  formula({ length }) {
    const [up, down] = [sum(rising, length), sum(falling, length)]
    return log(clip(ratio(up, down, add(1, mul(99, gt(up, 0)))), 0.01, 100))
  },
})

const weightedReturn = defineIndicator({
  id: 'volume_weighted_return',
  title: 'Volume-price trend',
  family: 'volume',
  unit: 'ratio',
  range: [-10, 10],
  source: 'standard, relative to volume and volatility',
  doc: 'mean log return weighted by volume, over their deviation, within 10; 0 without volume or movement.',
  sweep: { length: [20, 60] },
  formula: ({ length }) =>
    bounded(ratio(sum(mul(logReturn, volume), length), sum(volume, length), 0), std(logReturn, length), 0, 10),
})

const balance = defineIndicator({
  id: 'obv_distance',
  title: 'On-balance volume',
  family: 'volume',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Granville 1963, made free of scale',
  doc: 'on-balance volume minus its mean of the window, over the most it could be; 0 without volume.',
  sweep: { length: [20, 60, 120] },
  formula: ({ length }) => clip(ratio(weightedMean(flow, length), weightedMean(volume, length), 0), -1, 1),
})

const scores = defineIndicator({
  id: 'volume_zscore',
  title: 'Score of volume',
  family: 'volume',
  unit: 'ratio',
  range: [-20, 20],
  source: 'standard',
  doc: 'volume minus its mean in deviations; 0 where volume does not move.',
  sweep: { length: [20, 45] },
  formula: ({ length }) => bounded(sub(volume, mean(volume, length)), std(volume, length), 0, 20),
})

const moneyFlows = defineIndicator({
  id: 'cmf',
  title: 'Chaikin money flow',
  family: 'volume',
  unit: 'ratio',
  source: 'Chaikin, in Achelis 1995',
  doc: 'volume weighted by the place of the close in the bar, over volume; 0 without volume.',
  sweep: { length: [10, 45, 96] },
  formula: ({ length }) => ratio(sum(moneyFlow, length), sum(volume, length), 0),
})

const trend = defineIndicator({
  id: 'volume_fit',
  title: 'Trend of volume',
  family: 'volume',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard: Pearson',
  doc: 'correlation of volume with time; 0 where volume does not move.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => correlation(volume, barNumber(volume), length),
})

const concentration = defineIndicator({
  id: 'volume_peak',
  title: 'Concentration of volume',
  family: 'volume',
  unit: 'ratio',
  source: 'Herfindahl 1950',
  doc: 'mean square of volume over the square of its mean; 1 without volume.',
  sweep: { length: [20, 96] },
  formula: ({ length }) => ratio(mean(mul(volume, volume), length), square(mean(volume, length)), 1),
})

function square(x: Expression): Expression {
  return mul(x, x)
}

/** Features of the flow of volume; their family is volume. */
export const volumeFlow: readonly Feature[] = [
  ...single,
  ...logRatios,
  ...pvo,
  ...force,
  ...sides,
  ...weightedReturn,
  ...balance,
  ...scores,
  ...moneyFlows,
  ...trend,
  ...concentration,
]
