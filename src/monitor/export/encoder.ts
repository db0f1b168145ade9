/** What every file format of the log must do. */
import type { PredictionRow } from '../row.ts'

/** Turns rows into the bytes of a file, block by block. */
export interface RowEncoder {
  head(): Uint8Array<ArrayBuffer>
  block(rows: readonly PredictionRow[]): Uint8Array<ArrayBuffer>
  tail(): Uint8Array<ArrayBuffer>
}
