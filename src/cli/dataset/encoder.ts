/** From rows of numbers to the bytes of a file, block by block. */
import { CsvEncoder } from './csv.ts'
import { NpyEncoder } from './npy.ts'
import { ParquetEncoder } from './parquet.ts'

/** What a data set holds; it is known before the first row is. */
export interface DatasetShape {
  /** Names of the columns after `time` and `symbol`. */
  readonly columns: readonly string[]
  readonly rows: number
  /** Whether rows say which symbol they are of. */
  readonly symbols: boolean
}

/** Some rows of one symbol. */
export interface DatasetBlock {
  readonly symbol: string
  /** Bar-open time of each row in ms. */
  readonly time: Float64Array
  /** Row-major; rows x columns. */
  readonly values: Float64Array
}

/** Writes one format. What a method returns is valid until the next call. */
export interface DatasetEncoder {
  head(): Uint8Array
  block(block: DatasetBlock): Uint8Array
  tail(): Uint8Array
  /** A small text that belongs beside the file: how its name ends instead, and what it says. */
  readonly companion?: { readonly ending: string; readonly text: string }
}

/** The formats by the ends of file names. */
export const encoders: Readonly<Record<string, new (shape: DatasetShape) => DatasetEncoder>> = {
  '.csv': CsvEncoder,
  '.npy': NpyEncoder,
  '.parquet': ParquetEncoder,
}
