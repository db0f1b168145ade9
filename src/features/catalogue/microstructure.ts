/** Cost and pressure of trading, read from bars: spreads, imbalance, impact. */
import { defineFamily, defineIndicator, type Feature } from '../define.ts'
import {
  abs,
  add,
  clip,
  close,
  correlation,
  diff,
  div,
  exp,
  gt,
  highest,
  log,
  log1p,
  mean,
  mul,
  open,
  ratio,
  sign,
  std,
  sub,
  sum,
  turnover,
  unscaled,
  volume,
} from '../expr.ts'
import { barRange, body, bounded, dailyVolatility, directedVolume, logReturn, simpleReturn } from './quantities.ts'

const value = mul(volume, close)
const impact = bounded(mul(100, abs(logReturn)), div(log(add(unscaled(value), 100)), Math.LN10), 0, 0.1)
const illiquidity = mean(ratio(abs(simpleReturn), turnover, 0), 20)
const scaledImpact = bounded(mul(1e6, abs(logReturn)), unscaled(turnover), 0, 100)
const halves = sub(gt(close, open), 0.5)

const reference = defineFamily('microstructure', [
  { id: 'hl_spread', doc: 'Range of the bar as a share of the close.', unit: 'ratio', formula: div(barRange, close) },
  { id: 'hl_spread_ma', doc: 'Mean of 20 hl_spread.', unit: 'ratio', formula: mean(div(barRange, close), 20) },
  { id: 'price_direction', doc: 'Sign of the body of the bar.', unit: 'flag', range: [-1, 1], formula: sign(body) },
  { id: 'directed_volume', doc: 'Volume signed by the body of the bar.', unit: 'volume', formula: directedVolume },
  {
    id: 'volume_imbalance',
    doc: 'Directed volume of 10 bars over their volume; 0 without volume.',
    unit: 'ratio',
    formula: ratio(sum(directedVolume, 10), sum(volume, 10), 0),
  },
  { id: 'dollar_volume', doc: 'Volume x close.', unit: 'turnover', formula: value },
  {
    id: 'price_impact',
    doc: '100 |return| over log10(volume x close + 100), at most 0.1.',
    unit: 'unscaled',
    range: [0, 0.1],
    formula: impact,
  },
  {
    id: 'price_impact_log',
    doc: '|return| over ln(volume + 10).',
    unit: 'unscaled',
    range: [0, 10],
    formula: bounded(abs(logReturn), log(add(unscaled(volume), 10)), 0, 10),
  },
  {
    id: 'toxicity',
    doc: 'exp(-20 price_impact), at least 0.3.',
    unit: 'unscaled',
    range: [0.3, 1],
    formula: clip(exp(mul(-20, impact)), 0.3, 1),
  },
  {
    id: 'amihud_illiquidity',
    doc: 'Mean of 20 |return| / turnover; 0 for a bar without turnover.',
    unit: 'per-turnover',
    formula: illiquidity,
  },
  {
    id: 'amihud_ma',
    doc: 'Mean of 20 million |return| / turnover, each at most 100; 0 for a bar without turnover.',
    unit: 'unscaled',
    range: [0, 100],
    formula: mean(scaledImpact, 20),
  },
  {
    id: 'kyle_lambda',
    doc: 'Mean of 20 |return| over mean of 20 volumes; 0 without volume.',
    unit: 'per-volume',
    formula: ratio(mean(abs(simpleReturn), 20), mean(volume, 20), 0),
  },
  {
    id: 'volatility_volume_ratio',
    doc: 'Deviation of 10 returns over that of 10 volumes, at most 10; 0 where volume does not move.',
    unit: 'unscaled',
    range: [0, 10],
    formula: bounded(std(logReturn, 10), unscaled(std(volume, 10)), 0, 10),
  },
  {
    id: 'volume_volatility_ratio',
    doc: 'Volume over (its mean of 96 plus 1), over 100 realized_vol, at most 100; 1 without movement.',
    unit: 'unscaled',
    range: [0, 100],
    formula: bounded(div(unscaled(volume), add(unscaled(mean(volume, 96)), 1)), mul(100, dailyVolatility), 1, 100),
  },
  {
    id: 'liquidity_score',
    doc: 'ln(1 + mean volume of 4 over 1000 times their mean relative range, held within 0.0001 to 1).',
    unit: 'unscaled',
    formula: log1p(div(unscaled(mean(volume, 4)), mul(1000, clip(mean(div(barRange, close), 4), 1e-4, 1)))),
  },
  {
    id: 'liquidity_rank',
    doc: 'Constant 1, as in the reference.',
    unit: 'ratio',
    range: [1, 1],
    formula: ratio(1, 1, 1),
  },
  {
    id: 'vpin',
    doc: 'Distance of the share of volume on rising bars from a half, over 50 bars; 0 without volume.',
    unit: 'ratio',
    range: [0, 0.5],
    formula: ratio(abs(sum(mul(volume, halves), 50)), sum(volume, 50), 0),
  },
  {
    id: 'liquidity_adj_returns',
    doc: 'Return times how far illiquidity is below its highest of 100; 0 without turnover.',
    unit: 'ratio',
    formula: mul(simpleReturn, sub(1, ratio(illiquidity, highest(illiquidity, 100), 1))),
  },
])

const flowImbalance = defineIndicator({
  id: 'ofi',
  title: 'Order flow imbalance',
  family: 'microstructure',
  unit: 'ratio',
  source: 'standard: tick rule on bars, Lee and Ready 1991',
  doc: 'volume signed by the change of the close, over volume; 0 without volume.',
  sweep: { length: [5, 10, 20, 60] },
  formula: ({ length }) => ratio(sum(mul(volume, sign(diff(close))), length), sum(volume, length), 0),
})

const bodyImbalance = defineIndicator({
  id: 'volume_imbalance',
  title: 'Volume imbalance',
  family: 'microstructure',
  unit: 'ratio',
  source: 'reference volume_imbalance over other windows',
  doc: 'volume signed by the body of the bar, over volume; 0 without volume.',
  sweep: { length: [5, 20, 60] },
  formula: ({ length }) => ratio(sum(directedVolume, length), sum(volume, length), 0),
})

const relativeImpact = defineIndicator({
  id: 'relative_impact',
  title: 'Relative impact',
  family: 'microstructure',
  unit: 'ratio',
  source: 'Amihud 2002, made free of scale',
  doc: '|return| per volume of few bars over that of many; 1 without volume.',
  sweep: { fast: [5], slow: [60, 120] },
  formula({ fast, slow }) {
    const perVolume = (length: number): ReturnType<typeof ratio> =>
      ratio(mean(abs(simpleReturn), length), mean(volume, length), 0)
    return ratio(perVolume(fast), perVolume(slow), 1)
  },
})

const flowResponse = defineIndicator({
  id: 'flow_response',
  title: 'Flow response',
  family: 'microstructure',
  unit: 'ratio',
  range: [-1, 1],
  source: 'Kyle 1985, as a correlation and so free of scale',
  doc: 'correlation of the return with volume signed by the body; 0 without movement.',
  sweep: { length: [60] },
  formula: ({ length }) => correlation(logReturn, directedVolume, length),
})

/** Microstructure features. */
export const microstructure: readonly Feature[] = [
  ...reference,
  ...flowImbalance,
  ...bodyImbalance,
  ...relativeImpact,
  ...flowResponse,
]
