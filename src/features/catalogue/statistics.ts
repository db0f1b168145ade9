/** How returns are distributed: tails, memory, disorder. */
import { defineFamily, defineIndicator, type Feature, type FeatureDefinition } from '../define.ts'
import {
  abs,
  close,
  correlation,
  curveSlope,
  entropy,
  gt,
  highest,
  hurst,
  kurtosis,
  lag,
  lowest,
  mean,
  mul,
  neg,
  quantile,
  rank,
  ratio,
  sign,
  skewness,
  std,
  sub,
  tailMean,
  volume,
} from '../expr.ts'
import { logReturn, simpleReturn } from './quantities.ts'

const volumeGrowth = sub(ratio(volume, lag(volume, 1), 1), 1)

const memory = [1, 5, 10].map((bars): FeatureDefinition => ({
  id: `returns_ac_${bars}`,
  doc: `Correlation of returns with those ${bars} bars earlier, in a window of 50; 0 without movement.`,
  unit: 'ratio',
  range: [-1, 1],
  formula: correlation(simpleReturn, lag(simpleReturn, bars), 50 - bars),
}))

const windows = [5, 10, 20].flatMap((length): FeatureDefinition[] => [
  {
    id: `rolling_mean_${length}`,
    doc: `Mean of ${length} log returns.`,
    unit: 'log',
    source: 'standard',
    formula: mean(logReturn, length),
  },
  {
    id: `rolling_std_${length}`,
    doc: `Deviation of ${length} log returns; 0 without movement.`,
    unit: 'ratio',
    source: 'standard',
    formula: std(logReturn, length),
  },
  {
    id: `rolling_min_${length}`,
    doc: `Lowest of ${length} log returns.`,
    unit: 'log',
    source: 'standard',
    formula: lowest(logReturn, length),
  },
  {
    id: `rolling_max_${length}`,
    doc: `Highest of ${length} log returns.`,
    unit: 'log',
    source: 'standard',
    formula: highest(logReturn, length),
  },
])

const reference = defineFamily('statistics', [
  {
    id: 'var_95',
    doc: 'Size of the lowest twentieth of 96 log returns.',
    unit: 'ratio',
    formula: abs(quantile(logReturn, 96, 0.05)),
  },
  {
    id: 'cvar_5pct',
    doc: 'Mean of the lowest twentieth of 100 returns.',
    unit: 'ratio',
    formula: tailMean(simpleReturn, 100, 0.05),
  },
  {
    id: 'hurst_exponent',
    doc: 'Twice the Hurst exponent of 50 closes: a random walk gives about 1, and so does a flat window.',
    unit: 'ratio',
    formula: mul(2, hurst(close, 50, 19)),
  },
  {
    id: 'hurst_50',
    doc: 'Hurst exponent of 50 closes; 0.5 in a flat window.',
    unit: 'ratio',
    source: 'Hurst 1951, structure function of order 2',
    formula: hurst(close, 50, 19),
  },
  {
    id: 'fractal_dimension',
    doc: 'Slope of ln curve length on ln step of 30 closes; 1.5 in a flat window.',
    unit: 'ratio',
    source: 'Higuchi 1988 in the form of the reference',
    formula: curveSlope(close, 30, 5),
  },
  {
    id: 'return_entropy',
    doc: 'Entropy of 100 returns in 10 bins; 0 where all are equal.',
    unit: 'ratio',
    range: [0, Math.LN10 + 1e-9],
    formula: entropy(simpleReturn, 100, 10),
  },
  {
    id: 'btc_beta',
    doc: 'Constant 0.5, as in the reference.',
    unit: 'ratio',
    range: [0.5, 0.5],
    formula: ratio(0.5, 1, 0.5),
  },
  ...memory,
  {
    id: 'ofi_persistence',
    doc: 'Correlation of volume growth with that of the bar before, in a window of 20; 0 without movement.',
    unit: 'ratio',
    range: [-1, 1],
    formula: correlation(volumeGrowth, lag(volumeGrowth, 1), 19),
  },
  ...windows,
  {
    id: 'trend_continuation_prob',
    doc: 'Share of 96 bars whose return has the sign of the one before.',
    unit: 'ratio',
    range: [0, 1],
    source: 'standard',
    formula: mean(gt(mul(sign(logReturn), lag(sign(logReturn), 1)), 0), 96),
  },
  {
    id: 'rolling_sharpe_60',
    doc: 'Mean over deviation of 60 log returns; 0 without movement.',
    unit: 'ratio',
    source: 'Sharpe 1966',
    formula: ratio(mean(logReturn, 60), std(logReturn, 60), 0),
  },
  {
    id: 'rolling_sharpe_20',
    doc: 'Mean over deviation of 20 log returns; 0 without movement.',
    unit: 'ratio',
    source: 'Sharpe 1966',
    formula: ratio(mean(logReturn, 20), std(logReturn, 20), 0),
  },
  {
    id: 'tail_ratio_96',
    doc: 'Upper over lower twentieth of 96 log returns; 1 where the lower is 0.',
    unit: 'ratio',
    source: 'standard',
    formula: ratio(quantile(logReturn, 96, 0.95), neg(quantile(logReturn, 96, 0.05)), 1),
  },
])

const shape = defineIndicator({
  id: 'rolling',
  title: 'Shape of log returns',
  family: 'statistics',
  unit: 'ratio',
  source: 'Fisher-Pearson, unbiased',
  doc: 'over the last bars; 0 without movement.',
  sweep: { length: [60, 120] },
  formula: ({ length }) => ({ skew: skewness(logReturn, length), kurt: kurtosis(logReturn, length) }),
})

const standardShape = defineFamily('statistics', [
  {
    id: 'rolling_skew_20',
    doc: 'Skewness of 20 log returns; 0 without movement.',
    unit: 'ratio',
    source: 'Fisher-Pearson, unbiased',
    formula: skewness(logReturn, 20),
  },
  {
    id: 'rolling_kurt_20',
    doc: 'Excess kurtosis of 20 log returns; 0 without movement.',
    unit: 'ratio',
    source: 'Fisher, unbiased',
    formula: kurtosis(logReturn, 20),
  },
])

const ranks = defineIndicator({
  id: 'return_rank',
  title: 'Rank of the return',
  family: 'statistics',
  unit: 'ratio',
  range: [0, 1],
  source: 'standard',
  doc: 'share of the window below the present log return; 0.5 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => rank(logReturn, length),
})

const volumeRanks = defineIndicator({
  id: 'volume_rank',
  title: 'Rank of volume',
  family: 'statistics',
  unit: 'ratio',
  range: [0, 1],
  source: 'standard',
  doc: 'share of the window below the present volume; 0.5 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => rank(volume, length),
})

/** Statistics features. */
export const statistics: readonly Feature[] = [...reference, ...shape, ...standardShape, ...ranks, ...volumeRanks]
