/** Shares a replay among lanes, so that together they give what one would have given, to the bit. */
import { candlesOf } from '../core/history.ts'
import { type CandleColumns, CandleSeries, type SeriesOptions } from '../core/series.ts'
import { timeframeMs } from '../core/timeframe.ts'
import type { EngineProgress } from '../engine/core.ts'
import { maxBatch } from '../inference/session.ts'
import { copyColumns } from '../engine/kept-candles.ts'

/** A contiguous range of the bars that have a signal. */
export interface BarRange {
  /** Row behind its last bar: features are recursive, so the rows before it are needed too. */
  readonly end: number
  /** Bars in it. */
  readonly count: number
}

/** What a part is known to amount to; an unknown number of bars stands for all that there are. */
type Extent = Pick<BarRange, 'end'> & { readonly count: number | undefined }

/** Splits the last `total` of `length` bars into at most `lanes` ranges, cut where one lane would start a new batch. */
export function splitBars(length: number, total: number, lanes: number): BarRange[] {
  const batches = Math.ceil(total / maxBatch)
  const shares = Math.min(lanes, batches)
  const first = length - total
  const rowAt = (share: number): number => Math.min(first + Math.floor((batches * share) / shares) * maxBatch, length)
  return Array.from({ length: shares }, (_, share) => {
    const end = rowAt(share + 1)
    return { end, count: end - rowAt(share) }
  })
}

/**
 * The columns as the workers will see them, in memory of their own: with missing bars filled and doubled ones dropped,
 * where that is allowed.
 *
 * @throws `candle/…`
 */
export function ownHistory(columns: CandleColumns, of: SeriesOptions): CandleColumns {
  return isContiguous(columns, timeframeMs(of.timeframe))
    ? copyColumns(columns)
    : CandleSeries.from(candlesOf(columns), of).columns
}

function isContiguous({ time, length }: CandleColumns, stepMs: number): boolean {
  for (let row = 1; row < length; row++) if (time[row]! - time[row - 1]! !== stepMs) return false
  return true
}

/** Adds up what the lanes report. What a fresh worker does once more is not counted twice. */
export function sumProgress(
  ranges: readonly Extent[],
  onProgress: (progress: EngineProgress) => void,
): (lane: number, progress: EngineProgress) => void {
  const phases = new Map<EngineProgress['phase'], EngineProgress[]>()
  return (lane, progress) => {
    const { phase } = progress
    const reports =
      phases.get(phase) ??
      ranges.map(({ end, count }) => ({ phase, loaded: 0, total: phase === 'features' ? end : (count ?? 0) }))
    phases.set(phase, reports)
    if (progress.loaded <= reports[lane]!.loaded) return
    reports[lane] = progress
    const sum = (of: 'loaded' | 'total'): number => reports.reduce((all, report) => all + report[of], 0)
    onProgress({ phase, loaded: sum('loaded'), total: sum('total') })
  }
}
