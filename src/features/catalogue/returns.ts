/** How far the price went. */
import { defineFamily, type Feature, type FeatureDefinition } from '../define.ts'
import { close, div, lag, log, mul, sub } from '../expr.ts'
import { growth, logReturn } from './quantities.ts'

const hourly = mul(100, growth(4))

const logReturns = [2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 96, 120].map((bars): FeatureDefinition => ({
  id: `returns_${bars}`,
  doc: `Logarithmic return over ${bars} bars.`,
  unit: 'log',
  formula: log(div(close, lag(close, bars))),
}))

/** Returns over one to many bars. */
export const returns: readonly Feature[] = defineFamily('returns', [
  { id: 'returns', doc: 'Logarithmic return of the bar.', unit: 'log', formula: logReturn },
  { id: 'log_returns', doc: 'Logarithmic return of the bar; the same as returns.', unit: 'log', formula: logReturn },
  ...logReturns,
  { id: 'momentum_1h', doc: 'Return over 4 bars in percent.', unit: 'percent', formula: hourly },
  { id: 'momentum_4h', doc: 'Return over 16 bars in percent.', unit: 'percent', formula: mul(100, growth(16)) },
  { id: 'momentum_24h', doc: 'Return over 96 bars in percent.', unit: 'percent', formula: mul(100, growth(96)) },
  {
    id: 'momentum_acceleration',
    doc: 'Return over 4 bars minus that of the 4 bars before, in percent.',
    unit: 'percent',
    formula: sub(hourly, lag(hourly, 4)),
  },
  {
    id: 'roc',
    doc: 'Rate of change over 10 bars in percent.',
    unit: 'percent',
    formula: div(mul(100, sub(close, lag(close, 10))), lag(close, 10)),
  },
])
