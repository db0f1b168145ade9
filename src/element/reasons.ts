/** Why a signal was held back, in words. */
import type { Rejection } from '../signals/index.ts'
import type { Numbers } from './numbers.ts'

/** Value and threshold as text. */
type Pair = readonly [value: string, threshold: string]

/** As percentages, with as many decimals as it takes to tell them apart. */
function percentages({ rule, value, threshold }: Rejection, numbers: Numbers): Pair {
  const pair = (decimals: number): Pair => [
    textOf(value, (fraction) => numbers.percent(fraction, decimals)),
    textOf(threshold, (fraction) => numbers.percent(fraction, decimals)),
  ]
  const decimals = [rule === 'minReturn' ? 2 : 0, 1, 2].find((count) => pair(count)[0] !== pair(count)[1])
  return pair(decimals ?? 3)
}

const textOf = (value: number | string, write: (value: number) => string): string =>
  typeof value === 'number' ? write(value) : value

/** What a rule looks at, where it compares two fractions. */
const fractions: Readonly<Record<string, string>> = {
  minConfidencePerHorizon: 'The horizons that agree are sure to',
  mainConfidence: 'The main horizon is sure to',
  minReturn: 'The expected return is',
  minStrength: 'The overall score is',
  minQuality: 'The quality is',
  minSignalConfidence: 'The confidence is',
  minSignalStrength: 'The strength is',
}

/** One sentence for a rule that a signal failed. */
export function reasonText(rejection: Rejection, numbers: Numbers): string {
  const { rule } = rejection
  const looked = Object.hasOwn(fractions, rule) ? fractions[rule] : undefined
  if (looked !== undefined) {
    const [value, threshold] = percentages(rejection, numbers)
    return `${looked} ${value}; at least ${threshold} is asked for.`
  }
  const value = textOf(rejection.value, (count) => numbers.plain(count))
  const threshold = textOf(rejection.threshold, (count) => numbers.plain(count))
  switch (rule) {
    case 'minAgreement':
      return `Horizons that agree: ${value}; at least ${threshold} are asked for.`
    case 'maxRisk':
      return `The risk is ${value}; at most ${threshold} is allowed.`
    case 'maxAgeHours':
      return `The model is older than the ${threshold} hours that it is good for.`
    default:
      return `${rule}: ${value}; the limit is ${threshold}.`
  }
}
