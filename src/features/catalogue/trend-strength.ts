/** Whether there is a trend at all: directional movement, Aroon, vortex, clouds, choppiness. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  add,
  close,
  diff,
  div,
  ema,
  type Expression,
  gt,
  high,
  highest,
  highestAge,
  lag,
  log,
  low,
  lowest,
  lowestAge,
  max,
  mean,
  min,
  mul,
  psar,
  ratio,
  sub,
  sum,
  trueRange,
} from '../expr.ts'
import { atr, barRange, bounded, directional, efficiency } from './quantities.ts'

const middleOf = (length: number): Expression => div(add(highest(high, length), lowest(low, length)), 2)
const conversion = middleOf(9)
const base = middleOf(26)
const spanA = div(add(conversion, base), 2)
const spanB = middleOf(52)
const displaced = (span: Expression): Expression => lag(span, 26)
const source = 'Hosoda 1968'
const stop = psar(high, low, close)
const moved = trueRange(high, low, close)

const single = defineFamily('trend', [
  {
    id: 'adxr_14',
    doc: 'Mean of the ADX of now and of 13 bars before; 0 without movement.',
    unit: 'percent',
    range: [0, 100],
    source: 'Wilder 1978',
    formula: div(add(directional(14).adx, lag(directional(14).adx, 13)), 2),
  },
  {
    id: 'ichimoku_conversion_ratio',
    doc: 'Close over the conversion line, minus 1.',
    unit: 'ratio',
    source,
    formula: sub(div(close, conversion), 1),
  },
  {
    id: 'ichimoku_base_ratio',
    doc: 'Close over the base line, minus 1.',
    unit: 'ratio',
    source,
    formula: sub(div(close, base), 1),
  },
  {
    id: 'ichimoku_cross_ratio',
    doc: 'Conversion over base line, minus 1.',
    unit: 'ratio',
    source,
    formula: sub(div(conversion, base), 1),
  },
  {
    id: 'ichimoku_cloud_distance',
    doc: 'Close minus the cloud of 26 bars before as a share of the close; 0 inside the cloud.',
    unit: 'ratio',
    source,
    formula: div(
      add(
        max(sub(close, max(displaced(spanA), displaced(spanB))), 0),
        min(sub(close, min(displaced(spanA), displaced(spanB))), 0),
      ),
      close,
    ),
  },
  {
    id: 'ichimoku_lagging_ratio',
    doc: 'Close over that of 26 bars before, minus 1: the lagging span, looking backwards.',
    unit: 'ratio',
    source,
    formula: sub(div(close, lag(close, 26)), 1),
  },
  {
    id: 'psar_score',
    doc: 'Close minus parabolic stop in ATR, within 20; 0 without movement.',
    unit: 'ratio',
    range: [-20, 20],
    source: 'Wilder 1978',
    formula: bounded(sub(close, stop), atr(14), 0, 20),
  },
  {
    id: 'psar_slope',
    doc: 'Change of the parabolic stop in ATR, within 20; 0 without movement.',
    unit: 'ratio',
    range: [-20, 20],
    source: 'Wilder 1978',
    formula: bounded(diff(stop), atr(14), 0, 20),
  },
  {
    id: 'mass_index_25',
    doc: 'Sum of 25 quotients of the smoothed range and itself smoothed; 25 in a flat market.',
    unit: 'ratio',
    source: 'Dorsey 1992',
    formula: sum(ratio(ema(barRange, 9), ema(ema(barRange, 9), 9), 1), 25),
  },
])

const dmi = defineIndicator({
  id: 'dmi',
  title: 'Directional movement',
  family: 'trend',
  unit: 'percent',
  source: 'Wilder 1978',
  doc: 'ADX, and +DI minus -DI; 0 without movement.',
  sweep: { length: [7, 14, 28] },
  formula({ length }) {
    const { plus, minus, adx } = directional(length)
    return { strength: adx, balance: sub(plus, minus) }
  },
})

const aroon = defineIndicator({
  id: 'aroon',
  title: 'Aroon oscillator',
  family: 'trend',
  unit: 'percent',
  range: [-100, 100],
  source: 'Chande 1995',
  doc: 'how much more recent the high of the window is than the low.',
  sweep: { length: [10, 50, 100] },
  formula: ({ length }) => div(mul(100, sub(lowestAge(low, length + 1), highestAge(high, length + 1))), length),
})

const vortex = defineIndicator({
  id: 'vortex',
  title: 'Vortex',
  family: 'trend',
  unit: 'ratio',
  source: 'Botes and Siepman 2010',
  doc: 'upward minus downward movement of highs and lows over the true range; 0 without movement.',
  sweep: { length: [14, 30, 60] },
  formula({ length }) {
    const up = sum(abs(sub(high, lag(low, 1))), length)
    const down = sum(abs(sub(low, lag(high, 1))), length)
    return ratio(sub(up, down), sum(moved, length), 0)
  },
})

const choppiness = defineIndicator({
  id: 'choppiness',
  title: 'Choppiness',
  family: 'trend',
  unit: 'percent',
  source: 'Dreiss 1993',
  doc: '100 ln(true range over range) over ln(length): 100 where the way leads nowhere, also without movement.',
  sweep: { length: [14, 30, 60] },
  formula({ length }) {
    const way = ratio(sum(moved, length), sub(highest(high, length), lowest(low, length)), length)
    return mul(100 / Math.log(length), log(max(way, 1)))
  },
})

const efficiencies = defineIndicator({
  id: 'efficiency_ratio',
  title: 'Efficiency ratio',
  family: 'trend',
  unit: 'ratio',
  range: [0, 1],
  source: 'Kaufman 1995',
  doc: 'distance travelled as a share of the way; 0 without movement.',
  sweep: { length: [10, 45, 96] },
  formula: ({ length }) => efficiency(length),
})

const chandelier = defineIndicator({
  id: 'chandelier',
  title: 'Chandelier exit',
  family: 'trend',
  unit: 'ratio',
  source: 'LeBeau, in Elder 2002',
  doc: 'close minus the stop 3 ATR below the high (long) or above the low (short), as a share of the close.',
  sweep: { length: [22] },
  formula: ({ length }) => ({
    long: div(sub(close, sub(highest(high, length), mul(3, atr(length)))), close),
    short: div(sub(close, add(lowest(low, length), mul(3, atr(length)))), close),
  }),
})

const persistence = defineIndicator({
  id: 'share_above_mean',
  title: 'Time above the mean',
  family: 'trend',
  unit: 'ratio',
  range: [0, 1],
  source: 'standard',
  doc: 'share of the window in which the close was above its mean of that length; 0 without movement.',
  sweep: { length: [20, 60, 120] },
  formula: ({ length }) => mean(gt(close, mean(close, length)), length),
})

/** Features of the strength of trends; their family is trend. */
export const trendStrength: readonly Feature[] = [
  ...single,
  ...dmi,
  ...aroon,
  ...vortex,
  ...choppiness,
  ...efficiencies,
  ...chandelier,
  ...persistence,
]
