/** Rows as a file, in a stream: as fast as it is read, and never in memory as a whole. */
import type { LogQuery } from '../query.ts'
import type { PredictionRow } from '../row.ts'
import { TableShape } from './columns.ts'
import { CsvRows } from './csv.ts'
import type { RowEncoder } from './encoder.ts'
import { jsonLines } from './jsonl.ts'

/** How far an export is. */
export interface ExportProgress {
  readonly rows: number
  /** Rows in all; 0 where it is not known, because JSON Lines are written in one pass. */
  readonly total: number
  readonly bytes: number
}

/** Which rows are written, and how. */
export interface ExportOptions extends LogQuery {
  /** `jsonl` has everything; the two tables leave out `features.last`. */
  readonly format: 'jsonl' | 'csv' | 'parquet'
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined
}

/** Gives the rows of a query, each time of the same state of the log. */
type ReadState = (query: LogQuery) => AsyncIterable<PredictionRow>

/** Rows that become bytes at once; a row group in Parquet. */
const blockRows = 1024

/** Tables name their columns before their first row, so their rows are read twice. */
async function chooseEncoder(
  read: ReadState,
  { format, ...query }: ExportOptions,
): Promise<{ encoder: RowEncoder; total: number }> {
  if (format === 'jsonl') return { encoder: jsonLines, total: 0 }
  const shape = new TableShape()
  for await (const row of read(query)) shape.add(row)
  if (format === 'csv') return { encoder: new CsvRows(shape.columns), total: shape.rows }
  const { ParquetRows } = await import('./parquet.ts')
  return { encoder: new ParquetRows(shape.columns), total: shape.rows }
}

async function* encodeRows(
  open: () => Promise<ReadState>,
  options: ExportOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const read = await open()
  const { encoder, total } = await chooseEncoder(read, options)
  let [rows, bytes] = [0, 0]
  const counted = (piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    bytes += piece.byteLength
    options.onProgress?.({ rows, total, bytes })
    return piece
  }
  yield counted(encoder.head())
  let block: PredictionRow[] = []
  for await (const row of read(options)) {
    block.push(row)
    if (block.length < blockRows) continue
    rows += block.length
    yield counted(encoder.block(block))
    block = []
  }
  rows += block.length
  if (block.length > 0) yield counted(encoder.block(block))
  yield counted(encoder.tail())
}

/** The file as a stream of bytes. Cancelling it, or aborting the signal, ends the reading. */
export function exportRows(
  open: () => Promise<ReadState>,
  options: ExportOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = encodeRows(open, options)
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    async pull(controller) {
      // An empty piece would not answer the pull.
      for (;;) {
        const { done, value } = await pieces.next()
        if (done === true) return controller.close()
        if (value.byteLength > 0) return controller.enqueue(value)
      }
    },
    async cancel() {
      await pieces.return()
    },
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
