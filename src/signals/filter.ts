/** Which signals are good enough. A strategy is data; every rule that fails is reported with its value and threshold. */
import { mainHorizon, type RiskLevel, type Scores } from './scores.ts'
import type { Prediction, Side } from './layout.ts'

/** The thresholds of a strategy. A value equal to its threshold passes. */
export interface Strategy {
  /** Horizons that must point to the side. */
  readonly minAgreement: number
  /** Probability that at least `minAgreement` of the agreeing horizons must reach; the value reported is the last of these. */
  readonly minConfidencePerHorizon: number
  /** Probability of the main horizon's direction (4 h). */
  readonly mainConfidence: number
  /** Mean expected return of the agreeing horizons, in the side's favour, as a fraction. */
  readonly minReturn: number
  /** 60 % quality, 40 % confidence. */
  readonly minStrength: number
  readonly maxRisk: RiskLevel
  readonly minQuality: number
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
  /** The threshold's name in {@link Strategy}, or `minSignalConfidence`, `minSignalStrength`, `maxAgeHours`. */
  readonly rule: string
  readonly value: number | string
  readonly threshold: number | string
}

const severity: Readonly<Record<RiskLevel, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2 }

/** The rules that this prediction fails for this side, in the order of {@link Strategy}; none when it passes. */
export function failedRules(prediction: Prediction, side: Side, scores: Scores, strategy: Strategy): Rejection[] {
  const agreeing = prediction.horizons.filter((horizon) => horizon.direction === side)
  const surest = agreeing.map((horizon) => horizon.confidence).sort((a, b) => b - a)
  const towards = side === 'SHORT' ? -1 : 1
  const meanReturn =
    agreeing.length === 0
      ? 0
      : (towards * agreeing.reduce((sum, horizon) => sum + horizon.expectedReturn, 0)) / agreeing.length
  const atLeast = (rule: keyof Strategy, value: number, threshold: number): Rejection[] =>
    value >= threshold ? [] : [{ rule, value, threshold }]
  return [
    ...atLeast('minAgreement', agreeing.length, strategy.minAgreement),
    ...atLeast('minConfidencePerHorizon', surest[strategy.minAgreement - 1] ?? 0, strategy.minConfidencePerHorizon),
    ...atLeast('mainConfidence', prediction.horizons[mainHorizon]!.confidence, strategy.mainConfidence),
    ...atLeast('minReturn', meanReturn, strategy.minReturn),
    ...atLeast('minStrength', scores.filterStrength, strategy.minStrength),
    ...(severity[scores.riskLevel] <= severity[strategy.maxRisk]
      ? []
      : [{ rule: 'maxRisk', value: scores.riskLevel, threshold: strategy.maxRisk }]),
    ...atLeast('minQuality', scores.quality, strategy.minQuality),
  ]
}
