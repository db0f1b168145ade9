/** One prediction to one decision: a side with scores and levels, or NEUTRAL with every reason. Pure. */
import { directionOf } from './direction.ts'
import { failedRules, type Rejection, strategies, type Strategy, type StrategyName } from './filter.ts'
import { type Levels, levelsFor } from './levels.ts'
import { mainOf, type Prediction, type Side } from './prediction.ts'
import { type Scores, scorePrediction } from './scores.ts'

/** How predictions become decisions. Plain data: it crosses a worker as it is. */
export interface DecisionOptions {
  /** A built-in strategy's name or own thresholds. Default `moderate`. */
  readonly strategy?: StrategyName | Strategy | undefined
  /** Adverse move, as a fraction, that counts as full risk. Default 0.04. */
  readonly riskScale?: number | undefined
  /** Lowest confidence of an emitted LONG or SHORT. Default 0.4. */
  readonly minSignalConfidence?: number | undefined
  /** Lowest strength of an emitted LONG or SHORT. Default 0.4. */
  readonly minSignalStrength?: number | undefined
  /** Stop-loss and take-profit are rounded outward to a multiple of it, in quote currency. Default 0: not rounded. */
  readonly tickSize?: number | undefined
  /**
   * How far stop-loss and take-profit lie from the close: `quality` (default) 1 % and 2 %, wider with quality; `atr` 1.5 and 3
   * times the average true range of 20 bars.
   */
  readonly levels?: 'quality' | 'atr' | undefined
}

/** What to do about one bar. */
export interface Decision {
  /** NEUTRAL where the horizons say so, and where a rule failed. */
  readonly side: Side
  /** The side the horizons point to, before any rule. */
  readonly direction: Side
  /** Weighted agreement of the horizons, less a fifth where the main horizon is NEUTRAL. */
  readonly strength: number
  readonly scores: Scores
  readonly levels: Levels | undefined
  /** Every rule that failed. Empty for a passed signal and for a NEUTRAL direction, to which no rule applies. */
  readonly rejections: readonly Rejection[]
}

/** The thresholds behind a strategy's name. */
function strategyOf(strategy: StrategyName | Strategy = 'moderate'): Strategy {
  return typeof strategy === 'string' ? strategies[strategy] : strategy
}

function given(averageTrueRange: number | undefined): number {
  if (averageTrueRange !== undefined) return averageTrueRange
  throw new TypeError("levels: 'atr' needs the average true range of the bar.")
}

/**
 * Decides about one prediction.
 *
 * @param close the bar's close, in quote currency
 * @param averageTrueRange of the bar, in quote currency; only `levels: 'atr'` needs it
 * @throws TypeError where it is needed and not given
 */
export function decide(
  prediction: Prediction,
  close: number,
  options: DecisionOptions = {},
  averageTrueRange?: number,
): Decision {
  const direction = directionOf(prediction)
  const scores = scorePrediction(prediction, direction, options.riskScale ?? 0.04)
  const strength = scores.agreement * (mainOf(prediction).direction === 'NEUTRAL' ? 0.8 : 1)
  if (direction === 'NEUTRAL')
    return { side: direction, direction, strength, scores, levels: undefined, rejections: [] }

  const rejections = failedRules(prediction, direction, scores, strategyOf(options.strategy))
  const { minSignalConfidence = 0.4, minSignalStrength = 0.4 } = options
  if (scores.confidence < minSignalConfidence)
    rejections.push({ rule: 'minSignalConfidence', value: scores.confidence, threshold: minSignalConfidence })
  if (strength < minSignalStrength)
    rejections.push({ rule: 'minSignalStrength', value: strength, threshold: minSignalStrength })
  const side = rejections.length === 0 ? direction : 'NEUTRAL'
  const range = options.levels === 'atr' ? given(averageTrueRange) : undefined
  const levels = levelsFor(side, close, scores.quality, prediction, options.tickSize, range)
  return { side, direction, strength, scores, levels, rejections }
}
