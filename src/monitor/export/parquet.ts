/** Apache Parquet: one row group for each block. Loaded only where somebody writes it. */
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import type { PredictionRow } from '../row.ts'
import type { Cell, Column } from './columns.ts'
import type { RowEncoder } from './encoder.ts'

const types: Readonly<Record<Column['kind'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  flag: { type: 'BOOLEAN' },
}

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(({ name, kind }) => ({ name, ...types[kind], repetition_type: 'OPTIONAL' as const })),
]

const stored = (kind: Column['kind'], cell: Cell): Cell | bigint =>
  kind === 'integer' && typeof cell === 'number' ? BigInt(cell) : cell

/** Writes every column as nullable; times are INT64, ms since the epoch. */
export class ParquetRows implements RowEncoder {
  readonly #columns: readonly Column[]
  readonly #bytes: ByteWriter = new ByteWriter()
  readonly #writer: ParquetWriter

  constructor(columns: readonly Column[]) {
    this.#columns = columns
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: schemaOf(columns), createdBy: 'candlewick' })
  }

  head(): Uint8Array<ArrayBuffer> {
    return this.#taken()
  }

  block(rows: readonly PredictionRow[]): Uint8Array<ArrayBuffer> {
    const columnData = this.#columns.map(({ name, kind, cell }): ColumnSource => {
      const data = rows.map((row) => stored(kind, cell(row)))
      // A dictionary would take -0 for 0.
      return kind === 'number' ? { name, data, encoding: 'PLAIN' } : { name, data }
    })
    void this.#writer.write({ columnData, rowGroupSize: rows.length })
    return this.#taken()
  }

  tail(): Uint8Array<ArrayBuffer> {
    void this.#writer.finish()
    return this.#taken()
  }

  /** What was written since the last time. The buffer starts again; the count of all bytes, which offsets need, goes on. */
  #taken(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#bytes.getBytes())
    this.#bytes.index = 0
    return bytes
  }
}
