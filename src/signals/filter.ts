/** Which signals are good enough. A strategy is data; every rule that fails is reported with its value and threshold. */
import { type HorizonPrediction, mainOf, type Prediction, type Side } from './prediction.ts'
import type { RiskLevel, Scores } from './scores.ts'

/** Thresholds. A value equal to its threshold passes. */
export interface Thresholds {
  /** Horizons that must point to the side; all of them where the model has fewer. */
  readonly minAgreement: number
  /** Probability that at least `minAgreement` of the agreeing horizons must reach; the value reported is the last of these. */
  readonly minConfidencePerHorizon: number
  /** Probability of the main horizon's direction: 4 h in the reference layout. */
  readonly mainConfidence: number
  /** Mean expected return of the agreeing horizons, in the side's favour, as a fraction. Not asked of a model without returns. */
  readonly minReturn: number
  /** 60 % quality, 40 % confidence. */
  readonly minStrength: number
  /** Not asked of a model without risk. */
  readonly maxRisk: RiskLevel
  readonly minQuality: number
}

/** The thresholds of a strategy. */
export interface Strategy extends Thresholds {
  /** Thresholds that differ for SHORT. Default: none. */
  readonly short?: Partial<Thresholds> | undefined
}

/** The names of the built-in strategies, strictest first. */
export type StrategyName = 'conservative' | 'moderate' | 'aggressive'

/** The built-in strategies: what a stricter one passes, a looser one passes too. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  conservative: {
    minAgreement: 3,
    minConfidencePerHorizon: 0.5,
    mainConfidence: 0.55,
    minReturn: 0.002,
    minStrength: 0.45,
    maxRisk: 'MEDIUM',
    minQuality: 0.6,
  },
  moderate: {
    minAgreement: 3,
    minConfidencePerHorizon: 0.42,
    mainConfidence: 0.45,
    minReturn: 0.0015,
    minStrength: 0.4,
    maxRisk: 'MEDIUM',
    minQuality: 0.5,
  },
  aggressive: {
    minAgreement: 1,
    minConfidencePerHorizon: 0.3,
    mainConfidence: 0.35,
    minReturn: 0.0005,
    minStrength: 0.25,
    maxRisk: 'HIGH',
    minQuality: 0.3,
  },
}

/** A rule that a prediction failed. */
export interface Rejection {
  /** The threshold's name in {@link Thresholds}, or `minSignalConfidence`, `minSignalStrength`, `maxAgeHours`. */
  readonly rule: string
  readonly value: number | string
  readonly threshold: number | string
}

const severity: Readonly<Record<RiskLevel, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2 }

/** The mean expected return in the side's favour; undefined where the model gives no returns. */
function meanReturnOf(agreeing: readonly HorizonPrediction[], side: Side): number | undefined {
  const towards = side === 'SHORT' ? -1 : 1
  let sum = 0
  for (const { expectedReturn } of agreeing) {
    if (expectedReturn === undefined) return undefined
    sum += expectedReturn
  }
  return agreeing.length === 0 ? 0 : (towards * sum) / agreeing.length
}

/** The rules that this prediction fails for this side, in the order of {@link Thresholds}; none when it passes. */
export function failedRules(prediction: Prediction, side: Side, scores: Scores, strategy: Strategy): Rejection[] {
  const thresholds = side === 'SHORT' ? { ...strategy, ...strategy.short } : strategy
  const agreeing = prediction.horizons.filter((horizon) => horizon.direction === side)
  const surest = agreeing.map((horizon) => horizon.confidence).sort((a, b) => b - a)
  const minAgreement = Math.min(thresholds.minAgreement, prediction.horizons.length)
  const { riskLevel } = scores
  const atLeast = (rule: keyof Thresholds, value: number | undefined, threshold: number): Rejection[] =>
    value === undefined || value >= threshold ? [] : [{ rule, value, threshold }]
  return [
    ...atLeast('minAgreement', agreeing.length, minAgreement),
    ...atLeast('minConfidencePerHorizon', surest[minAgreement - 1] ?? 0, thresholds.minConfidencePerHorizon),
    ...atLeast('mainConfidence', mainOf(prediction).confidence, thresholds.mainConfidence),
    ...atLeast('minReturn', meanReturnOf(agreeing, side), thresholds.minReturn),
    ...atLeast('minStrength', scores.filterStrength, thresholds.minStrength),
    ...(riskLevel === undefined || severity[riskLevel] <= severity[thresholds.maxRisk]
      ? []
      : [{ rule: 'maxRisk', value: riskLevel, threshold: thresholds.maxRisk }]),
    ...atLeast('minQuality', scores.quality, thresholds.minQuality),
  ]
}
