/** Which side the horizons point to together. Symmetric: swapping LONG and SHORT in the input swaps the answer. */
import type { Prediction, Side } from './layout.ts'
import { horizonWeights } from './scores.ts'

/** A side wins a tie only by this lead in weighted probability. */
const tieLead = 0.05

/** Weighted probability of a side over all horizons. */
function weightOf(prediction: Prediction, side: Side): number {
  return prediction.horizons.reduce((sum, horizon, i) => sum + horizonWeights[i]! * horizon.probabilities[side], 0)
}

/**
 * Three or more horizons that agree decide. Else the side with more horizons, if it has at least two. Else, where LONG and
 * SHORT have as many horizons each, the one with the clearly larger weighted probability. Else NEUTRAL.
 */
export function directionOf(prediction: Prediction): Side {
  const count = (side: Side): number => prediction.horizons.filter((horizon) => horizon.direction === side).length
  const [long, short, neutral] = [count('LONG'), count('SHORT'), count('NEUTRAL')]
  if (neutral >= 3) return 'NEUTRAL'
  if (long > short) return long >= 2 ? 'LONG' : 'NEUTRAL'
  if (short > long) return short >= 2 ? 'SHORT' : 'NEUTRAL'
  if (long === 0) return 'NEUTRAL'
  const lead = weightOf(prediction, 'LONG') - weightOf(prediction, 'SHORT')
  if (lead >= tieLead) return 'LONG'
  return lead <= -tieLead ? 'SHORT' : 'NEUTRAL'
}
