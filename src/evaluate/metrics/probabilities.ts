/** Probabilities of classes, row by row: their check, and the class that they call. */
import { refuseOption, refuseRow } from '../checks.ts'

/** Float32 softmax stays far within this. */
const sumTolerance = 1e-3

/** Probabilities as their own array of doubles, after each row was found to be a distribution. */
export function probabilityColumn(
  values: ArrayLike<number>,
  size: number,
  column: string = 'probabilities',
): Float64Array {
  const rows = values.length / size
  if (!Number.isInteger(rows))
    refuseOption(column, `${values.length} values long`, `${size} values, one for each class, a row`)
  const copy = new Float64Array(values)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let at = row * size; at < (row + 1) * size; at++) {
      const value = copy[at]!
      if (!(value >= 0 && value <= 1)) refuseRow(column, row, value, 'from 0 to 1')
      sum += value
    }
    if (Math.abs(sum - 1) > sumTolerance)
      refuseRow(column, row, `distributed with the sum ${sum}`, 'distributed with the sum 1')
  }
  return copy
}

/**
 * The most probable class of each row, by the rule of the signals: a call before none where they are equal, but none where two
 * calls are. Without a class that is no call, the first of equal ones.
 *
 * @param neutral number of the class that is no call, or -1
 */
export function mostProbableClasses(probabilities: Float64Array, size: number, neutral: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / size }, (_, row) => {
    let [call, most, equal] = [-1, -1, 0]
    for (let i = 0; i < size; i++) {
      const value = probabilities[row * size + i]!
      if (i === neutral || value < most) continue
      if (value > most) [call, most, equal] = [i, value, 1]
      else equal++
    }
    if (neutral === -1) return call
    return equal > 1 || probabilities[row * size + neutral]! > most ? neutral : call
  })
}
