/**
 * Deviation, skewness and kurtosis of a sliding window: the runs of window.ts, with aggregates (mean, sums of powers of the
 * distance from it) merged after Chan, Golub and LeVeque 1979 and Pébay 2008. Identical values give exactly zero.
 */
import type { Kernel } from './kernel.ts'
import { lookbackFrom, windowLookback } from './kernel.ts'

/**
 * Distances are from a value of the run itself that is in the window as long as the run is: the first of the present run, the
 * last of the one before. So the sums cancel no more than a window's own values do. Cells: position, sum and sum of squares of
 * the distances of the present run, last value of the run before, then mean distance and M2 per suffix.
 */
function deviate(
  state: Float64Array,
  at: number,
  length: number,
  freedom: number,
  values: Float64Array,
  x: number,
  output: number,
  count: number,
): void {
  const means = at + 4
  const squares = means + length
  const share = 1 / length
  let position = state[at]! | 0
  let head = state[at + 1]!
  let headSquares = state[at + 2]!
  let i = 0
  while (i < count) {
    if (position === 0) state[means] = values[x + i]!
    const first = state[means]!
    const between = first - state[at + 3]!
    const stop = Math.min(count, i + length - position)
    for (; i < stop; i++) {
      const step = values[x + i]! - first
      state[means + position] = values[x + i]!
      position++
      head += step
      headSquares += step * step
      const centre = head / position
      let merged = headSquares - head * centre
      if (position < length) {
        const gap = between + (centre - state[means + position]!)
        merged += state[squares + position]! + gap * gap * (position * (length - position) * share)
      }
      values[output + i] = merged > 0 ? Math.sqrt(merged / freedom) : 0
    }
    if (position < length) break
    gatherSuffixes(state, means, squares, length)
    state[at + 3] = values[x + i - 1]!
    position = 0
    head = 0
    headSquares = 0
  }
  state[at] = position
  state[at + 1] = head
  state[at + 2] = headSquares
}

/** Turns the values of a finished run into its suffixes' mean distances from its last value, and their M2. */
function gatherSuffixes(state: Float64Array, means: number, squares: number, length: number): void {
  const last = state[means + length - 1]!
  let tail = 0
  let tailSquares = 0
  for (let k = length - 1; k > 0; k--) {
    const step = state[means + k]! - last
    tail += step
    tailSquares += step * step
    const centre = tail / (length - k)
    state[means + k] = centre
    state[squares + k] = tailSquares - tail * centre
  }
}

/** Standard deviation of the last `length` values, divisor length - 1. */
export const sampleDeviation: Kernel = {
  name: 'sampleDeviation',
  arity: 1,
  lookback: lookbackFrom(2),
  cells: (length) => 2 * length + 4,
  run: (state, at, parameters, values, inputs, output, count) =>
    deviate(state, at, parameters[0]!, parameters[0]! - 1, values, inputs[0]!, output, count),
}

/** Standard deviation of the last `length` values, divisor length. */
export const deviation: Kernel = {
  name: 'deviation',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => 2 * length + 4,
  run: (state, at, parameters, values, inputs, output, count) =>
    deviate(state, at, parameters[0]!, parameters[0]!, values, inputs[0]!, output, count),
}

/** Writes the sum over the ring of the `power`-th power of the standardised distance from its mean; 0 where all are equal. */
function writeStandardised(
  state: Float64Array,
  cells: number,
  length: number,
  power: 3 | 4,
  values: Float64Array,
  target: number,
): void {
  // Distances from one of the values: those of identical values are exactly zero.
  const anchor = state[cells]!
  let drift = 0
  for (let k = 0; k < length; k++) drift += state[cells + k]! - anchor
  const centre = anchor + drift / length
  let squares = 0
  for (let k = 0; k < length; k++) squares += (state[cells + k]! - centre) ** 2
  if (squares === 0) {
    values[target] = 0
    return
  }
  // One division for the window instead of one for each value.
  const inverse = 1 / Math.sqrt(squares / (length - 1))
  let total = 0
  for (let k = 0; k < length; k++) {
    const distance = (state[cells + k]! - centre) * inverse
    const square = distance * distance
    total += power === 3 ? square * distance : square * square
  }
  values[target] = total
}

/** Adjusted Fisher-Pearson skewness of the last `length` values, 0 where all are equal. Two passes: O(length). */
export const skewness: Kernel = {
  name: 'skewness',
  arity: 1,
  lookback: lookbackFrom(3),
  cells: (length) => length + 1,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const factor = length / ((length - 1) * (length - 2))
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      state[at + 1 + position] = values[inputs[0]! + i]!
      position = position + 1 === length ? 0 : position + 1
      writeStandardised(state, at + 1, length, 3, values, output + i)
      values[output + i] = factor * values[output + i]!
    }
    state[at] = position
  },
}

/** Unbiased excess kurtosis of the last `length` values, 0 where all are equal. Two passes: O(length). */
export const kurtosis: Kernel = {
  name: 'kurtosis',
  arity: 1,
  lookback: lookbackFrom(4),
  cells: (length) => length + 1,
  run: (state, at, parameters, values, inputs, output, count) => {
    const n = parameters[0]!
    const factor = (n * (n + 1)) / ((n - 1) * (n - 2) * (n - 3))
    const normal = (3 * (n - 1) ** 2) / ((n - 2) * (n - 3))
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      state[at + 1 + position] = values[inputs[0]! + i]!
      position = position + 1 === n ? 0 : position + 1
      writeStandardised(state, at + 1, n, 4, values, output + i)
      const total = values[output + i]!
      values[output + i] = total === 0 ? 0 : factor * total - normal
    }
    state[at] = position
  },
}
