/** What every evaluation refuses, with the row or the option by name. */
import { CandlewickError } from '../core/errors.ts'

/** Refuses one value of a column. */
export function refuseRow(column: string, row: number, value: unknown, expected: string): never {
  throw new CandlewickError('evaluate/row', { column, row, value: String(value), expected })
}

/** Refuses an option, or the shape of what was given. */
export function refuseOption(option: string, value: unknown, expected: string): never {
  throw new CandlewickError('evaluate/option', { option, value: String(value), expected })
}

/** A column as its own array of doubles, after every value was found finite; with a `width`, of so many values a row. */
export function finiteColumn(column: string, values: ArrayLike<number>, width: number = 1): Float64Array {
  const copy = new Float64Array(values)
  for (let i = 0; i < copy.length; i++)
    if (!Number.isFinite(copy[i])) {
      const name = width === 1 ? column : `${column}[${i % width}]`
      refuseRow(name, Math.floor(i / width), values[i], 'a finite number')
    }
  return copy
}

/** Refuses a column that is not as long as another. */
export function checkLength(column: string, values: { readonly length: number }, length: number, as: string): void {
  if (values.length !== length) refuseOption(column, `${values.length} values long`, `${length} long, as ${as} is`)
}

/** Refuses an option that is not a whole number of at least `low`. */
export function checkCount(option: string, value: number, low: number = 1): void {
  if (!(Number.isSafeInteger(value) && value >= low)) refuseOption(option, value, `a whole number of at least ${low}`)
}

function checkClass(column: string, row: number, value: number | undefined, count: number): void {
  if (!(Number.isInteger(value) && value! >= 0 && value! < count))
    refuseRow(column, row, value, `a class number from 0 to ${count - 1}`)
}

/** Class numbers as their own array, after every one was found to be below `count`. */
export function classColumn(column: string, values: ArrayLike<number>, count: number): Int32Array {
  for (let row = 0; row < values.length; row++) checkClass(column, row, values[row], count)
  return new Int32Array(values)
}

/** The values of some rows, each checked; the others are not looked at. */
export function finiteRows(column: string, values: ArrayLike<number>, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    const value = values[row]!
    return Number.isFinite(value) ? value : refuseRow(column, row, value, 'a finite number')
  })
}

/** The class numbers of some rows, each checked; the others are not looked at. */
export function classRows(column: string, values: ArrayLike<number>, rows: Int32Array, count: number): Int32Array {
  return rows.map((row) => {
    checkClass(column, row, values[row], count)
    return values[row]!
  })
}
