/** How far and how long an equity curve stayed below its former peak. */

/** The deepest fall of a curve, and the longest time below a peak. Places count from 0 along the curve. */
export interface Drawdown {
  /** Fall from the peak as a fraction of it: 0.2 is 20 %. 0 where the curve never fell. */
  readonly depth: number
  /** Where the deepest fall began: the last of equal peaks, the first of equal falls. `null` where the curve never fell. */
  readonly peakAt: number | null
  readonly troughAt: number | null
  /** Where the curve was back at the peak; `null` where it never was. */
  readonly recoveredAt: number | null
  /** Bars from the peak to the recovery, or to the end of the curve. */
  readonly bars: number
  /** The most bars from any peak to its recovery, or to the end of the curve. */
  readonly longestBars: number
}

/** The drawdown of a curve of finite values that begins above 0. */
export function drawdownOf(equity: ArrayLike<number>): Drawdown {
  const last = equity.length - 1
  let [peak, depth, longestBars] = [0, 0, 0]
  let [peakAt, troughAt]: [number | null, number | null] = [null, null]
  for (let i = 1; i <= last; i++) {
    if (equity[i]! >= equity[peak]!) {
      if (i - peak > 1) longestBars = Math.max(longestBars, i - peak)
      peak = i
      continue
    }
    longestBars = Math.max(longestBars, i - peak)
    const fall = 1 - equity[i]! / equity[peak]!
    if (fall > depth) [depth, peakAt, troughAt] = [fall, peak, i]
  }
  if (peakAt === null || troughAt === null) return { depth, peakAt, troughAt, recoveredAt: null, bars: 0, longestBars }
  let recoveredAt: number | null = null
  for (let i = troughAt; i <= last && recoveredAt === null; i++) if (equity[i]! >= equity[peakAt]!) recoveredAt = i
  return { depth, peakAt, troughAt, recoveredAt, bars: (recoveredAt ?? last) - peakAt, longestBars }
}
