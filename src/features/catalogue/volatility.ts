/** How wide the price swings: ranges and deviations. */
import { defineFamily, defineIndicator, type Feature, type FeatureDefinition } from '../define.ts'
import {
  abs,
  add,
  close,
  div,
  type Expression,
  gt,
  high,
  low,
  lt,
  mean,
  mul,
  open,
  quantile,
  ratio,
  sqrt,
  std,
  sub,
} from '../expr.ts'
import { log } from '../expr.ts'
import { atr, atrShare, dailyVolatility, logReturn, simpleReturn } from './quantities.ts'

const jump = gt(abs(simpleReturn), mul(3, std(simpleReturn, 100)))
const squared = (x: Expression): Expression => mul(x, x)

const deviations = [10, 20, 30, 60, 120].map((length): FeatureDefinition => ({
  id: `volatility_${length}`,
  doc: `Deviation of ${length} log returns.`,
  unit: 'ratio',
  source: 'standard',
  formula: std(logReturn, length),
}))

const reference = defineFamily('volatility', [
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
    formula: sub(gt(atr(14), quantile(atr(14), 1000, 0.75)), lt(atr(14), quantile(atr(14), 1000, 0.25))),
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

const parkinson = defineIndicator({
  id: 'parkinson_vol',
  title: 'Range volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Parkinson 1980',
  doc: 'deviation per bar from the mean squared log range.',
  sweep: { length: [20, 60] },
  formula: ({ length }) => sqrt(div(mean(squared(log(div(high, low))), length), 4 * Math.LN2)),
})

const garmanKlass = defineIndicator({
  id: 'rogers_satchell_vol',
  title: 'Drift-free range volatility',
  family: 'volatility',
  unit: 'ratio',
  source: 'Rogers and Satchell 1991',
  doc: 'deviation per bar from highs and lows against open and close.',
  sweep: { length: [20, 60] },
  formula({ length }) {
    const above = mul(log(div(high, close)), log(div(high, open)))
    const below = mul(log(div(low, close)), log(div(low, open)))
    return sqrt(mean(add(above, below), length))
  },
})

const volOfVol = defineIndicator({
  id: 'vol_ratio',
  title: 'Volatility ratio',
  family: 'volatility',
  unit: 'ratio',
  source: 'standard',
  doc: 'deviation of few log returns over that of many; 1 without movement.',
  sweep: { fast: [10], slow: [60, 120] },
  formula: ({ fast, slow }) => ratio(std(logReturn, fast), std(logReturn, slow), 1),
})

/** Volatility features. */
export const volatility: readonly Feature[] = [...reference, ...parkinson, ...garmanKlass, ...volOfVol]
