/** How far predicted returns lie from what came, and how well they order it. */
import { checkLength, finiteColumn } from '../checks.ts'
import { correlationOf, RankedColumn } from './correlation.ts'

/** Errors of predicted returns, in the unit of the returns. */
export interface RegressionMetrics {
  readonly n: number
  /** Mean absolute error; `null` without rows. So are `rmse` and `bias`. */
  readonly mae: number | null
  /** Root of the mean squared error. */
  readonly rmse: number | null
  /** Mean of predicted - actual: above 0, the model expects too much. */
  readonly bias: number | null
  /** Pearson's correlation of predicted and actual returns; `null` where one of them never changes. */
  readonly ic: number | null
  /** Spearman's. */
  readonly rankIc: number | null
}

/** The metrics of checked columns. */
export function regressionOf(predicted: Float64Array, actual: Float64Array): RegressionMetrics {
  const n = predicted.length
  if (n === 0) return { n, mae: null, rmse: null, bias: null, ic: null, rankIc: null }
  let [absolute, squares, sum] = [0, 0, 0]
  for (let row = 0; row < n; row++) {
    const error = predicted[row]! - actual[row]!
    absolute += Math.abs(error)
    squares += error * error
    sum += error
  }
  return {
    n,
    mae: absolute / n,
    rmse: Math.sqrt(squares / n),
    bias: sum / n,
    ic: correlationOf(predicted, actual),
    rankIc: correlationOf(new RankedColumn(predicted).ranks(), new RankedColumn(actual).ranks()),
  }
}

/**
 * Errors and information coefficients of predicted returns.
 *
 * @param predicted simple returns as fractions, one a row
 * @param actual as many
 * @throws `evaluate/row` for a value that is not finite, `evaluate/option` for columns of different length
 * @example
 * ```ts
 * const { ic, rankIc, rmse } = regressionMetrics(predictedReturns, actualReturns)
 * ```
 */
export function regressionMetrics(predicted: ArrayLike<number>, actual: ArrayLike<number>): RegressionMetrics {
  checkLength('actual', actual, predicted.length, 'predicted')
  return regressionOf(finiteColumn('predicted', predicted), finiteColumn('actual', actual))
}
