/** What an evaluation is asked for, and what it takes where nothing is said. */
import type { Timeframe } from '../../core/timeframe.ts'
import { type BootstrapOptions, type BootstrapPlan, planBootstrap } from '../bootstrap/block-bootstrap.ts'
import { checkCount } from '../checks.ts'
import { defaultBins, logLossFloor } from '../metrics/calibration.ts'
import { checkScoreRule, type ScoreRule } from '../metrics/composite.ts'
import { coefficientRules } from '../metrics/information-coefficient.ts'
import { type Panel, smallestStepMs, type WindowRule } from '../panel.ts'
import type { MeasuredTrade } from '../trading/trade-metrics.ts'
import type { EquityCurve } from '../trading/trading-metrics.ts'
import type { EvaluationSettings } from './report.ts'

/** How intervals are drawn; blocks are drawn of moments, all symbols together. */
export type IntervalOptions = Omit<BootstrapOptions, 'overlap' | 'times'>

/** How a model is judged. */
export interface EvaluationOptions {
  /** Length of the bars: tells how long an outcome takes. */
  readonly timeframe: Timeframe
  /** Goes into the report, e.g. `patchtst_v1.0.0`. */
  readonly model?: string | undefined
  /** Name of the rows, by which a registry knows that two models were judged alike. Goes into the report. */
  readonly evalSetId?: string | undefined
  /** Bins of the calibration error. Default 15. */
  readonly bins?: number | undefined
  /** Default: ten windows with as many moments each. */
  readonly window?: WindowRule | undefined
  /** Symbols that a moment must have for a cross-section. Default 5. */
  readonly minSymbols?: number | undefined
  /** `false` for no intervals. Default: 1000 samples, 95 %, seed 1. */
  readonly bootstrap?: IntervalOptions | false | undefined
  /** Makes one score for each horizon, of its metrics and those of the trading. Default: none is made. */
  readonly score?: ScoreRule | undefined
  /** What trading by these predictions gave. */
  readonly trading?: TradingResult | undefined
}

/** What trading gave. */
export interface TradingResult {
  readonly curve: EquityCurve
  readonly trades: readonly MeasuredTrade[]
  /** What a year of no risk earns, as a fraction. Default 0. */
  readonly riskFreePerYear?: number | undefined
}

/** Blocks below which an interval would promise too much. */
const minBlocks = 10

/**
 * The options with nothing left open.
 *
 * @throws `evaluate/option`
 */
export function settingsOf(options: EvaluationOptions): EvaluationSettings {
  const { bins = defaultBins, bootstrap = {}, score = null } = options
  checkCount('bins', bins)
  if (score !== null) checkScoreRule(score)
  const { window, minSymbols } = coefficientRules(options)
  const shared = { bins, window, minSymbols, score, logLossFloor }
  if (bootstrap === false) return { ...shared, bootstrap: null }
  const { resamples, level, seed, kind } = planBootstrap(2, bootstrap)
  return { ...shared, bootstrap: { resamples, level, seed, kind, blockLength: bootstrap.blockLength ?? null } }
}

/** Moments that one outcome of a horizon spans: at least 1. */
export function overlapOf(panel: Panel, horizonMs: number): number {
  return Math.max(Math.ceil(horizonMs / smallestStepMs(panel)), 1)
}

/** How the intervals of a horizon are drawn, or why they are not. */
export function intervalPlan(
  panel: Panel,
  overlap: number,
  { bootstrap }: EvaluationSettings,
): BootstrapPlan | 'not-asked' | 'too-few-blocks' {
  if (bootstrap === null) return 'not-asked'
  const { blockLength, ...rest } = bootstrap
  const moments = panel.times.length
  const plan = planBootstrap(moments, { ...rest, overlap, blockLength: blockLength ?? undefined })
  return plan.blockLength * minBlocks > moments ? 'too-few-blocks' : plan
}
