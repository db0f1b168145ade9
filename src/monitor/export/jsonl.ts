/** One JSON text a line: everything that a row has, under the names that it has in the program. */
import type { PredictionRow } from '../row.ts'
import type { RowEncoder } from './encoder.ts'

const encode = new TextEncoder()

/** JSON has no typed arrays. */
const plain = (_: string, value: unknown): unknown => (value instanceof Float32Array ? Array.from(value) : value)

/** Float32 values become the decimal numbers that read back to the same values; NaN and infinity become `null`. */
export const jsonLines: RowEncoder = {
  head: () => new Uint8Array(),
  block: (rows: readonly PredictionRow[]) =>
    encode.encode(rows.map((row) => `${JSON.stringify(row, plain)}\n`).join('')),
  tail: () => new Uint8Array(),
}
