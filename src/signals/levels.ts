/** Where a signal is wrong (stop-loss) and where it has paid (take-profit). */
import type { Prediction, Side } from './prediction.ts'
import { returnsOf } from './scores.ts'

const baseStop = 0.01
const baseTarget = 0.02
/** Levels are this much wider where the two shortest horizons disagree by more than {@link unsettled}. */
const widening = 1.2
const unsettled = 0.02

/** Absolute prices in quote currency. */
export interface Levels {
  readonly stopLoss: number
  readonly takeProfit: number
}

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

/** Distances from the close as fractions of it. */
interface Distances {
  readonly stop: number
  readonly target: number
}

/** 1 % and 2 %, wider with quality and where the short horizons disagree. */
function distancesByQuality(quality: number, prediction: Prediction): Distances {
  const [first = 0, second = first] = returnsOf(prediction) ?? []
  const width = (0.8 + 0.4 * quality) * (Math.abs(first - second) > unsettled ? widening : 1)
  return { stop: baseStop * width, target: baseTarget * width }
}

/**
 * Stop-loss 1 % and take-profit 2 % from the close, times 0.8 to 1.2 by quality, times 1.2 where the returns predicted for
 * the two shortest horizons differ by more than 2 %; or, where the average true range is given, 1.5 and 3 times that. Both ways
 * clamped to 0.5 - 2.5 % and 1 - 5 %.
 *
 * @param close the bar's close, in quote currency
 * @param quality 0 to 1
 * @param tickSize prices are rounded outward (away from the close) to a multiple of it; 0 leaves them as they are
 * @param averageTrueRange in quote currency; without it the levels follow the quality
 * @returns `undefined` for NEUTRAL, which has no levels
 */
export function levelsFor(
  side: Side,
  close: number,
  quality: number,
  prediction: Prediction,
  tickSize = 0,
  averageTrueRange?: number,
): Levels | undefined {
  if (side === 'NEUTRAL') return undefined
  const range = averageTrueRange === undefined ? undefined : averageTrueRange / close
  const distances =
    range === undefined ? distancesByQuality(quality, prediction) : { stop: 1.5 * range, target: 3 * range }
  const stop = close * clip(distances.stop, 0.005, 0.025)
  const target = close * clip(distances.target, 0.01, 0.05)
  const up = (price: number): number => (tickSize > 0 ? Math.ceil(price / tickSize) * tickSize : price)
  const down = (price: number): number => (tickSize > 0 ? Math.floor(price / tickSize) * tickSize : price)
  return side === 'LONG'
    ? { stopLoss: down(close - stop), takeProfit: up(close + target) }
    : { stopLoss: up(close + stop), takeProfit: down(close - target) }
}
