/** Features of a whole series at once. */
import type { CandleColumns } from '../core/series.ts'
import { FeatureStream } from './stream.ts'

/** Rows of features, one after another. */
export interface FeatureMatrix {
  readonly ids: readonly string[]
  readonly rows: number
  /** Row-major; `rows` x `ids`. */
  readonly values: Float64Array
  /** Row of the series that the first row of the matrix belongs to. */
  readonly from: number
}

/**
 * Computes features of all bars of a series; they equal those of a stream to the last bit.
 *
 * @param options `from`: the first bar whose row is wanted (default 0); earlier bars warm the features up
 * @throws `feature/unknown`
 */
export function computeFeatures(
  ids: readonly string[],
  columns: CandleColumns,
  options: { readonly from?: number | undefined } = {},
): FeatureMatrix {
  const from = Math.min(Math.max(options.from ?? 0, 0), columns.length)
  const stream = new FeatureStream(ids)
  const values = new Float64Array((columns.length - from) * ids.length)
  stream.advance(columns, 0, from)
  stream.advance(columns, from, columns.length, values)
  return { ids: stream.ids, rows: columns.length - from, values, from }
}
