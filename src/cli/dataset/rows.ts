/** The rows of a data set: features of the bars after the warm-up, and targets beside them. */
import { CandlewickError } from '../../core/errors.ts'
import type { CandleColumns, CandleSeries } from '../../core/series.ts'
import { computeTargets, FeatureStream, targetHorizon } from '../../features/index.ts'
import type { DatasetBlock } from './encoder.ts'

/** Rows of a block: enough for a row group, few enough to stop between two. */
const blockRows = 4096

/** What stands in a row. */
export interface RowPlan {
  readonly ids: readonly string[]
  readonly targets: boolean
  /** Candles until the first complete row. */
  readonly warmup: number
}

/** The part of a series that has rows: [from, to). */
interface Span {
  readonly from: number
  readonly to: number
  readonly rows: number
}

/**
 * The bars of a series that have rows: from the first on which all features are warm, to the last that has targets.
 *
 * @throws `dataset/empty` where there are none
 */
export function spanOf({ symbol, length }: CandleSeries, { warmup, targets }: RowPlan): Span {
  const ahead = targets ? targetHorizon : 0
  const need = warmup + ahead
  if (length < need) throw new CandlewickError('dataset/empty', { symbol, have: length, need })
  return { from: warmup - 1, to: length - ahead, rows: length - need + 1 }
}

function checkFinite(values: Float64Array, ids: readonly string[], time: Float64Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return
  const row = Math.floor(at / ids.length)
  throw new CandlewickError('feature/non-finite', { id: ids[at % ids.length]!, at: time[row]!, value: values[at]! })
}

/** Rows of both, each row of the first before that of the second. */
function sideBySide(rows: number, first: Float64Array, second: Float64Array): Float64Array {
  const [left, right] = [first.length / rows, second.length / rows]
  const joined = new Float64Array(first.length + second.length)
  for (let row = 0, at = 0; row < rows; row++, at += left + right) {
    joined.set(first.subarray(row * left, (row + 1) * left), at)
    joined.set(second.subarray(row * right, (row + 1) * right), at + left)
  }
  return joined
}

/**
 * The rows of a series, block by block.
 *
 * @throws `feature/non-finite` where a feature is not a number, `candle/benchmark`
 */
export function* rowsOf(
  series: CandleSeries,
  plan: RowPlan,
  benchmark?: CandleColumns,
): Generator<DatasetBlock, void, void> {
  const { symbol, columns } = series
  const { ids, targets } = plan
  const stream = new FeatureStream(ids, { benchmark: benchmark !== undefined })
  const { from, to } = spanOf(series, plan)
  stream.advance(columns, 0, from, undefined, benchmark)
  for (let start = from; start < to; start += blockRows) {
    const end = Math.min(start + blockRows, to)
    const time = columns.time.subarray(start, end)
    const values = new Float64Array((end - start) * ids.length)
    stream.advance(columns, start, end, values, benchmark)
    checkFinite(values, ids, time)
    yield {
      symbol,
      time,
      values: targets
        ? sideBySide(end - start, values, computeTargets(columns, { from: start, to: end }).values)
        : values,
    }
  }
}
