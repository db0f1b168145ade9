/** Votes of six indicators, as the reference counts them and as they were meant. */
import {
  abs,
  add,
  and,
  clip,
  close,
  div,
  ema,
  type Expression,
  gt,
  lt,
  max,
  mean,
  mul,
  ratio,
  sub,
  volume,
} from '../expr.ts'
import { bandPlace, directional, macd, rsi, stochastic } from './quantities.ts'

const { plus, minus, adx } = directional(14)
const strength = rsi(14)
const line = macd(12, 26)
const histogram = div(mul(100, sub(line, ema(line, 9))), close)
const place = clip(bandPlace, 0, 1)
const near = div(close, mean(close, 20))
const far = div(close, mean(close, 50))
const count = (...flags: Expression[]): Expression => flags.reduce((total, flag) => add(total, flag))

const longFive = count(
  lt(strength, 30),
  gt(histogram, 0),
  lt(place, 0.2),
  lt(stochastic, 20),
  and(gt(adx, 25), gt(plus, minus)),
)
const shortFive = count(
  gt(strength, 70),
  lt(histogram, 0),
  gt(place, 0.8),
  gt(stochastic, 80),
  and(gt(adx, 25), gt(minus, plus)),
)
/** Number of votes for a rise. The last one is upside down in the reference: a falling trend votes long. */
export const longVotes: Expression = add(longFive, gt(near, far))
/** Number of votes for a fall, with the same flaw. */
export const shortVotes: Expression = add(shortFive, lt(near, far))
/** Share of the votes for a rise. */
export const longShare: Expression = div(longVotes, 6)
/** Share of the votes for a fall. */
export const shortShare: Expression = div(shortVotes, 6)
/** The larger share. */
export const consensus: Expression = max(longShare, shortShare)

const busy = clip(ratio(volume, mean(volume, 100), 1), 0, 2)
/** Weighted sum of trend strength, distance of RSI from its middle and relative volume. */
export const signalStrength: Expression = clip(
  add(add(div(mul(0.3, adx), 100), div(mul(0.3, abs(sub(strength, 50))), 50)), add(0.1, div(mul(0.2, busy), 2))),
  0,
  1,
)

/** Votes for a rise with the order of the two means as it was meant: the short one above the long one. */
export const meantLongVotes: Expression = add(longFive, gt(mean(close, 20), mean(close, 50)))
/** Votes for a fall with the short mean below the long one. */
export const meantShortVotes: Expression = add(shortFive, lt(mean(close, 20), mean(close, 50)))
