/** What an evaluation answers: JSON, with all that is needed to make it again from the same rows. */
import type { BlockKind } from '../bootstrap/blocks.ts'
import type { BootstrapPlan, Interval, Statistics } from '../bootstrap/block-bootstrap.ts'
import type { CalibrationMetrics } from '../metrics/calibration.ts'
import type { ClassificationMetrics } from '../metrics/classification.ts'
import type { CompositeScore, ScoreRule } from '../metrics/composite.ts'
import type { SymbolCoefficients } from '../metrics/information-coefficient.ts'
import type { Spread } from '../metrics/spread.ts'
import type { WindowRule } from '../panel.ts'
import type { TradingMetrics } from '../trading/trading-metrics.ts'

/** The figures of a span of time, bar-open times included. */
export interface WindowReport {
  readonly from: number
  readonly to: number
  readonly n: number
  readonly metrics: Statistics
}

/** One horizon. */
export interface HorizonReport {
  readonly name: string
  readonly bars: number
  /** Rows whose outcome is known. */
  readonly n: number
  /** Rows, besides, whose outcome is not. */
  readonly pending: number
  /** First and last bar-open time of the `n` rows, ms; `null` without rows. */
  readonly from: number | null
  readonly to: number | null
  /** Moments that one outcome spans: above 1, rows that follow each other share most of their outcome. */
  readonly overlap: number
  /** All figures by name; `null` where one is undefined. docs/evaluation.md has a list of them. */
  readonly metrics: Statistics
  /** Bounds of those figures that have some. */
  readonly intervals: Readonly<Record<string, Interval>>
  /** How the bounds were drawn; `null` where they were not. */
  readonly bootstrap: BootstrapPlan | null
  /** Why there are no bounds; `null` where there are. */
  readonly noIntervals: 'not-asked' | 'too-few-blocks' | null
  readonly classification: ClassificationMetrics | null
  readonly calibration: CalibrationMetrics | null
  /** Each symbol over time, over rows whose outcomes do not overlap; `null` without returns. */
  readonly symbols: readonly SymbolCoefficients[] | null
  readonly windows: readonly WindowReport[]
  /** How each figure lies over the windows: how stable it is. */
  readonly stability: Readonly<Record<string, Spread>>
  readonly score: CompositeScore | null
}

/** What an evaluation was asked for, with nothing left open. */
export interface EvaluationSettings {
  readonly bins: number
  readonly window: WindowRule
  readonly minSymbols: number
  /** `blockLength` `null`: by the default rule, for each horizon. `null` for no intervals. */
  readonly bootstrap: {
    readonly resamples: number
    readonly level: number
    readonly seed: number
    readonly kind: BlockKind
    readonly blockLength: number | null
  } | null
  readonly score: ScoreRule | null
  readonly logLossFloor: number
}

/** A model judged. */
export interface EvaluationReport {
  readonly kind: 'candlewick-evaluation'
  readonly version: 1
  /** Version of this package. */
  readonly packageVersion: string
  readonly model: string | null
  readonly evalSetId: string | null
  readonly timeframe: string
  readonly classes: readonly string[]
  /** The class that is no call. */
  readonly neutral: string | null
  /** Rows that were given. */
  readonly rows: number
  readonly symbols: readonly string[]
  readonly settings: EvaluationSettings
  readonly horizons: readonly HorizonReport[]
  readonly trading: TradingMetrics | null
}
