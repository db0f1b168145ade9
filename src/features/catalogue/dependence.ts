/** What returns and volume have to do with one another, and with their past. */
import { defineIndicator, type Feature } from '../define.ts'
import { abs, correlation, lag, mul, volume } from '../expr.ts'
import { logReturn } from './quantities.ts'

const size = abs(logReturn)

const priceVolume = defineIndicator({
  id: 'price_volume_corr',
  title: 'Price-volume correlation',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard: Pearson',
  doc: 'of log returns with volume; 0 without movement.',
  sweep: { length: [20, 60, 120] },
  formula: ({ length }) => correlation(logReturn, volume, length),
})

const rangeVolume = defineIndicator({
  id: 'move_volume_corr',
  title: 'Movement-volume correlation',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard: Pearson',
  doc: 'of absolute log returns with volume; 0 without movement.',
  sweep: { length: [60] },
  formula: ({ length }) => correlation(abs(logReturn), volume, length),
})

const clustering = defineIndicator({
  id: 'volatility_clustering',
  title: 'Volatility clustering',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Engle 1982, as the correlation of squared returns at lag 1',
  doc: 'memory of the size of returns; 0 without movement.',
  sweep: { length: [96] },
  formula: ({ length }) => correlation(mul(logReturn, logReturn), lag(mul(logReturn, logReturn), 1), length),
})

const memory = defineIndicator({
  id: 'autocorrelation',
  title: 'Autocorrelation',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'standard: Pearson',
  doc: 'of log returns with those some bars before; 0 without movement.',
  sweep: { bars: [1, 2, 3, 4, 8], length: [96] },
  formula: ({ bars, length }) => correlation(logReturn, lag(logReturn, bars), length),
})

const sizes = defineIndicator({
  id: 'size_autocorrelation',
  title: 'Autocorrelation of size',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Ding, Granger and Engle 1993',
  doc: 'of absolute log returns with those some bars before; 0 without movement.',
  sweep: { bars: [1, 4], length: [60] },
  formula: ({ bars, length }) => correlation(size, lag(size, bars), length),
})

const leverage = defineIndicator({
  id: 'leverage_effect',
  title: 'Leverage effect',
  family: 'statistics',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Black 1976',
  doc: 'correlation of the size of a log return with the log return before; 0 without movement.',
  sweep: { length: [60, 120] },
  formula: ({ length }) => correlation(size, lag(logReturn, 1), length),
})

/** Features of dependence; their family is statistics. */
export const dependence: readonly Feature[] = [
  ...priceVolume,
  ...rangeVolume,
  ...clustering,
  ...memory,
  ...sizes,
  ...leverage,
]
