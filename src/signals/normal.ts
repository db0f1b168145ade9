/** The standard normal distribution. */

/** From here on the series takes long and the fraction is exact. */
const seriesLimit = 3

/** The error function by the series of positive terms 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (1·3·…·(2n+1)). */
function erfBySeries(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** One minus the error function by its continued fraction, from the inside out. */
function erfcByFraction(x: number): number {
  let below = x
  for (let n = 60; n >= 1; n -= 1) below = x + n / 2 / below
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / below
}

/**
 * Probability that a standard normal number is above `z`: erfc(z / sqrt 2) / 2, right to about 14 digits.
 *
 * @param z any number but NaN
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const tail = (x < seriesLimit ? 1 - erfBySeries(x) : erfcByFraction(x)) / 2
  return z < 0 ? 1 - tail : tail
}
