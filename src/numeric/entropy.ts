/** Shannon entropy of a histogram over a sliding window. */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Bin of a value among `bins` equal ones from `low` to `high`; edges belong to the bin on their right, the last to the left. */
function binOf(value: number, low: number, high: number, bins: number): number {
  const width = (high - low) / bins
  let bin = Math.min(Math.floor((value - low) * (bins / (high - low))), bins - 1)
  // The product above can round across an edge; the edge itself decides.
  if (value < low + bin * width) bin--
  else if (bin < bins - 1 && value >= low + (bin + 1) * width) bin++
  return bin
}

/**
 * Entropy in nats of the last `length` values in `bins` equal bins between their extremes; 0 where all are equal. O(bins),
 * and O(length) on bars where an extreme enters or leaves. Cells: position, range that the counts are of (0 and 0 where
 * there are none), ring, bin of each value, counts.
 */
export const entropy: Kernel = {
  name: 'entropy',
  arity: 1,
  lookback: (length, bins) => (bins >= 2 ? windowLookback(length) : NaN),
  cells: (length, bins) => 3 + 2 * length + bins,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const bins = parameters[1]!
    const ring = at + 3
    const counts = ring + 2 * length
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      const value = values[inputs[0]! + i]!
      const low = state[at + 1]!
      const high = state[at + 2]!
      const leaving = state[ring + position]!
      state[ring + position] = value
      if (value >= low && value <= high && leaving > low && leaving < high) {
        const home = ring + length + position
        const bin = binOf(value, low, high, bins)
        state[counts + state[home]!] = state[counts + state[home]!]! - 1
        state[counts + bin] = state[counts + bin]! + 1
        state[home] = bin
      } else recount(state, at, length, bins)
      if (state[at + 1] === state[at + 2]) values[output + i] = 0
      else writeDisorder(state, counts, length, bins, values, output + i)
      position = position + 1 === length ? 0 : position + 1
    }
    state[at] = position
  },
}

/** Finds the range of the window and counts anew. */
function recount(state: Float64Array, at: number, length: number, bins: number): void {
  const ring = at + 3
  const counts = ring + 2 * length
  let low = state[ring]!
  let high = low
  for (let k = ring + 1; k < ring + length; k++) {
    if (state[k]! < low) low = state[k]!
    if (state[k]! > high) high = state[k]!
  }
  // A range too small to divide into bins is no range.
  const flat = !(low + (high - low) / bins > low)
  state[at + 1] = flat ? 0 : low
  state[at + 2] = flat ? 0 : high
  state.fill(0, counts, counts + bins)
  if (flat) return
  for (let k = ring; k < ring + length; k++) {
    const bin = binOf(state[k]!, low, high, bins)
    state[k + length] = bin
    state[counts + bin] = state[counts + bin]! + 1
  }
}

/** Writes the entropy of the counts. */
function writeDisorder(
  state: Float64Array,
  counts: number,
  length: number,
  bins: number,
  values: Float64Array,
  target: number,
): void {
  let total = 0
  for (let bin = counts; bin < counts + bins; bin++) {
    const share = state[bin]! / length
    if (share > 0) total -= share * Math.log(share)
  }
  values[target] = total
}
