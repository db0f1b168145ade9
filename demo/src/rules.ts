/** Why a signal was held back, in plain words. */
import type { Rejection } from 'candlewick/signals'
import { percentText } from './format.ts'

const percent = (value: number | string, digits = 0): string =>
  typeof value === 'number' ? percentText(value, digits) : value

/**
 * One sentence for a failed rule, with its value and threshold.
 *
 * @param mainHorizon name of the horizon that leads, e.g. `4h`
 */
export function ruleText({ rule, value, threshold }: Rejection, mainHorizon: string): string {
  const [is, needed] = [percent(value), percent(threshold)]
  switch (rule) {
    case 'minAgreement':
      return `Horizons that agree: ${value}; ${threshold} are needed.`
    case 'minConfidencePerHorizon':
      return `Agreeing horizons are ${is} sure; ${needed} is needed.`
    case 'mainConfidence':
      return `The ${mainHorizon} horizon is ${is} sure; ${needed} is needed.`
    case 'minReturn':
      return `Expected return is ${percent(value, 2)}; ${percent(threshold, 2)} is needed.`
    case 'minStrength':
      return `Overall score is ${is}; ${needed} is needed.`
    case 'maxRisk':
      return `Risk is ${value}; at most ${threshold} is allowed.`
    case 'minQuality':
      return `Quality is ${is}; ${needed} is needed.`
    case 'minSignalConfidence':
      return `Confidence is ${is}; ${needed} is needed.`
    case 'minSignalStrength':
      return `Strength is ${is}; ${needed} is needed.`
    default:
      return `${rule}: ${value}; the limit is ${threshold}.`
  }
}
