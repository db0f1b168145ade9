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
 * @param options `from`: the first bar whose row is wanted (default 0); earlier bars warm the features up. `benchmark`: the
 * benchmark's bars of the same times, for features that require them
 * @throws `feature/unknown`, `feature/benchmark-required`, `candle/benchmark`
 */
export function computeFeatures(
  ids: readonly string[],
  columns: CandleColumns,
  options: { readonly from?: number | undefined; readonly benchmark?: CandleColumns | undefined } = {},
): FeatureMatrix {
  const from = Math.min(Math.max(options.from ?? 0, 0), columns.length)
  const { benchmark } = options
  const stream = new FeatureStream(ids, { benchmark: benchmark !== undefined })
  const values = new Float64Array((columns.length - from) * ids.length)
  stream.advance(columns, 0, from, undefined, benchmark)
  stream.advance(columns, from, columns.length, values, benchmark)
  return { ids: stream.ids, rows: columns.length - from, values, from }
}
