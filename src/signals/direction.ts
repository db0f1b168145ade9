/** Which side the horizons point to together. Symmetric: swapping LONG and SHORT in the input swaps the answer. */
import { type Prediction, type Side, weightedSum } from './prediction.ts'

/** A side wins a tie only by this lead in weighted probability. */
const tieLead = 0.05

/** Weighted probability of a side over all horizons. */
export function supportOf(prediction: Prediction, side: Side): number {
  return weightedSum(prediction, (i) => prediction.horizons[i]!.probabilities[side])
}

/**
 * NEUTRAL where most horizons are. Else the side with more horizons, if it has at least half of all, rounded up: two of
 * four, two of three, the only one. Else, where LONG and SHORT have as many horizons each, the one with the clearly larger
 * weighted probability. Else NEUTRAL.
 */
export function directionOf(prediction: Prediction): Side {
  const count = (side: Side): number => prediction.horizons.filter((horizon) => horizon.direction === side).length
  const [long, short, neutral] = [count('LONG'), count('SHORT'), count('NEUTRAL')]
  const half = prediction.horizons.length / 2
  if (neutral > half) return 'NEUTRAL'
  if (long > short) return long >= half ? 'LONG' : 'NEUTRAL'
  if (short > long) return short >= half ? 'SHORT' : 'NEUTRAL'
  if (long === 0) return 'NEUTRAL'
  const lead = supportOf(prediction, 'LONG') - supportOf(prediction, 'SHORT')
  if (lead >= tieLead) return 'LONG'
  return lead <= -tieLead ? 'SHORT' : 'NEUTRAL'
}
