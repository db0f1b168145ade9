/** Windows of past bars, in batches: features in blocks, each row computed and scaled once. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import { mapColumns } from '../core/history.ts'
import type { CandleColumns } from '../core/series.ts'
import { Scaler } from './scaler.ts'
import { FeatureStream } from './stream.ts'
import type { PipelineOptions } from './track.ts'

/** Bars whose features are computed at a time. */
const block = 512

/** A batch of windows. */
export interface WindowBatch {
  /** Row of the bar that the first window ends at. */
  readonly firstBar: number
  readonly count: number
  /** `[count][window][features]`, oldest bar first; reused by the next batch. */
  readonly windows: Float32Array
}

/** What to look at, and how. */
export interface PastWindowsOptions {
  /** Bars wanted, counted from the newest. Default: as many as the history allows. */
  readonly last?: number | undefined
  /** Windows in a batch. Default 32. */
  readonly batch?: number | undefined
  /** The benchmark's columns, row by row of the same times, where a feature requires them. */
  readonly benchmark?: CandleColumns | undefined
  readonly signal?: AbortSignal | undefined
  /** Told about bars taken before the first window. */
  readonly onProgress?: ((bars: number) => void) | undefined
}

const windowsAfter = (warmup: number, length: number, window: number): number =>
  Math.max(length - warmup - window + 2, 0)

/** How many bars of a history have a window. */
export function countWindows(length: number, pipeline: PipelineOptions): number {
  const { warmup } = new FeatureStream(pipeline.ids, { benchmark: pipeline.benchmark })
  return windowsAfter(warmup, length, pipeline.window)
}

/**
 * The windows of the last bars of a checked history, oldest first, bit for bit those that streaming gives.
 *
 * @throws `feature/unknown`, `feature/benchmark-required`, `candle/benchmark`, `feature/non-finite`
 */
export async function* pastWindows(
  columns: CandleColumns,
  pipeline: PipelineOptions,
  options: PastWindowsOptions = {},
): AsyncGenerator<WindowBatch, void, undefined> {
  const stream = new FeatureStream(pipeline.ids, { benchmark: pipeline.benchmark })
  const { benchmark, batch = 32 } = options
  const scaler = pipeline.scaler ?? Scaler.identity(pipeline.ids)
  const available = windowsAfter(stream.warmup, columns.length, pipeline.window)
  const first = columns.length - Math.min(options.last ?? available, available)
  if (first === columns.length) return
  const width = pipeline.ids.length
  const carried = pipeline.window - 1
  // The rows of the window before the first bar, then the rows of one block.
  const scaled = new Float32Array((carried + block) * width)
  const rows = new Float64Array(Math.max(carried, block) * width)
  const windows = new Float32Array(batch * pipeline.window * width)

  /** Computes the features of bars [from, to) and scales them into row `row` and after. */
  const compute = (from: number, to: number, row: number): void => {
    stream.advance(columns, from, to, rows.subarray(0, (to - from) * width), benchmark)
    for (let k = 0; k < to - from; k++) {
      const values = rows.subarray(k * width, (k + 1) * width)
      scaler.transform(values, scaled, (row + k) * width, columns.time[from + k]!)
    }
  }

  for (let bar = 0; bar < first - carried; bar += 16 * block) {
    stream.advance(columns, bar, Math.min(bar + 16 * block, first - carried), undefined, benchmark)
    options.onProgress?.(stream.bars)
    await breathe()
    throwIfAborted(options.signal)
  }
  compute(first - carried, first, 0)

  for (let start = first; start < columns.length; start += block) {
    const end = Math.min(start + block, columns.length)
    compute(start, end, carried)
    for (let bar = start; bar < end; bar += batch) {
      const count = Math.min(batch, end - bar)
      for (let k = 0; k < count; k++) {
        const row = bar - start + k
        windows.set(scaled.subarray(row * width, (row + pipeline.window) * width), k * pipeline.window * width)
      }
      yield { firstBar: bar, count, windows: windows.subarray(0, count * pipeline.window * width) }
      await breathe()
      throwIfAborted(options.signal)
    }
    scaled.copyWithin(0, (end - start) * width, (end - start + carried) * width)
  }
}

/**
 * The windows that end at chosen bars of a checked history, e.g. to see how a model answers when they are disturbed.
 *
 * @param pipeline `ids`, `scaler` and `window` of the model: `features.names`, `new Scaler(parseScaler(scaler, names))` and
 * `features.lookback` of what `registry.load` gives
 * @param bars rows of `columns`, each above the one before and with a window
 * @returns `[bars][window][features]`, oldest bar of a window first
 * @throws TypeError for bars that do not rise or have no window; `feature/…` as {@link pastWindows}; the signal's reason when it aborts
 * @example
 * ```ts
 * const windows = await windowsAt(series.columns, { ids: names, scaler, window: 96, timeframe: '15m' }, [500, 700, 900])
 * ```
 */
export async function windowsAt(
  columns: CandleColumns,
  pipeline: PipelineOptions,
  bars: ArrayLike<number>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Float32Array<ArrayBuffer>> {
  const size = pipeline.window * pipeline.ids.length
  const chosen = new Float32Array(bars.length * size)
  if (bars.length === 0) return chosen
  const [first, end] = [bars[0]!, bars[bars.length - 1]! + 1]
  const length = Math.min(end, columns.length)
  const history = mapColumns(columns, length, (column) => column.subarray(0, length))
  let count = 0
  for await (const batch of pastWindows(history, pipeline, { last: Math.max(end - first, 0), signal: options.signal }))
    while (bars[count]! < batch.firstBar + batch.count && bars[count]! >= batch.firstBar) {
      const from = (bars[count]! - batch.firstBar) * size
      chosen.set(batch.windows.subarray(from, from + size), count++ * size)
    }
  if (count < bars.length)
    throw new TypeError(`bars[${count}] is ${bars[count]}: it has no window, or is not above the one before.`)
  return chosen
}
