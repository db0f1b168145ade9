/** How wide the price swings: ranges and deviations. */
import { defineFamily, type Feature, type FeatureDefinition } from '../define.ts'
import { abs, add, type Expression, gt, lt, mean, mul, quantile, sqrt, std, sub } from '../expr.ts'
import { atr, atrShare, dailyVolatility, logReturn, simpleReturn } from './quantities.ts'

const regime = (x: Expression, length: number): Expression =>
  sub(gt(x, quantile(x, length, 0.75)), lt(x, quantile(x, length, 0.25)))
const jump = gt(abs(simpleReturn), mul(3, std(simpleReturn, 100)))
const squared = (x: Expression): Expression => mul(x, x)

const deviations = [5, 10, 15, 20, 30, 45, 60, 90, 120].map((length): FeatureDefinition => ({
  id: `volatility_${length}`,
  doc: `Deviation of ${length} log returns.`,
  unit: 'ratio',
  source: 'standard',
  formula: std(logReturn, length),
}))

/** Volatility features: true ranges, deviations, jumps. */
export const volatility: readonly Feature[] = defineFamily('volatility', [
  { id: 'atr', doc: 'Average true range 14.', unit: 'price', formula: atr(14) },
  { id: 'atr_14', doc: 'The same as atr.', unit: 'price', formula: atr(14) },
  { id: 'atr_21', doc: 'Average true range 21.', unit: 'price', formula: atr(21) },
  {
    id: 'atr_pct',
    doc: 'ATR 14 as a share of the close, at most 0.2.',
    unit: 'ratio',
    range: [0, 0.2],
    formula: atrShare,
  },
  ...deviations,
  {
    id: 'realized_vol_1h',
    doc: 'Deviation of 240 returns, scaled to 240 bars.',
    unit: 'ratio',
    formula: mul(std(simpleReturn, 240), Math.sqrt(240)),
  },
  {
    id: 'realized_vol_daily',
    doc: 'Deviation of 96 log returns, scaled to 96 bars.',
    unit: 'ratio',
    formula: dailyVolatility,
  },
  {
    id: 'realized_vol_annual',
    doc: 'Deviation of 96 log returns, scaled to 35040 bars.',
    unit: 'ratio',
    formula: mul(std(logReturn, 96), Math.sqrt(35_040)),
  },
  { id: 'realized_vol', doc: 'The same as realized_vol_daily.', unit: 'ratio', formula: dailyVolatility },
  {
    id: 'realized_vol_5m',
    doc: 'Deviation of 20 returns, scaled to 20 bars.',
    unit: 'ratio',
    formula: mul(std(simpleReturn, 20), Math.sqrt(20)),
  },
  {
    id: 'realized_vol_15m',
    doc: 'Deviation of 60 returns, scaled to 60 bars.',
    unit: 'ratio',
    formula: mul(std(simpleReturn, 60), Math.sqrt(60)),
  },
  {
    id: 'garch_vol',
    doc: 'Root of 0.94 variance of 20 returns plus 0.06 squared return.',
    unit: 'ratio',
    formula: sqrt(add(mul(0.94, squared(std(simpleReturn, 20))), mul(0.06, squared(simpleReturn)))),
  },
  { id: 'idio_vol', doc: 'Deviation of 50 returns.', unit: 'ratio', formula: std(simpleReturn, 50) },
  {
    id: 'vol_regime',
    doc: '-1 where ATR is in the lowest quarter of 1000 bars, 1 in the highest, else 0.',
    unit: 'flag',
    range: [-1, 1],
    formula: regime(atr(14), 1000),
  },
  {
    id: 'volatility_regime',
    doc: '-1 where volatility_20 is in the lowest quarter of 240 bars, 1 in the highest, else 0.',
    unit: 'flag',
    range: [-1, 1],
    source: 'reference list of 240, own definition',
    formula: regime(std(logReturn, 20), 240),
  },
  {
    id: 'price_jump',
    doc: '1 where the return is beyond three deviations of 100.',
    unit: 'flag',
    range: [0, 1],
    formula: jump,
  },
  {
    id: 'jump_intensity',
    doc: 'Share of 50 bars with a price jump.',
    unit: 'ratio',
    range: [0, 1],
    formula: mean(jump, 50),
  },
])
