/** A curve of the backtest, thinned for a screen: a year has thirty times as many bars as a chart has pixels. */
import type { EquityPoint } from '../live/paper.ts'

/** Stretches that a curve is cut into; each keeps its highest and its lowest point. */
const stretches = 600

/** Rows to draw: the first, the last, and the extremes of each stretch, rising. Peaks and falls keep their depth. */
function rowsToDraw(values: Float64Array): number[] {
  const length = Math.max(Math.ceil(values.length / stretches), 1)
  const rows = new Set<number>([0, values.length - 1])
  for (let begin = 0; begin < values.length; begin += length) {
    let [low, high] = [begin, begin]
    for (let row = begin; row < Math.min(begin + length, values.length); row++) {
      if (values[row]! < values[low]!) low = row
      if (values[row]! > values[high]!) high = row
    }
    rows.add(low).add(high)
  }
  return [...rows].sort((a, b) => a - b)
}

/** Points of a curve for a chart. */
export function curvePoints(times: Float64Array, values: Float64Array): readonly EquityPoint[] {
  return rowsToDraw(values).map((row) => ({ time: times[row]!, value: values[row]! }))
}
