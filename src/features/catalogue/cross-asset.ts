/**
 * The market beside a benchmark such as BTCUSDT, bar by bar of the same time. The reference's ranks and sector means are
 * taken over all markets at once; here these are two, the market (alone in its sector) and the benchmark. Its column `sector`
 * is a word and no feature.
 */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  add,
  benchmarkClose,
  close,
  correlation,
  div,
  type Expression,
  gt,
  lag,
  le,
  log,
  lt,
  max,
  mean,
  mul,
  slope,
  sqrt,
  std,
  sub,
} from '../expr.ts'
import { logReturn } from './quantities.ts'

const benchmarkReturn = log(div(benchmarkClose, lag(benchmarkClose, 1)))
const likeness = correlation(logReturn, benchmarkReturn, 96)
const strength = div(close, benchmarkClose)
const over = (x: Expression, bars: number): Expression => log(div(x, lag(x, bars)))

const aheadOfBenchmark = gt(logReturn, benchmarkReturn)
const behindBenchmark = lt(logReturn, benchmarkReturn)
const dayMomentum = (x: Expression): Expression => div(x, lag(x, 96))

const reference = defineFamily('cross-asset', [
  {
    id: 'btc_close',
    doc: 'Close of the benchmark.',
    unit: 'benchmark-price',
    formula: benchmarkClose,
  },
  { id: 'btc_returns', doc: 'Logarithmic return of the benchmark.', unit: 'log', formula: benchmarkReturn },
  {
    id: 'btc_correlation',
    doc: 'Correlation of 96 log returns with those of the benchmark; 0 without movement.',
    unit: 'ratio',
    range: [-1, 1],
    formula: likeness,
  },
  {
    id: 'relative_strength_btc',
    doc: 'Close over the close of the benchmark.',
    unit: 'per-benchmark',
    formula: strength,
  },
  {
    id: 'rs_btc_ma',
    doc: 'Mean of 20 relative_strength_btc.',
    unit: 'per-benchmark',
    formula: mean(strength, 20),
  },
  {
    id: 'sector_returns',
    doc: 'Mean return of the sector, in which the market is alone: its own return.',
    unit: 'log',
    formula: logReturn,
  },
  {
    id: 'relative_to_sector',
    doc: 'Return minus that of the sector, in which the market is alone: always 0.',
    unit: 'log',
    formula: sub(logReturn, logReturn),
  },
  {
    id: 'returns_rank',
    doc: 'Rank of the return among market and benchmark as a share: 1 ahead, 0.5 behind, 0.75 on a tie.',
    unit: 'ratio',
    range: [0.5, 1],
    formula: add(0.75, mul(0.25, sub(aheadOfBenchmark, behindBenchmark))),
  },
  {
    id: 'is_momentum_leader',
    doc: '1 where momentum_24h is among the five largest: of market and benchmark, always.',
    unit: 'flag',
    range: [0, 1],
    formula: le(add(1, lt(dayMomentum(close), dayMomentum(benchmarkClose))), 5),
  },
  {
    id: 'correlation_cluster',
    doc: '0 where btc_correlation is below 0.3, 1 below 0.7, else 2.',
    unit: 'count',
    range: [0, 2],
    source: 'reference list of 240, own definition',
    formula: sub(2, add(lt(likeness, 0.3), lt(likeness, 0.7))),
  },
  {
    id: 'relative_strength_ratio_20',
    doc: 'Relative strength over its mean of 20, minus 1; 0 without movement.',
    unit: 'ratio',
    source: 'reference, corrected: free of scale',
    formula: sub(div(strength, mean(strength, 20)), 1),
  },
])

const likenesses = defineIndicator({
  id: 'correlation',
  title: 'Correlation with the benchmark',
  family: 'cross-asset',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard: Pearson',
  doc: 'of log returns; 0 without movement.',
  sweep: { length: [30, 96, 240] },
  formula: ({ length }) => correlation(logReturn, benchmarkReturn, length),
})

const betas = defineIndicator({
  id: 'beta',
  title: 'Beta',
  family: 'cross-asset',
  unit: 'ratio',
  source: 'Sharpe 1964',
  doc: 'slope of log returns on those of the benchmark; 0 where that does not move.',
  sweep: { length: [96, 240] },
  formula: ({ length }) => slope(logReturn, benchmarkReturn, length),
})

const residuals = defineIndicator({
  id: 'idiosyncratic',
  title: 'Own part of the movement',
  family: 'cross-asset',
  unit: 'ratio',
  source: 'Sharpe 1964',
  doc: 'volatility: deviation of log returns that beta does not explain; return: log return minus beta times the other.',
  sweep: { length: [96] },
  formula({ length }) {
    const shared = correlation(logReturn, benchmarkReturn, length)
    return {
      volatility: mul(std(logReturn, length), sqrt(max(sub(1, mul(shared, shared)), 0))),
      return: sub(logReturn, mul(slope(logReturn, benchmarkReturn, length), benchmarkReturn)),
    }
  },
})

const spreads = defineIndicator({
  id: 'relative_return',
  title: 'Return against the benchmark',
  family: 'cross-asset',
  unit: 'log',
  source: 'standard',
  doc: 'log return minus that of the benchmark over the same bars.',
  sweep: { bars: [1, 4, 16, 96] },
  formula: ({ bars }) => sub(over(close, bars), over(benchmarkClose, bars)),
})

const lead = defineIndicator({
  id: 'benchmark_lead',
  title: 'Lead of the benchmark',
  family: 'cross-asset',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Lo and MacKinlay 1990',
  doc: 'correlation of log returns with those of the benchmark a bar before; 0 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => correlation(logReturn, lag(benchmarkReturn, 1), length),
})

/** Features that require a benchmark. */
export const crossAsset: readonly Feature[] = [...reference, ...likenesses, ...betas, ...residuals, ...spreads, ...lead]
