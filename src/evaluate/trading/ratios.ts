/** Reward for risk of a series of returns. */
import { finiteColumn, refuseOption } from '../checks.ts'
import { meanOf, squaresAround } from '../metrics/spread.ts'

/** How returns of single periods become ratios of a year. */
export interface RatioOptions {
  /** Periods in a year, e.g. 35,040 of 15 minutes in 365 days. Default 1: nothing is annualised. */
  readonly periodsPerYear?: number | undefined
  /** Return of one period that counts as nothing earned, as a fraction. Default 0. */
  readonly target?: number | undefined
}

function excess(returns: ArrayLike<number>, options: RatioOptions): [values: Float64Array, factor: number] {
  const { periodsPerYear = 1, target = 0 } = options
  if (!(periodsPerYear > 0 && Number.isFinite(periodsPerYear)))
    refuseOption('periodsPerYear', periodsPerYear, 'a positive number')
  if (!Number.isFinite(target)) refuseOption('target', target, 'a finite number')
  return [finiteColumn('returns', returns).map((value) => value - target), Math.sqrt(periodsPerYear)]
}

/**
 * Sharpe ratio: mean excess return / its standard deviation (n - 1), times the root of the periods in a year (Sharpe 1994, The
 * Sharpe Ratio). The root is right where returns are not autocorrelated (Lo 2002, The Statistics of Sharpe Ratios).
 *
 * @param returns simple returns of single periods, as fractions
 * @returns `null` below two returns, or where all are equal
 * @throws `evaluate/row` for a return that is not finite, `evaluate/option`
 * @example
 * ```ts
 * sharpeRatio(returns, { periodsPerYear: periodsPerYear('15m') })
 * ```
 */
export function sharpeRatio(returns: ArrayLike<number>, options: RatioOptions = {}): number | null {
  const [values, factor] = excess(returns, options)
  if (values.length < 2) return null
  const mean = meanOf(values)
  const squares = squaresAround(values, mean)
  return squares === 0 ? null : (mean / Math.sqrt(squares / (values.length - 1))) * factor
}

/**
 * Sortino ratio: mean excess return / root of the mean square of what lies below the target, over all periods (Sortino and Price
 * 1994, Performance Measurement in a Downside Risk Framework), annualised as the Sharpe ratio is.
 *
 * @param returns simple returns of single periods, as fractions
 * @returns `null` below two returns, or where none lies below the target
 * @throws `evaluate/row` for a return that is not finite, `evaluate/option`
 */
export function sortinoRatio(returns: ArrayLike<number>, options: RatioOptions = {}): number | null {
  const [values, factor] = excess(returns, options)
  if (values.length < 2) return null
  const downside = values.reduce((sum, value) => sum + Math.min(value, 0) ** 2, 0) / values.length
  return downside === 0 ? null : (meanOf(values) / Math.sqrt(downside)) * factor
}
