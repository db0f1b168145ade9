/** How values lie that one metric takes in several windows, symbols or moments. */

/** Mean and spread of a metric over several places. Where it is undefined, it is counted and left out. */
export interface Spread {
  /** Places where the metric is defined. */
  readonly n: number
  /** Places where it is not. */
  readonly undefinedCount: number
  /** `null` where `n` is 0. */
  readonly mean: number | null
  /** With n - 1 in the divisor; `null` where `n` is below 2. */
  readonly variance: number | null
  /** Square root of the variance. */
  readonly std: number | null
  /** Mean / standard deviation: for an IC, the ICIR. `null` where the deviation is 0 or undefined. */
  readonly meanByStd: number | null
  readonly min: number | null
  readonly max: number | null
}

/** Mean of doubles; 0 for none. The first value is the origin, so equal values have exactly that mean. */
export function meanOf(values: ArrayLike<number>): number {
  const n = values.length
  if (n === 0) return 0
  const origin = values[0]!
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]! - origin
  return origin + sum / n
}

/** Sum of squared distances from a value, usually the mean. */
export function squaresAround(values: ArrayLike<number>, centre: number): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2
  return sum
}

/**
 * Mean, variance and extremes of a metric over windows: how stable it is. Equal values have a variance of exactly 0.
 *
 * @param values one for each place; `null` where the metric is undefined
 * @example
 * ```ts
 * spreadOf([0.1, null, 0.3]) // n 2, undefinedCount 1, mean 0.2, variance 0.02
 * ```
 */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null)
  const n = known.length
  const undefinedCount = values.length - n
  if (n === 0)
    return { n, undefinedCount, mean: null, variance: null, std: null, meanByStd: null, min: null, max: null }
  const mean = meanOf(known)
  const variance = n < 2 ? null : squaresAround(known, mean) / (n - 1)
  const std = variance === null ? null : Math.sqrt(variance)
  return {
    n,
    undefinedCount,
    mean,
    variance,
    std,
    meanByStd: std === null || std === 0 ? null : mean / std,
    min: known.reduce((least, value) => Math.min(least, value)),
    max: known.reduce((most, value) => Math.max(most, value)),
  }
}
