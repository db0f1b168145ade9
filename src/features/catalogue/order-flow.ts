/** Volume by price, spreads read from bars, and what a unit of volume moves: all free of scale. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  add,
  clip,
  close,
  controlDistance,
  controlShare,
  correlation,
  diff,
  div,
  type Expression,
  exp,
  gt,
  high,
  highest,
  lag,
  log,
  low,
  lowest,
  max,
  mean,
  mul,
  neg,
  rank,
  ratio,
  shareAbove,
  sign,
  slope,
  sqrt,
  std,
  sub,
  sum,
  valuePlace,
  valueWidth,
  volume,
} from '../expr.ts'
import { barRange, directedVolume, logReturn, simpleReturn } from './quantities.ts'

const flow = mul(volume, sign(diff(close)))
const imbalance = (length: number): Expression => ratio(sum(flow, length), sum(volume, length), 0)
const perVolume = ratio(abs(simpleReturn), volume, 0)

const profile = defineFamily('microstructure', [
  {
    id: 'profile_control_distance',
    doc: 'Close minus the price of most volume of 96 bars, in shares of their range (10 bins); 0 without volume.',
    unit: 'ratio',
    range: [-1, 1],
    source: 'Steidlmayer 1984',
    formula: controlDistance(96, 10),
  },
  {
    id: 'profile_control_share',
    doc: 'Share of the volume of 96 bars in the fullest of 10 price bins; 1 without volume or range.',
    unit: 'ratio',
    range: [0, 1],
    source: 'Steidlmayer 1984',
    formula: controlShare(96, 10),
  },
  {
    id: 'profile_value_place',
    doc: 'Place of the close in the value area (70 % of volume) of 96 bars, within -1 to 2; 0.5 without volume.',
    unit: 'ratio',
    range: [-1, 2],
    source: 'Steidlmayer 1984',
    formula: clip(valuePlace(96, 10), -1, 2),
  },
  {
    id: 'profile_value_width',
    doc: 'Width of the value area (70 % of volume) of 96 bars, in shares of their range; 1 without volume or range.',
    unit: 'ratio',
    range: [0, 1],
    source: 'Steidlmayer 1984',
    formula: valueWidth(96, 10),
  },
  {
    id: 'profile_share_above',
    doc: 'Share of the volume of 96 bars in the price bins above the close, with half of its own; 0.5 without volume or range.',
    unit: 'ratio',
    range: [0, 1],
    source: 'Steidlmayer 1984',
    formula: shareAbove(96, 10),
  },
])

const pair = log(div(highest(high, 2), lowest(low, 2)))
const squares = mul(log(div(high, low)), log(div(high, low)))
const two = add(squares, lag(squares, 1))
const root = 3 - 2 * Math.SQRT2
const width = sub(div(sub(sqrt(mul(2, two)), sqrt(two)), root), sqrt(div(mul(pair, pair), root)))
const spread = max(sub(2, div(4, add(1, exp(width)))), 0)

const spreads = defineIndicator({
  id: 'spread',
  title: 'Spread estimate',
  family: 'microstructure',
  unit: 'ratio',
  source: 'high_low: Corwin and Schultz 2012; bounce: Roll 1984',
  doc: 'of the trading cost as a share of the price, negative estimates counting as 0; 0 without movement.',
  sweep: { length: [20, 60] },
  formula({ length }) {
    const before = lag(logReturn, 1)
    const spreads = mul(std(logReturn, length), std(before, length))
    const bounce = neg(mul(correlation(logReturn, before, length), spreads))
    return {
      high_low: mean(spread, length),
      bounce: mul(2, sqrt(max(bounce, 0))),
    }
  },
})

const impact = defineIndicator({
  id: 'kyle_impact',
  title: 'Impact of flow',
  family: 'microstructure',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Kyle 1985, per mean volume and so free of scale',
  doc: 'log return per mean volume of signed flow, by least squares, within 1; 0 without volume.',
  sweep: { length: [30, 96] },
  formula: ({ length }) => clip(mul(slope(logReturn, directedVolume, length), mean(volume, length)), -1, 1),
})

const illiquidity = defineIndicator({
  id: 'amihud_rank',
  title: 'Rank of illiquidity',
  family: 'microstructure',
  unit: 'ratio',
  range: [0, 1],
  source: 'Amihud 2002, as a rank and so free of scale',
  doc: 'share of the window with a smaller |return| per volume; 0.5 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => rank(perVolume, length),
})

const illiquidityRatio = defineIndicator({
  id: 'amihud_ratio',
  title: 'Relative illiquidity',
  family: 'microstructure',
  unit: 'log',
  range: [Math.log(0.001), Math.log(1000)],
  source: 'Amihud 2002, made free of scale',
  doc: 'log of mean |return| / volume of few bars over that of many, within ln 1000; 0 without movement or volume.',
  sweep: { fast: [5, 20], slow: [120] },
  formula: ({ fast, slow }) => log(clip(ratio(mean(perVolume, fast), mean(perVolume, slow), 1), 0.001, 1000)),
})

const acceleration = defineIndicator({
  id: 'ofi_change',
  title: 'Change of order flow imbalance',
  family: 'microstructure',
  unit: 'ratio',
  range: [-2, 2],
  source: 'standard: tick rule on bars, Lee and Ready 1991',
  doc: 'imbalance of the window minus that of the window before; 0 without volume.',
  sweep: { length: [5, 20] },
  formula: ({ length }) => clip(diff(imbalance(length), length), -2, 2),
})

const memory = defineIndicator({
  id: 'flow_memory',
  title: 'Memory of order flow',
  family: 'microstructure',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Lillo and Farmer 2004',
  doc: 'correlation of signed volume with that of the bar before; 0 where it does not move.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => correlation(flow, lag(flow, 1), length),
})

const toxicity = defineIndicator({
  id: 'vpin',
  title: 'Probability of informed trading',
  family: 'microstructure',
  unit: 'ratio',
  source: 'Easley, Lopez de Prado and O’Hara 2012, with time bars for volume buckets of 5',
  doc: 'mean |imbalance| of 5 bars, weighted by volume; 0 without volume.',
  sweep: { length: [45, 120] },
  formula: ({ length }) => ratio(sum(abs(sum(flow, 5)), length), sum(sum(volume, 5), length), 0),
})

const bodies = defineIndicator({
  id: 'close_location',
  title: 'Location of the close',
  family: 'microstructure',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard',
  doc: 'mean of twice the place of the close in the bar, minus 1; 0 for flat bars.',
  sweep: { length: [5, 20, 60] },
  formula: ({ length }) => mean(ratio(sub(sub(close, low), sub(high, close)), barRange, 0), length),
})

const stillness = defineIndicator({
  id: 'effort',
  title: 'Effort against result',
  family: 'microstructure',
  unit: 'log',
  range: [Math.log(0.001), Math.log(1000)],
  source: 'Wyckoff 1931',
  doc: 'log of relative volume over relative range; ln 1000 on a bar without range, minus that without volume, 0 without both.',
  sweep: { length: [20] },
  formula({ length }) {
    const effort = ratio(volume, mean(volume, length), 1)
    const result = ratio(barRange, mean(barRange, length), 1)
    return log(clip(ratio(effort, result, add(1, mul(999, gt(effort, 0)))), 0.001, 1000))
  },
})

/** Features of order flow; their family is microstructure. */
export const orderFlow: readonly Feature[] = [
  ...profile,
  ...spreads,
  ...impact,
  ...illiquidity,
  ...illiquidityRatio,
  ...acceleration,
  ...memory,
  ...toxicity,
  ...bodies,
  ...stillness,
]
