/** How good a prediction is: agreement, confidence, expected return, risk, quality. All between 0 and 1. */
import { type Prediction, type RiskPrediction, type Side, weightedSum } from './prediction.ts'

/** A weighted return of this size scores 1. */
const fullReturn = 0.015
/** Returns at or below this size have no sign. */
const signThreshold = 0.001

/** How bad the expected adverse move is. */
export type RiskLevel = 'LOW' | 'MEDIUM' | 'HIGH'

/** Scores of a prediction for one side. */
export interface Scores {
  /** Weighted share of horizons that point to the side. */
  readonly agreement: number
  /** Weighted top probability (70 %) and lack of entropy (30 %). */
  readonly confidence: number
  /** Size of the weighted return against 1.5 %, with a bonus where all signs agree; absent where the model gives no returns. */
  readonly returnScore?: number | undefined
  /** Adverse move at 4 h divided by the risk scale; absent where the model gives no risk. */
  readonly riskScore?: number | undefined
  /** Absent where the model gives no risk. */
  readonly riskLevel?: RiskLevel | undefined
  /** 35 % agreement, 30 % confidence, 20 % return, 15 % lack of risk; what is absent leaves its share to the others. */
  readonly quality: number
  /** 60 % quality, 40 % confidence: what the filter's `minStrength` looks at. */
  readonly filterStrength: number
}

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)

/** Weighted share of horizons that point to the side. */
export function agreementOf(prediction: Prediction, side: Side): number {
  return Math.min(
    weightedSum(prediction, (i) => (prediction.horizons[i]!.direction === side ? 1 : 0)),
    1,
  )
}

/** Weighted top probability and one minus the mean entropy, measured against that of sides that are all as likely. */
export function confidenceOf(prediction: Prediction): number {
  const entropies = prediction.horizons.map(({ probabilities }) =>
    Object.values(probabilities).reduce((sum, p) => sum - clip(p, 1e-10, 1) * Math.log(clip(p, 1e-10, 1)), 0),
  )
  const meanEntropy = entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length
  const top = weightedSum(prediction, (i) => prediction.horizons[i]!.confidence)
  return clip(0.7 * top + 0.3 * (1 - meanEntropy / Math.log(prediction.classes ?? 3)), 0, 1)
}

/** The expected returns, shortest horizon first; undefined where the model gives none. */
export function returnsOf({ horizons }: Prediction): readonly number[] | undefined {
  const returns = horizons.map((horizon) => horizon.expectedReturn)
  return returns.every((value) => value !== undefined) ? returns : undefined
}

/** Size of the expected returns against 1.5 %, plus 0.1 where all returns above 0.1 % have one sign. */
export function returnScoreOf(prediction: Prediction): number | undefined {
  const returns = returnsOf(prediction)
  if (returns === undefined) return undefined
  const size = Math.min(weightedSum(prediction, (i) => Math.abs(returns[i]!)) / fullReturn, 1)
  const clear = returns.filter((value) => Math.abs(value) > signThreshold)
  const oneSign = clear.length > 0 && (clear.every((value) => value > 0) || clear.every((value) => value < 0))
  return Math.min(size + (oneSign ? 0.1 : 0), 1)
}

/** The move against the side at 4 h: drawdown for LONG, rally for SHORT, the larger for NEUTRAL. */
export function adverseMove(risk: RiskPrediction, side: Side): number {
  if (side === 'LONG') return risk.maxDrawdown4h
  if (side === 'SHORT') return risk.maxRally4h
  return Math.max(risk.maxDrawdown4h, risk.maxRally4h)
}

/** LOW below 0.3, MEDIUM below 0.7, else HIGH. */
export function riskLevelOf(riskScore: number): RiskLevel {
  if (riskScore < 0.3) return 'LOW'
  return riskScore < 0.7 ? 'MEDIUM' : 'HIGH'
}

/** The weighted mean of the parts that there are: a part that is absent leaves its share to the others. */
function meanOfParts(parts: readonly (readonly [weight: number, value: number | undefined])[]): number {
  let [sum, absent] = [0, 0]
  for (const [weight, value] of parts) {
    if (value === undefined) absent += weight
    else sum += weight * value
  }
  return sum / (1 - absent)
}

/**
 * Scores a prediction for the side that is about to be returned.
 *
 * @param riskScale the adverse move, as a fraction, that counts as full risk
 */
export function scorePrediction(prediction: Prediction, side: Side, riskScale: number): Scores {
  const agreement = agreementOf(prediction, side)
  const confidence = confidenceOf(prediction)
  const returnScore = returnScoreOf(prediction)
  const { risk } = prediction
  const riskScore = risk === undefined ? undefined : clip(adverseMove(risk, side) / riskScale, 0, 1)
  const quality = meanOfParts([
    [0.35, agreement],
    [0.3, confidence],
    [0.2, returnScore],
    [0.15, riskScore === undefined ? undefined : 1 - riskScore],
  ])
  return {
    agreement,
    confidence,
    ...(returnScore === undefined ? {} : { returnScore }),
    ...(riskScore === undefined ? {} : { riskScore, riskLevel: riskLevelOf(riskScore) }),
    quality,
    filterStrength: 0.6 * quality + 0.4 * confidence,
  }
}
