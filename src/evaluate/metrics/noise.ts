/** How much a model's outputs move when its inputs do. */
import { checkLength, finiteColumn, refuseOption } from '../checks.ts'
import { meanOf, squaresAround } from './spread.ts'

/** The difference between two sets of outputs. */
export interface NoiseSensitivity {
  /** Rows. */
  readonly n: number
  /** Mean, root of the mean square, and largest size of the difference over all outputs; `null` without rows. */
  readonly meanAbsolute: number | null
  readonly rootMeanSquare: number | null
  readonly largest: number | null
  /** Root of the mean square, by the standard deviation of the clean outputs (n in the divisor); `null` where they never change. */
  readonly relative: number | null
  /** Share of rows whose largest output is another one; `null` where a row has one output. */
  readonly flips: number | null
}

function largestOf(values: Float64Array, from: number, width: number): number {
  let best = from
  for (let i = from + 1; i < from + width; i++) if (values[i]! > values[best]!) best = i
  return best
}

/**
 * Compares the outputs of a model for its inputs with those for the same inputs and noise added. The noise is the caller's: add a
 * declared share of each feature's deviation, with a seed, and say which.
 *
 * @param clean outputs, row-major, e.g. probabilities of three classes
 * @param noisy as many, for the same rows
 * @param width outputs a row. Default 1
 * @throws `evaluate/row` for a value that is not finite, `evaluate/option` for lengths
 * @example
 * ```ts
 * const { flips } = noiseSensitivity(probabilities, probabilitiesWithNoise, 3)
 * ```
 */
export function noiseSensitivity(
  clean: ArrayLike<number>,
  noisy: ArrayLike<number>,
  width: number = 1,
): NoiseSensitivity {
  if (!(Number.isSafeInteger(width) && width > 0 && clean.length % width === 0))
    refuseOption('width', width, `a whole number that divides the ${clean.length} outputs`)
  checkLength('noisy', noisy, clean.length, 'clean')
  const [before, after] = [finiteColumn('clean', clean, width), finiteColumn('noisy', noisy, width)]
  const n = before.length / width
  if (n === 0) return { n, meanAbsolute: null, rootMeanSquare: null, largest: null, relative: null, flips: null }
  const moved = after.map((value, i) => Math.abs(value - before[i]!))
  const squares = moved.reduce((sum, value) => sum + value ** 2, 0)
  let flips = 0
  for (let from = 0; from < before.length; from += width)
    if (largestOf(before, from, width) !== largestOf(after, from, width)) flips++
  const mean = meanOf(before)
  const spread = squaresAround(before, mean)
  return {
    n,
    meanAbsolute: moved.reduce((sum, value) => sum + value, 0) / moved.length,
    rootMeanSquare: Math.sqrt(squares / moved.length),
    largest: moved.reduce((most, value) => Math.max(most, value), 0),
    relative: spread === 0 ? null : Math.sqrt(squares / spread),
    flips: width === 1 ? null : flips / n,
  }
}
