/** Models grow old: past the age its publisher gave it, a model decides nothing any more. */
import type { Decision } from './decide.ts'

/** From when on a model counts as too old. */
export interface MaxAge {
  /** When its training ended, ms since the epoch. */
  readonly trainedAt: number
  /** Hours after that; 0 stands for never. */
  readonly hours: number
}

const hourMs = 3_600_000

/**
 * The decision, or NEUTRAL with the reason where the model is too old for the candle. The age is that at the candle's close,
 * so that the same candles always give the same signals.
 *
 * @param closesAt when the candle closes, ms since the epoch
 */
export function withinAge(decision: Decision, closesAt: number, maxAge: MaxAge | undefined): Decision {
  if (maxAge === undefined || maxAge.hours === 0) return decision
  const hours = (closesAt - maxAge.trainedAt) / hourMs
  if (hours <= maxAge.hours) return decision
  const rejection = { rule: 'maxAgeHours', value: hours, threshold: maxAge.hours }
  return { ...decision, side: 'NEUTRAL', levels: undefined, rejections: [rejection, ...decision.rejections] }
}
