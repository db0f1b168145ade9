/** Votes of several indicators, patterns, and what leverage they leave room for. */
import { defineFamily, type Feature } from '../define.ts'
import {
  abs,
  add,
  and,
  clip,
  close,
  div,
  type Expression,
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
  ema,
  volume,
} from '../expr.ts'
import {
  atrShare,
  bandPlace,
  dailyVolatility,
  directional,
  growth,
  logReturn,
  macd,
  rsi,
  squeeze,
  stochastic,
  volumeSpike,
} from './quantities.ts'

const { plus, minus, adx } = directional(14)
const strength = rsi(14)
const line = macd(12, 26)
const histogram = div(mul(100, sub(line, ema(line, 9))), close)
const place = clip(bandPlace, 0, 1)
const near = div(close, mean(close, 20))
const far = div(close, mean(close, 50))
const count = (...flags: Expression[]): Expression => flags.reduce((total, flag) => add(total, flag))

const long = count(
  lt(strength, 30),
  gt(histogram, 0),
  lt(place, 0.2),
  lt(stochastic, 20),
  and(gt(adx, 25), gt(plus, minus)),
  gt(near, far),
)
const short = count(
  gt(strength, 70),
  lt(histogram, 0),
  gt(place, 0.8),
  gt(stochastic, 80),
  and(gt(adx, 25), gt(minus, plus)),
  lt(near, far),
)

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
const busy = clip(ratio(volume, mean(volume, 100), 1), 0, 2)

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
    formula: div(long, 6),
  },
  {
    id: 'indicators_count_long',
    doc: 'Number of six indicators that vote long.',
    unit: 'count',
    range: [0, 6],
    formula: long,
  },
  {
    id: 'indicators_consensus_short',
    doc: 'Share of six indicators that vote short.',
    unit: 'ratio',
    range: [0, 1],
    formula: div(short, 6),
  },
  {
    id: 'indicators_count_short',
    doc: 'Number of six indicators that vote short.',
    unit: 'count',
    range: [0, 6],
    formula: short,
  },
  {
    id: 'signal_strength',
    doc: 'Weighted sum of ADX, distance of RSI from 50 and relative volume (1 without volume), plus 0.1.',
    unit: 'ratio',
    range: [0, 1],
    formula: clip(
      add(add(div(mul(0.3, adx), 100), div(mul(0.3, abs(sub(strength, 50))), 50)), add(0.1, div(mul(0.2, busy), 2))),
      0,
      1,
    ),
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
