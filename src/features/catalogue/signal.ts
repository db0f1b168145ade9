/** Votes of several indicators, patterns, and what leverage they leave room for. */
import { defineFamily, type Feature } from '../define.ts'
import {
  abs,
  add,
  and,
  clip,
  close,
  div,
  gt,
  high,
  highest,
  lag,
  low,
  lowest,
  lt,
  mean,
  mul,
  quantile,
  ratio,
  std,
  sub,
} from '../expr.ts'
import { atrShare, dailyVolatility, growth, logReturn, squeeze, volumeSpike } from './quantities.ts'
import { longShare, longVotes, shortShare, shortVotes, signalStrength } from './votes.ts'

const leverage = clip(div(0.05, add(mean(atrShare, 24), 0.001)), 3, 10)
const margin = ratio(1, leverage, 0)
const longExit = mul(close, add(sub(1, margin), 0.005))
const shortExit = mul(close, sub(add(1, margin), 0.005))
const longDistance = div(mul(100, sub(close, longExit)), close)
const shortDistance = div(mul(100, sub(shortExit, close)), close)
const fall = abs(sub(div(lowest(low, 96), lag(close, 96)), 1))
const rise = sub(div(highest(high, 96), lag(close, 96)), 1)
const funding = mul(0.01, mul(100, growth(4)))
const risk = abs(quantile(logReturn, 96, 0.05))

/** Signal features of the reference. */
export const signal: readonly Feature[] = defineFamily('signal', [
  {
    id: 'spring_pattern',
    doc: '1 in a squeeze with a volume spike and falling ATR.',
    unit: 'flag',
    range: [0, 1],
    formula: and(squeeze, volumeSpike, lt(mean(atrShare, 20), mul(0.7, mean(atrShare, 100)))),
  },
  {
    id: 'indicators_consensus_long',
    doc: 'Share of six indicators that vote long.',
    unit: 'ratio',
    range: [0, 1],
    formula: longShare,
  },
  {
    id: 'indicators_count_long',
    doc: 'Number of six indicators that vote long.',
    unit: 'count',
    range: [0, 6],
    formula: longVotes,
  },
  {
    id: 'indicators_consensus_short',
    doc: 'Share of six indicators that vote short.',
    unit: 'ratio',
    range: [0, 1],
    formula: shortShare,
  },
  {
    id: 'indicators_count_short',
    doc: 'Number of six indicators that vote short.',
    unit: 'count',
    range: [0, 6],
    formula: shortVotes,
  },
  {
    id: 'signal_strength',
    doc: 'Weighted sum of ADX, distance of RSI from 50 and relative volume (1 without volume), plus 0.1.',
    unit: 'ratio',
    range: [0, 1],
    formula: signalStrength,
  },
  {
    id: 'long_liquidation_price',
    doc: 'Price at which a long position of current_leverage is liquidated.',
    unit: 'price',
    formula: longExit,
  },
  {
    id: 'short_liquidation_price',
    doc: 'Price at which a short position of current_leverage is liquidated.',
    unit: 'price',
    formula: shortExit,
  },
  {
    id: 'long_liquidation_distance_pct',
    doc: 'Distance of the long liquidation price in percent.',
    unit: 'percent',
    formula: longDistance,
  },
  {
    id: 'short_liquidation_distance_pct',
    doc: 'Distance of the short liquidation price in percent.',
    unit: 'percent',
    formula: shortDistance,
  },
  {
    id: 'current_leverage',
    doc: '0.05 over mean ATR share of 24, within 3 to 10.',
    unit: 'ratio',
    range: [3, 10],
    formula: leverage,
  },
  {
    id: 'long_liquidation_risk',
    doc: 'Share of 96 bars after which a long position of 96 bars was liquidated.',
    unit: 'ratio',
    range: [0, 1],
    formula: mean(gt(fall, div(longDistance, 100)), 96),
  },
  {
    id: 'short_liquidation_risk',
    doc: 'Share of 96 bars after which a short position of 96 bars was liquidated.',
    unit: 'ratio',
    range: [0, 1],
    formula: mean(gt(rise, div(shortDistance, 100)), 96),
  },
  {
    id: 'optimal_leverage',
    doc: '0.2 over realized_vol_daily, within 1 to 10.',
    unit: 'ratio',
    range: [1, 10],
    formula: clip(div(0.2, add(dailyVolatility, 0.01)), 1, 10),
  },
  {
    id: 'safe_leverage',
    doc: '0.1 over realized_vol_daily, within 1 to 5.',
    unit: 'ratio',
    range: [1, 5],
    formula: clip(div(0.1, add(dailyVolatility, 0.01)), 1, 5),
  },
  {
    id: 'cascade_risk',
    doc: '1 where a volume spike meets a return beyond two deviations of 96.',
    unit: 'flag',
    range: [0, 1],
    formula: and(volumeSpike, gt(abs(logReturn), mul(2, std(logReturn, 96)))),
  },
  { id: 'funding_proxy', doc: 'Return over 4 bars.', unit: 'ratio', formula: funding },
  { id: 'long_holding_cost_daily', doc: 'Three times funding_proxy.', unit: 'ratio', formula: mul(3, funding) },
  { id: 'short_holding_cost_daily', doc: 'Minus three times funding_proxy.', unit: 'ratio', formula: mul(-3, funding) },
  {
    id: 'recommended_position_size',
    doc: '2 over (var_95 x current_leverage), at most 1000000, which also stands for no risk.',
    unit: 'ratio',
    range: [0, 1e6],
    formula: clip(ratio(2, mul(risk, leverage), 1e6), 0, 1e6),
  },
])
