/** Weights as the matrices that products read. */
import type { Linear } from './expression.ts'

/** A matrix [rows, columns], row major: rows are inputs, columns outputs. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

/** [out, in] as the matrix [in, out] that a product reads. */
export function matrixOf({ weight, out, over }: Linear): Matrix {
  const [rows, columns] = [over.size, out.size]
  const data = new Float32Array(weight.length)
  for (let column = 0; column < columns; column += 1)
    for (let row = 0; row < rows; row += 1) data[row * columns + column] = weight[column * rows + row]!
  return { rows, columns, data }
}

/** Matrices over the same inputs as one. */
export function sideBySide(matrices: readonly Matrix[]): Matrix {
  const rows = matrices[0]!.rows
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0)
  const data = new Float32Array(rows * columns)
  let start = 0
  for (const matrix of matrices) {
    for (let row = 0; row < rows; row += 1)
      data.set(matrix.data.subarray(row * matrix.columns, (row + 1) * matrix.columns), row * columns + start)
    start += matrix.columns
  }
  return { rows, columns, data }
}
