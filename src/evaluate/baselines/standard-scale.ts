/** Scaling of features for a regression: the mean becomes 0 and the deviation 1, by the rows that teach it. */

/** Deviations from the mean at which a value is cut: one spike must not outweigh all other rows. */
const clip = 10

/** A fitted scale. */
export class StandardScale {
  readonly #means: Float64Array
  readonly #deviations: Float64Array

  /** @param rows row-major, at least one row of `width` values */
  constructor(rows: Float64Array, width: number) {
    const count = rows.length / width
    const means = new Float64Array(width)
    for (let i = 0; i < rows.length; i++) means[i % width]! += rows[i]! / count
    const squares = new Float64Array(width)
    for (let i = 0; i < rows.length; i++) squares[i % width]! += (rows[i]! - means[i % width]!) ** 2 / count
    this.#means = means
    // A column that moves by rounding alone says nothing.
    this.#deviations = squares.map((square, i) =>
      Math.sqrt(square) > 1e-12 * Math.abs(means[i]!) ? Math.sqrt(square) : 1,
    )
  }

  /** Scales rows where they are. */
  apply(rows: Float64Array): Float64Array {
    const width = this.#means.length
    for (let i = 0; i < rows.length; i++) {
      const scaled = (rows[i]! - this.#means[i % width]!) / this.#deviations[i % width]!
      rows[i] = Math.max(-clip, Math.min(clip, scaled))
    }
    return rows
  }
}
