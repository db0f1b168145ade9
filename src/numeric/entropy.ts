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
 * Entropy in nats of the last `length` values in `bins` equal bins between their extremes; 0 where all are equal.
 * O(length). Cells: position, ring, counts.
 */
export const entropy: Kernel = {
  name: 'entropy',
  arity: 1,
  lookback: (length, bins) => (bins >= 2 ? windowLookback(length) : NaN),
  cells: (length, bins) => 1 + length + bins,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const bins = parameters[1]!
    const ring = at + 1
    const counts = ring + length
    let position = state[at]!
    for (let i = 0; i < count; i++) {
      state[ring + position] = values[inputs[0]! + i]!
      position = position + 1 === length ? 0 : position + 1
      values[output + i] = disorder(state, ring, counts, length, bins)
    }
    state[at] = position
  },
}

function disorder(state: Float64Array, ring: number, counts: number, length: number, bins: number): number {
  let low = state[ring]!
  let high = low
  for (let k = ring + 1; k < ring + length; k++) {
    if (state[k]! < low) low = state[k]!
    if (state[k]! > high) high = state[k]!
  }
  // A range too small to divide into bins is no range.
  if (!(low + (high - low) / bins > low)) return 0
  state.fill(0, counts, counts + bins)
  for (let k = ring; k < ring + length; k++) {
    const bin = counts + binOf(state[k]!, low, high, bins)
    state[bin] = state[bin]! + 1
  }
  let total = 0
  for (let bin = counts; bin < counts + bins; bin++) {
    const share = state[bin]! / length
    if (share > 0) total -= share * Math.log(share)
  }
  return total
}
