/** Quantities that several features are made of. A sub-formula written here twice is still computed once. */
import {
  abs,
  add,
  and,
  change,
  clip,
  close,
  diff,
  downMovement,
  div,
  ema,
  type Expression,
  gt,
  high,
  highest,
  lag,
  log,
  low,
  lowest,
  lt,
  max,
  mean,
  min,
  mul,
  neg,
  open,
  type Operand,
  or,
  ratio,
  sign,
  sub,
  std,
  std0,
  sum,
  trueRange,
  upMovement,
  volume,
  wilder,
  wilderMean,
  wilderSum,
} from '../expr.ts'

/** (high + low + close) / 3, in this order of operations: ties of consecutive bars depend on it. */
export const typical: Expression = div(add(add(high, low), close), 3)
/** ln(close / previous close) */
export const logReturn: Expression = log(div(close, lag(close, 1)))
/** close / previous close - 1 */
export const simpleReturn: Expression = sub(div(close, lag(close, 1)), 1)
/** high - low */
export const barRange: Expression = sub(high, low)
/** close - open */
export const body: Expression = sub(close, open)

/** a / b held within +-most; `neutral` where b is zero. */
export const bounded = (a: Operand, b: Operand, neutral: Operand, most: number): Expression =>
  clip(ratio(a, b, neutral), -most, most)

/** close / close `bars` ago, minus 1. */
export const growth = (bars: number): Expression => sub(div(close, lag(close, bars)), 1)

/** Wilder's average true range. */
export const atr = (length: number): Expression => wilderMean(trueRange(high, low, close), length)
/** ATR 14 as a share of the close, at most 0.2. */
export const atrShare: Expression = clip(div(atr(14), close), -0.2, 0.2)

/** Relative strength index with the first-value seed of the reference; 50 without movement. */
export const rsi = (length: number): Expression => {
  const gain = wilder(max(change(close), 0), length)
  const loss = wilder(max(neg(change(close)), 0), length)
  return mul(100, ratio(gain, add(gain, loss), 0.5))
}

/** Difference of two exponential means of the close. */
export const macd = (fast: number, slow: number): Expression => sub(ema(close, fast), ema(close, slow))

/** Bollinger bands of the close: population deviation. */
export const bands = (length: number, width: number): { high: Expression; low: Expression; middle: Expression } => {
  const middle = mean(close, length)
  const reach = mul(width, std0(close, length))
  return { high: add(middle, reach), low: sub(middle, reach), middle }
}
const standardBands = bands(20, 2)
/** Distance of the Bollinger bands 20/2 as a share of the close, at most 0.5. */
export const bandWidth: Expression = clip(div(sub(standardBands.high, standardBands.low), close), -0.5, 0.5)
/** Place of the close between the Bollinger bands 20/2, within +-2; 0.5 where they meet. */
export const bandPlace: Expression = bounded(
  sub(close, standardBands.low),
  sub(standardBands.high, standardBands.low),
  0.5,
  2,
)

/** Close minus its mean of 20 in deviations, within +-10; 0 in a flat window. */
export const zScore: Expression = bounded(
  sub(close, standardBands.middle),
  div(sub(standardBands.high, standardBands.middle), 2),
  0,
  10,
)

/** Distance travelled as a share of the way, 0 to 1; 0 without movement. */
export const efficiency = (length: number): Expression =>
  clip(ratio(abs(diff(close, length)), sum(abs(diff(close)), length), 0), 0, 1)

/** Flag: the close leaves the range of the 20 bars before. */
export const donchianBreakout: Expression = or(gt(close, lag(highest(high, 20), 1)), lt(close, lag(lowest(low, 20), 1)))

/** Place of the close between the extremes of the window, 0 to 1; 0.5 where they meet. */
export const placeInRange = (length: number): Expression =>
  ratio(sub(close, lowest(low, length)), sub(highest(high, length), lowest(low, length)), 0.5)
/** Stochastic %K 14. */
export const stochastic: Expression = mul(100, placeInRange(14))

/** Wilder's directional movement: +DI, -DI and ADX, all 0 without movement. */
export const directional = (length: number): { plus: Expression; minus: Expression; adx: Expression } => {
  const previous = lag(close, 1)
  const range = wilderSum(sub(max(high, previous), min(low, previous)), length)
  const plus = mul(100, ratio(wilderSum(upMovement(high, low), length), range, 0))
  const minus = mul(100, ratio(wilderSum(downMovement(high, low), length), range, 0))
  const index = mul(100, ratio(abs(sub(plus, minus)), add(plus, minus), 0))
  return { plus, minus, adx: wilderMean(index, length) }
}

/** Volume signed by the direction of the body. */
export const directedVolume: Expression = mul(volume, sign(body))
/** Accumulated share of volume: volume x ((close - low) - (high - close)) / (high - low), 0 on a bar without range. */
export const moneyFlow: Expression = mul(volume, ratio(sub(sub(close, low), sub(high, close)), barRange, 0))
/** Money flow index; 50 without flow. */
export const mfi = (length: number): Expression => {
  const flow = mul(mul(typical, volume), sign(diff(typical)))
  const gain = sum(max(flow, 0), length)
  return mul(100, ratio(gain, add(gain, sum(max(neg(flow), 0), length)), 0.5))
}
/** Distance of volume from its mean in deviations, within +-50; 0 where volume does not move. */
export const volumeScore: Expression = bounded(sub(volume, mean(volume, 96)), std(volume, 96), 0, 50)
/** Flag: volume is more than three deviations above its mean. */
export const volumeSpike: Expression = gt(volumeScore, 3)
/** Flag: the Bollinger bands lie within two ATR of their middle. */
export const squeeze: Expression = lt(bandWidth, div(mul(4, atr(14)), close))
/** Deviation of 96 log returns, scaled to 96 bars. */
export const dailyVolatility: Expression = mul(std(logReturn, 96), Math.sqrt(96))

/** Flags of three points 14 bars apart: price rises while the oscillator falls, and the reverse. */
export const divergence = (oscillator: Expression): { bearish: Expression; bullish: Expression } => {
  const chain = (compare: typeof gt, x: Expression): Expression =>
    and(compare(x, lag(x, 14)), compare(lag(x, 14), lag(x, 28)))
  return {
    bearish: and(chain(gt, close), chain(lt, oscillator)),
    bullish: and(chain(lt, close), chain(gt, oscillator)),
  }
}
