/** How returns are distributed over longer windows. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  add,
  clip,
  close,
  div,
  entropy,
  gt,
  higuchi,
  hurst,
  kurtosis,
  lag,
  log,
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
  type Expression,
} from '../expr.ts'
import { barRange, bounded, logReturn } from './quantities.ts'

const far = (bars: number): Expression => log(div(close, lag(close, bars)))
/** Quantile of log returns in their deviations. */
const edge = (length: number, share: number): Expression =>
  ratio(quantile(logReturn, length, share), std(logReturn, length), 0)

const single = defineFamily('statistics', [
  {
    id: 'higuchi_fd_30',
    doc: 'Fractal dimension of 30 closes: 1 for a line, about 1.5 for a random walk and in a flat window.',
    unit: 'ratio',
    source: 'Higuchi 1988',
    formula: higuchi(close, 30, 5),
  },
  {
    id: 'higuchi_fd_96',
    doc: 'Fractal dimension of 96 closes: 1 for a line, about 1.5 for a random walk and in a flat window.',
    unit: 'ratio',
    source: 'Higuchi 1988',
    formula: higuchi(close, 96, 8),
  },
  {
    id: 'hurst_120',
    doc: 'Hurst exponent of 120 closes; 0.5 in a flat window.',
    unit: 'ratio',
    source: 'Hurst 1951, structure function of order 2',
    formula: hurst(close, 120, 19),
  },
  {
    id: 'return_entropy_50',
    doc: 'Entropy of 50 log returns in 8 bins; 0 where all are equal.',
    unit: 'ratio',
    range: [0, Math.log(8) + 1e-9],
    source: 'Shannon 1948',
    formula: entropy(logReturn, 50, 8),
  },
  {
    id: 'volume_entropy_50',
    doc: 'Entropy of 50 volumes in 8 bins; 0 where all are equal.',
    unit: 'ratio',
    range: [0, Math.log(8) + 1e-9],
    source: 'Shannon 1948',
    formula: entropy(volume, 50, 8),
  },
])

const tails = defineIndicator({
  id: 'tail',
  title: 'Tail risk',
  family: 'statistics',
  unit: 'ratio',
  source: 'value at risk: RiskMetrics 1996; expected shortfall: Artzner et al. 1999; both in deviations',
  doc: 'quantile 0.05 (low) and 0.95 (high) and mean below the former (shortfall) of log returns; 0 without movement.',
  sweep: { length: [60, 120] },
  formula: ({ length }) => ({
    low: edge(length, 0.05),
    high: edge(length, 0.95),
    shortfall: ratio(tailMean(logReturn, length, 0.05), std(logReturn, length), 0),
  }),
})

const tailWeight = defineIndicator({
  id: 'tail_weight',
  title: 'Weight of the tails',
  family: 'statistics',
  unit: 'ratio',
  source: 'Moors 1988, with quantiles 0.05 and 0.95 against the quartiles',
  doc: 'distance of the outer over that of the inner quantiles of log returns, at most 20; 2.44 where the inner meet.',
  sweep: { length: [96] },
  formula({ length }) {
    const outer = sub(quantile(logReturn, length, 0.95), quantile(logReturn, length, 0.05))
    const inner = sub(quantile(logReturn, length, 0.75), quantile(logReturn, length, 0.25))
    return clip(ratio(outer, inner, 2.44), 0, 20)
  },
})

const asymmetry = defineIndicator({
  id: 'quantile_skew',
  title: 'Skewness by quantiles',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Bowley 1901, with quantiles 0.1 and 0.9',
  doc: 'how much further the upper quantile of log returns is from their median; 0 without movement.',
  sweep: { length: [60, 120] },
  formula({ length }) {
    const [high, low] = [quantile(logReturn, length, 0.9), quantile(logReturn, length, 0.1)]
    const middle = quantile(logReturn, length, 0.5)
    return clip(ratio(sub(add(high, low), mul(2, middle)), sub(high, low), 0), -1, 1)
  },
})

const ranks = defineIndicator({
  id: 'close_rank',
  title: 'Rank of the close',
  family: 'statistics',
  unit: 'ratio',
  range: [0, 1],
  source: 'standard',
  doc: 'share of the window below the present close; 0.5 without movement.',
  sweep: { length: [30, 120] },
  formula: ({ length }) => rank(close, length),
})

const rangeRanks = defineIndicator({
  id: 'range_rank',
  title: 'Rank of the range',
  family: 'statistics',
  unit: 'ratio',
  range: [0, 1],
  source: 'standard',
  doc: 'share of the window with a smaller range, as a share of the price; 0.5 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => rank(div(barRange, close), length),
})

const sharpe = defineIndicator({
  id: 'return_score',
  title: 'Score of a return',
  family: 'statistics',
  unit: 'ratio',
  range: [-20, 20],
  source: 'standard',
  doc: 'log return over the deviation of one bar and the root of the bars, within 20; 0 without movement.',
  sweep: { bars: [1, 4, 16, 48, 96], length: [96] },
  formula: ({ bars, length }) => bounded(far(bars), mul(Math.sqrt(bars), std(logReturn, length)), 0, 20),
})

const persistence = defineIndicator({
  id: 'sign_persistence',
  title: 'Persistence of direction',
  family: 'statistics',
  unit: 'ratio',
  range: [0, 1],
  source: 'Wald and Wolfowitz 1940',
  doc: 'share of bars whose log return has the sign of the one before; 0 without movement.',
  sweep: { length: [20] },
  formula: ({ length }) => mean(gt(mul(sign(logReturn), lag(sign(logReturn), 1)), 0), length),
})

const longMoments = defineFamily('statistics', [
  {
    id: 'hourly_skew_96',
    doc: 'Skewness of 96 log returns over 4 bars; 0 without movement.',
    unit: 'ratio',
    source: 'Fisher-Pearson, unbiased',
    formula: skewness(far(4), 96),
  },
  {
    id: 'hourly_kurt_96',
    doc: 'Excess kurtosis of 96 log returns over 4 bars; 0 without movement.',
    unit: 'ratio',
    source: 'Fisher, unbiased',
    formula: kurtosis(far(4), 96),
  },
  {
    id: 'gain_loss_ratio_60',
    doc: 'Log of mean gain over mean loss of 60 log returns, within ln 100; 0 without movement.',
    unit: 'log',
    range: [Math.log(0.01), Math.log(100)],
    source: 'Bernardo and Ledoit 2000',
    formula: gainLoss(60),
  },
])

function gainLoss(length: number): Expression {
  const gain = mean(mul(logReturn, gt(logReturn, 0)), length)
  const loss = mean(mul(neg(logReturn), gt(neg(logReturn), 0)), length)
  return log(clip(ratio(gain, loss, add(1, mul(99, gt(gain, 0)))), 0.01, 100))
}

/** Features of distributions; their family is statistics. */
export const distribution: readonly Feature[] = [
  ...single,
  ...tails,
  ...tailWeight,
  ...asymmetry,
  ...ranks,
  ...rangeRanks,
  ...sharpe,
  ...persistence,
  ...longMoments,
]
