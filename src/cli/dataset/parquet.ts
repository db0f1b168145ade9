/** Apache Parquet: one row group for each block, so that neither writing nor reading needs the whole. */
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import type { DatasetBlock, DatasetEncoder, DatasetShape } from './encoder.ts'

const required = { repetition_type: 'REQUIRED' } as const

function schemaOf({ columns, symbols }: DatasetShape): SchemaElement[] {
  const leaves: SchemaElement[] = [
    { name: 'time', type: 'INT64', ...required },
    ...(symbols ? [{ name: 'symbol', type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required } as const] : []),
    ...columns.map((name) => ({ name, type: 'DOUBLE', ...required }) as const),
  ]
  return [{ name: 'root', num_children: leaves.length }, ...leaves]
}

/** Writes `time` as INT64 (ms), `symbol` where there are several, and the columns as DOUBLE. */
export class ParquetEncoder implements DatasetEncoder {
  readonly #shape: DatasetShape
  readonly #bytes: ByteWriter = new ByteWriter()
  readonly #writer: ParquetWriter

  constructor(shape: DatasetShape) {
    this.#shape = shape
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: schemaOf(shape), createdBy: 'candlewick' })
  }

  head(): Uint8Array {
    return this.#taken()
  }

  block({ symbol, time, values }: DatasetBlock): Uint8Array {
    const { columns, symbols } = this.#shape
    const width = columns.length
    const column = (k: number): Float64Array => {
      const picked = new Float64Array(time.length)
      for (let row = 0, at = k; row < picked.length; row++, at += width) picked[row] = values[at]!
      return picked
    }
    const columnData: ColumnSource[] = [
      { name: 'time', data: BigInt64Array.from(time, BigInt), encoding: 'PLAIN' },
      ...(symbols ? [{ name: 'symbol', data: Array<string>(time.length).fill(symbol) }] : []),
      // A dictionary would take -0 for 0.
      ...columns.map((name, k): ColumnSource => ({ name, data: column(k), encoding: 'PLAIN' })),
    ]
    void this.#writer.write({ columnData, rowGroupSize: time.length })
    return this.#taken()
  }

  tail(): Uint8Array {
    void this.#writer.finish()
    return this.#taken()
  }

  /** What was written since the last time. The buffer starts again; the count of all bytes, which offsets need, goes on. */
  #taken(): Uint8Array {
    const bytes = this.#bytes.getBytes()
    this.#bytes.index = 0
    return bytes
  }
}
