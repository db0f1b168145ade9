/** What every baseline is: something that predicts rows, as a model does. */
import { checkLength, finiteColumn, refuseOption } from '../checks.ts'
import { sidesOfReturns } from '../metrics/classification.ts'

/** What a baseline may look at. Nothing of it may lie in the future of its row. */
export interface PredictorInput {
  /** How many rows there are. */
  readonly rows: number
  /** Row-major, rows x features: for {@link fitLogisticRegression}'s. */
  readonly features?: ArrayLike<number> | undefined
  /** Simple returns of the bars up to each row's close, as fractions: for {@link momentumBaseline}'s. */
  readonly pastReturns?: ArrayLike<number> | undefined
}

/** What a predictor says; it goes into a horizon of the rows to evaluate as it is. */
export interface PredictedColumns {
  /** Row-major, rows x classes; each row sums to 1. */
  readonly probabilities: Float64Array
  /** Simple returns as fractions; absent where the predictor gives none. */
  readonly predictedReturns?: Float64Array
}

/** Something that predicts rows. */
export interface Predictor {
  readonly name: string
  /** In the order of the class numbers. */
  readonly classes: readonly string[]
  /** @throws `evaluate/option` where the input lacks what the predictor looks at */
  readonly predict: (input: PredictorInput) => PredictedColumns
}

const sides: readonly string[] = ['LONG', 'SHORT', 'NEUTRAL']
const neutral = 2

/** Rows in which the class that is called has the probability `confidence`, and the others share the rest. */
function calling(called: Int32Array, confidence: number): Float64Array {
  const probabilities = new Float64Array(called.length * sides.length).fill((1 - confidence) / (sides.length - 1))
  for (let row = 0; row < called.length; row++) probabilities[row * sides.length + called[row]!] = confidence
  return probabilities
}

function checkConfidence(confidence: number): void {
  if (!(confidence > 1 / sides.length && confidence <= 1))
    refuseOption('confidence', confidence, 'above 1/3 and at most 1')
}

/**
 * The baseline that never calls: NEUTRAL on every row, an expected return of 0. Its accuracy is the share of NEUTRAL rows; its hit
 * rate is undefined.
 *
 * @param options `confidence`: probability of NEUTRAL, above 1/3; default 1, by which the log loss of every other row is the
 *   largest there is
 * @throws `evaluate/option` for the confidence
 * @example
 * ```ts
 * const columns = neutralBaseline().predict({ rows: times.length })
 * ```
 */
export function neutralBaseline(options: { readonly confidence?: number | undefined } = {}): Predictor {
  const { confidence = 1 } = options
  checkConfidence(confidence)
  const predict = ({ rows }: PredictorInput): PredictedColumns => ({
    probabilities: calling(new Int32Array(rows).fill(neutral), confidence),
    predictedReturns: new Float64Array(rows),
  })
  return { name: 'always-neutral', classes: sides, predict }
}

/**
 * The baseline that expects what was to go on (Jegadeesh and Titman 1993; over time, Moskowitz, Ooi and Pedersen 2012): LONG where
 * the past return is above the threshold, SHORT where it is at minus the threshold or below, else NEUTRAL. The past return is also
 * the expected one.
 *
 * @param options `threshold`: fraction, usually that of the horizon's target; `confidence`: probability of the class it calls,
 *   above 1/3, default 1
 * @throws `evaluate/option` for an option, or on `predict` without `pastReturns`; `evaluate/row` for a return that is not finite
 * @example
 * ```ts
 * const columns = momentumBaseline({ threshold: 0.007 }).predict({ rows, pastReturns: pastReturns(close, 16) })
 * ```
 */
export function momentumBaseline(options: {
  readonly threshold: number
  readonly confidence?: number | undefined
}): Predictor {
  const { threshold, confidence = 1 } = options
  checkConfidence(confidence)
  sidesOfReturns([], threshold)
  const predict = (input: PredictorInput): PredictedColumns => {
    if (input.pastReturns === undefined) return refuseOption('pastReturns', 'absent', 'a column of returns')
    checkLength('pastReturns', input.pastReturns, input.rows, 'the number of rows')
    const predictedReturns = finiteColumn('pastReturns', input.pastReturns)
    return { probabilities: calling(sidesOfReturns(predictedReturns, threshold), confidence), predictedReturns }
  }
  return { name: 'momentum', classes: sides, predict }
}

/**
 * Simple returns of one symbol's last `bars` bars: close / close so many bars before - 1.
 *
 * @param close closes without gaps, oldest first
 * @returns one for each close that has so many before it: item 0 belongs to close number `bars`
 * @throws `evaluate/row` for a close that is not finite or not above 0, `evaluate/option`
 */
export function pastReturns(close: ArrayLike<number>, bars: number): Float64Array {
  if (!(Number.isSafeInteger(bars) && bars > 0)) refuseOption('bars', bars, 'a whole number of at least 1')
  const prices = finiteColumn('close', close)
  const wrong = prices.findIndex((price) => price <= 0)
  if (wrong !== -1) refuseOption(`close[${wrong}]`, prices[wrong], 'above 0')
  return Float64Array.from({ length: Math.max(prices.length - bars, 0) }, (_, i) => prices[i + bars]! / prices[i]! - 1)
}
