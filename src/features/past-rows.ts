/** Features of chosen past bars: the others only move the state on. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import type { CandleColumns } from '../core/series.ts'
import { FeatureStream } from './stream.ts'

/** Bars whose features are computed between two chances for other work. */
const block = 512

/** Where features of past bars come from. */
export interface FeatureSource {
  readonly ids: readonly string[]
  /** Closed candles until the first complete row: bar `warmup - 1` is the first that has features. */
  readonly warmup: number
  /**
   * The rows of chosen bars of a checked history, in pieces.
   *
   * @param bars rows of `columns`, rising
   * @returns pieces of row-major rows, bars x ids, NaN where a feature is not warm; each piece is reused by the next
   * @throws the signal's reason when it aborts
   */
  readonly rowsAt: (
    columns: CandleColumns,
    bars: ArrayLike<number>,
    signal?: AbortSignal,
  ) => AsyncGenerator<Float64Array, void, undefined>
}

/**
 * Gives features of past bars bar by bar, before any scaling, e.g. for a baseline that is fitted on them. Features that require
 * a benchmark are refused.
 *
 * @param ids a model's `features.names`, in its order
 * @throws `feature/unknown`, `feature/benchmark-required`
 * @example
 * ```ts
 * const source = featureSource((await registry.load('patchtst_v1.0.0')).entry.features.names)
 * for await (const rows of source.rowsAt(series.columns, [400, 500])) console.log(rows.length / source.ids.length)
 * ```
 */
export function featureSource(ids: readonly string[]): FeatureSource {
  const { warmup } = new FeatureStream(ids)
  async function* rowsAt(
    columns: CandleColumns,
    bars: ArrayLike<number>,
    signal?: AbortSignal,
  ): AsyncGenerator<Float64Array, void, undefined> {
    const stream = new FeatureStream(ids)
    const computed = new Float64Array(block * ids.length)
    const rows = new Float64Array(block * ids.length)
    for (let next = 0; next < bars.length;) {
      throwIfAborted(signal)
      const start = stream.bars
      const end = Math.min(start + block, columns.length)
      if (!(bars[next]! >= start) || end === start)
        throw new TypeError(
          `bars[${next}] is ${bars[next]}: bars must rise, below the ${columns.length} of the series.`,
        )
      const wanted = bars[next]! < end
      stream.advance(columns, start, end, wanted ? computed.subarray(0, (end - start) * ids.length) : undefined)
      let count = 0
      for (; next < bars.length && bars[next]! < end && bars[next]! >= start; next++) {
        const from = (bars[next]! - start) * ids.length
        rows.set(computed.subarray(from, from + ids.length), count++ * ids.length)
      }
      if (count > 0) yield rows.subarray(0, count * ids.length)
      await breathe()
    }
  }
  return { ids: [...ids], warmup, rowsAt }
}
