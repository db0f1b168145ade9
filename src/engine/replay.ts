/** Signals of past bars: features in blocks, windows in batches. The same formulas and the same model as live. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import type { CandleColumns } from '../core/series.ts'
import { FeatureStream } from '../features/index.ts'
import type { ReplayOptions } from './core.ts'
import type { TrackPlan } from './symbol-track.ts'

/** Bars whose features are computed before the model runs on them. */
const block = 512
/** Windows in one run of the model: more gains nothing on one thread and costs memory. */
const batch = 32

/** What replay asks of its owner. */
export interface ReplayHooks<T> {
  /** Runs the model on `count` windows, `[count, window, features]` row-major. */
  readonly run: (windows: Float32Array, count: number) => Promise<Float32Array>
  /** Turns one row of the model's output into an answer for a bar. */
  readonly answer: (output: Float32Array, row: number, bar: number) => T
}

/**
 * Answers for the last bars of a checked history, oldest first.
 *
 * @param symbol for the error message
 * @throws `engine/not-ready`, `feature/non-finite`, `inference/…`
 */
export async function replayHistory<T>(
  symbol: string,
  columns: CandleColumns,
  plan: TrackPlan,
  options: ReplayOptions,
  hooks: ReplayHooks<T>,
): Promise<T[]> {
  const stream = new FeatureStream(plan.ids)
  const need = stream.warmup + plan.window - 1
  const available = columns.length - need + 1
  if (available < 1) throw new CandlewickError('engine/not-ready', { symbol, have: columns.length, need })
  const total = Math.min(options.last ?? available, available)
  const answers: T[] = []
  const width = plan.ids.length
  const carried = plan.window - 1
  // Rows of the window before the first bar, then the rows of one block.
  const scaled = new Float32Array((carried + block) * width)
  const rows = new Float64Array((carried + block) * width)

  /** Computes the features of bars [from, to) and scales them into row `row` and after. */
  const compute = (from: number, to: number, row: number): void => {
    stream.advance(columns, from, to, rows.subarray(0, (to - from) * width))
    for (let k = 0; k < to - from; k++)
      plan.scaler.transform(
        rows.subarray(k * width, (k + 1) * width),
        scaled,
        (row + k) * width,
        columns.time[from + k]!,
      )
  }

  const first = columns.length - total
  for (let bar = 0; bar < first - carried; bar += 16 * block) {
    stream.advance(columns, bar, Math.min(bar + 16 * block, first - carried))
    options.onProgress?.({ phase: 'features', loaded: stream.bars, total: columns.length })
    await breathe()
    throwIfAborted(options.signal)
  }
  compute(first - carried, first, 0)

  for (let start = first; start < columns.length; start += block) {
    const end = Math.min(start + block, columns.length)
    compute(start, end, carried)
    for (let bar = start; bar < end; bar += batch) {
      const count = Math.min(batch, end - bar)
      const windows = new Float32Array(count * plan.window * width)
      for (let k = 0; k < count; k++) {
        const row = bar - start + k
        windows.set(scaled.subarray(row * width, (row + plan.window) * width), k * plan.window * width)
      }
      const output = await hooks.run(windows, count)
      for (let k = 0; k < count; k++) answers.push(hooks.answer(output, k, bar + k))
      options.onProgress?.({ phase: 'inference', loaded: answers.length, total })
      await breathe()
      throwIfAborted(options.signal)
    }
    scaled.copyWithin(0, (end - start) * width, (end - start + carried) * width)
  }
  return answers
}
