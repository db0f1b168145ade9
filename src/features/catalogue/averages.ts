/** Moving averages, and how far the price is from them. */
import { defineFamily, defineIndicator, type Feature, type FeatureDefinition } from '../define.ts'
import {
  adaptive,
  add,
  barNumber,
  close,
  correlation,
  div,
  ema,
  type Expression,
  lag,
  mean,
  mul,
  ratio,
  slope,
  sub,
  sum,
  volume,
  weightedMean,
} from '../expr.ts'
import { efficiency, typical } from './quantities.ts'

const averages = (id: string, title: string, average: typeof mean, lengths: readonly number[]): FeatureDefinition[] =>
  lengths.flatMap((length): FeatureDefinition[] => [
    {
      id: `${id}_${length}`,
      doc: `${title} of the close over ${length} bars.`,
      unit: 'price',
      formula: average(close, length),
    },
    {
      id: `close_${id}_${length}_ratio`,
      doc: `Close divided by its ${title.toLowerCase()} over ${length} bars.`,
      unit: 'ratio',
      formula: div(close, average(close, length)),
    },
  ])

const crosses = [
  [5, 20],
  [10, 50],
  [20, 50],
  [50, 200],
].map(([fast, slow]): FeatureDefinition => ({
  id: `sma_cross_${fast}_${slow}`,
  doc: `Mean of ${fast} minus mean of ${slow} closes, as a share of the close.`,
  unit: 'ratio',
  source: 'standard',
  formula: div(sub(mean(close, fast!), mean(close, slow!)), close),
}))

const weighted = ratio(sum(mul(close, volume), 20), sum(volume, 20), mean(close, 20))
const fast = 2 / 3
const slowest = 2 / 31
const pull = add(mul(efficiency(10), fast - slowest), slowest)
const kama = adaptive(close, mul(pull, pull))
const apart = (average: Expression): Expression => sub(div(close, average), 1)

const reference = defineFamily('trend', [
  ...averages('sma', 'Mean', mean, [5, 10, 20, 50, 100, 200]),
  ...averages('ema', 'Exponential mean', ema, [5, 10, 12, 20, 26, 50]),
  ...crosses,
  {
    id: 'vwma_20',
    doc: 'Volume-weighted mean of 20 closes; their plain mean without volume.',
    unit: 'price',
    formula: weighted,
  },
  {
    id: 'close_vwma_ratio',
    doc: 'Close divided by the volume-weighted mean of 20; by the plain mean without volume.',
    unit: 'ratio',
    formula: div(close, weighted),
  },
  {
    id: 'kama',
    doc: 'Adaptive mean of the close, fast where the last 10 bars went one way; it rests without movement.',
    unit: 'price',
    source: 'Kaufman 1995',
    formula: kama,
  },
  {
    id: 'kama_distance',
    doc: 'Close over its adaptive mean of 10, minus 1; 0 without movement.',
    unit: 'ratio',
    source: 'Kaufman 1995',
    formula: apart(kama),
  },
])

const sweeps = defineFamily(
  'trend',
  [
    ...averages('sma', 'Mean', mean, [15, 30, 45, 60, 90, 120]),
    ...averages('ema', 'Exponential mean', ema, [15, 30, 45, 60]),
  ].map((definition): FeatureDefinition => ({ ...definition, source: 'standard' })),
)

const distances = defineIndicator({
  id: 'average_distance',
  title: 'Distance from an average',
  family: 'trend',
  unit: 'ratio',
  source: 'weighted: standard; Hull 2005; double and triple: Mulloy 1994; zero lag: Ehlers and Way 2010',
  doc: 'close over the average, minus 1; 0 without movement.',
  sweep: { length: [10, 20, 45] },
  formula({ length }) {
    const half = Math.floor(length / 2)
    const hull = weightedMean(
      sub(mul(2, weightedMean(close, half)), weightedMean(close, length)),
      Math.round(Math.sqrt(length)),
    )
    const once = ema(close, length)
    const twice = ema(once, length)
    const thrice = ema(twice, length)
    const ahead = sub(mul(2, close), lag(close, Math.floor((length - 1) / 2)))
    return {
      weighted: apart(weightedMean(close, length)),
      hull: apart(hull),
      double: apart(sub(mul(2, once), twice)),
      triple: apart(add(mul(3, sub(once, twice)), thrice)),
      zero_lag: apart(ema(ahead, length)),
    }
  },
})

const vwaps = defineIndicator({
  id: 'vwap',
  title: 'Rolling VWAP',
  family: 'trend',
  unit: 'ratio',
  source: 'reference, corrected: a window, and typical price x volume',
  doc: 'close over the volume-weighted mean of typical prices; over their plain mean without volume.',
  sweep: { length: [20, 45, 96] },
  formula: ({ length }) => ({
    ratio: div(close, ratio(sum(mul(typical, volume), length), sum(volume, length), mean(typical, length))),
  }),
})

const slopes = defineIndicator({
  id: 'sma_slope',
  title: 'Slope of the mean',
  family: 'trend',
  unit: 'ratio',
  source: 'standard',
  doc: 'change of the mean of the close over a quarter of its length, as a share of the earlier mean.',
  sweep: { length: [20, 60, 120] },
  formula({ length }) {
    const average = mean(close, length)
    return sub(div(average, lag(average, length / 4)), 1)
  },
})

const regression = defineIndicator({
  id: 'trend_line',
  title: 'Least-squares line',
  family: 'trend',
  unit: 'ratio',
  source: 'standard: least squares of close on time',
  doc: 'slope per bar as a share of the close, and correlation with time (0 without movement).',
  sweep: { length: [10, 20, 30, 45, 60, 90, 120] },
  formula({ length }) {
    return {
      slope: div(slope(close, barNumber(close), length), close),
      fit: correlation(close, barNumber(close), length),
    }
  },
})

/** Features of moving averages; their family is trend. */
export const movingAverages: readonly Feature[] = [
  ...reference,
  ...sweeps,
  ...distances,
  ...vwaps,
  ...slopes,
  ...regression,
]
