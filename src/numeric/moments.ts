/**
 * Deviation, skewness and kurtosis of a sliding window: the runs of window.ts, with aggregates (mean, sums of powers of the
 * distance from it) merged after Chan, Golub and LeVeque 1979 and Pébay 2008. Identical values give exactly zero.
 */
import type { Kernel } from './kernel.ts'
import { lookbackFrom, windowLookback } from './kernel.ts'

/** Cells: position, mean and M2 of the present run, then mean and M2 per suffix. */
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
  const means = at + 3
  const squares = means + length
  let position = state[at]! | 0
  let head = state[at + 1]!
  let headSquares = state[at + 2]!
  for (let i = 0; i < count; i++) {
    const value = values[x + i]!
    state[means + position] = value
    position++
    const step = value - head
    head += step / position
    headSquares += step * (value - head)
    if (position < length) {
      const gap = head - state[means + position]!
      const merged = state[squares + position]! + headSquares + gap * gap * position * ((length - position) / length)
      values[output + i] = Math.sqrt(merged / freedom)
      continue
    }
    values[output + i] = Math.sqrt(headSquares / freedom)
    let tail = 0
    let tailSquares = 0
    for (let k = length - 1; k > 0; k--) {
      const older = state[means + k]!
      const back = older - tail
      tail += back / (length - k)
      tailSquares += back * (older - tail)
      state[means + k] = tail
      state[squares + k] = tailSquares
    }
    position = 0
    head = 0
    headSquares = 0
  }
  state[at] = position
  state[at + 1] = head
  state[at + 2] = headSquares
}

/** Standard deviation of the last `length` values, divisor length - 1. */
export const sampleDeviation: Kernel = {
  name: 'sampleDeviation',
  arity: 1,
  lookback: lookbackFrom(2),
  cells: (length) => 2 * length + 3,
  run: (state, at, parameters, values, inputs, output, count) =>
    deviate(state, at, parameters[0]!, parameters[0]! - 1, values, inputs[0]!, output, count),
}

/** Standard deviation of the last `length` values, divisor length. */
export const deviation: Kernel = {
  name: 'deviation',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => 2 * length + 3,
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
