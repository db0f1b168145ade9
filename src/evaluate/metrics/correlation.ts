/** Correlation, by value (Pearson) and by rank (Spearman): the information coefficients of a forecast. */
import { checkLength, finiteColumn } from '../checks.ts'
import { meanOf } from './spread.ts'

/** Divides by the largest size, so that squares neither overflow nor vanish. */
function toUnitSize(values: Float64Array): Float64Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest === 0 ? values : values.map((value) => value / largest)
}

/** The correlation of two columns of finite doubles of one length; see {@link pearson}. */
export function correlationOf(x: Float64Array, y: Float64Array): number | null {
  const n = x.length
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  // Products of very small or very large squares leave the range of doubles.
  const inRange = xx > 1e-150 && yy > 1e-150 && xx < 1e150 && yy < 1e150
  if (!inRange) return correlationOfExtremes(x, y, meanX, meanY)
  return Math.min(Math.max(xy / Math.sqrt(xx * yy), -1), 1)
}

function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}

function correlationOfExtremes(x: Float64Array, y: Float64Array, meanX: number, meanY: number): number | null {
  // Baselines are constant, and a bootstrap asks a thousand times.
  if (isConstant(x) || isConstant(y)) return null
  const dx = toUnitSize(x.map((value) => value - meanX))
  const dy = toUnitSize(y.map((value) => value - meanY))
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < dx.length; i++) {
    xx += dx[i]! * dx[i]!
    yy += dy[i]! * dy[i]!
    xy += dx[i]! * dy[i]!
  }
  const correlation = xy / Math.sqrt(xx * yy)
  return Number.isFinite(correlation) ? Math.min(Math.max(correlation, -1), 1) : null
}

/**
 * Pearson's correlation (1895), from -1 to 1. Between predicted and actual returns it is the information coefficient, IC
 * (Grinold and Kahn 1999, Active Portfolio Management, ch. 6).
 *
 * @returns `null` where it is undefined: below two rows, or where one of the columns never changes
 * @throws `evaluate/row` for a value that is not finite, `evaluate/option` for columns of different length
 * @example
 * ```ts
 * pearson([1, 2, 3], [2, 4, 6]) // 1
 * pearson([1, 1, 1], [2, 4, 6]) // null
 * ```
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  checkLength('y', y, x.length, 'x')
  return correlationOf(finiteColumn('x', x), finiteColumn('y', y))
}

/**
 * Ranks from 1 on; equal values share the mean of their ranks.
 *
 * @throws `evaluate/row` for a value that is not finite
 * @example
 * ```ts
 * averageRanks([30, 10, 30]) // [2.5, 1, 2.5]
 * ```
 */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  return new RankedColumn(finiteColumn('values', values)).ranks()
}

/**
 * Spearman's rank correlation (1904): Pearson's of the average ranks. Between predicted and actual returns it is the rank IC.
 *
 * @returns `null` where it is undefined, as with {@link pearson}
 * @throws `evaluate/row` for a value that is not finite, `evaluate/option` for columns of different length
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  checkLength('y', y, x.length, 'x')
  const ranks = (column: string, values: ArrayLike<number>): Float64Array =>
    new RankedColumn(finiteColumn(column, values)).ranks()
  return correlationOf(ranks('x', x), ranks('y', y))
}

/** A column whose samples are ranked without sorting again: a sample has no values that the column has not. */
export class RankedColumn {
  /** For each row, how many different values are smaller than its own. */
  readonly #places: Int32Array
  readonly #counts: Int32Array
  readonly #rankOf: Float64Array

  constructor(values: Float64Array) {
    const distinct = new Float64Array(values).sort()
    let count = 0
    for (let i = 0; i < distinct.length; i++)
      // `===` takes 0 and -0 for equal, as ranks must.
      if (i === 0 || distinct[i] !== distinct[count - 1]) distinct[count++] = distinct[i]!
    this.#places = new Int32Array(values.length)
    for (let row = 0; row < values.length; row++) this.#places[row] = placeOf(distinct, count, values[row]!)
    this.#counts = new Int32Array(count)
    this.#rankOf = new Float64Array(count)
  }

  /** Average ranks of all rows. */
  ranks(): Float64Array {
    const all = Int32Array.from(this.#places.keys())
    return this.ranksOf(all, new Float64Array(all.length))
  }

  /** Average ranks of a sample of the rows in its order; a row may be there several times. */
  ranksOf(sample: Int32Array, into: Float64Array): Float64Array {
    const [places, counts, rankOf] = [this.#places, this.#counts.fill(0), this.#rankOf]
    for (let i = 0; i < sample.length; i++) counts[places[sample[i]!]!]!++
    let before = 0
    for (let place = 0; place < counts.length; place++) {
      const count = counts[place]!
      rankOf[place] = before + (count + 1) / 2
      before += count
    }
    for (let i = 0; i < sample.length; i++) into[i] = rankOf[places[sample[i]!]!]!
    return into
  }
}

/** Where a value stands among the first `count` rising values. */
function placeOf(rising: Float64Array, count: number, value: number): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rising[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
