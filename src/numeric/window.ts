/**
 * Sums and means over a sliding window. Values are grouped in runs of `length`; a window is the rest of the last run (its
 * suffix aggregates, computed once a run, in place of its values) merged with the beginning of the present one. Nothing is
 * ever subtracted, so nothing drifts: a window of zeros sums to exact zero, and an outlier that left leaves no trace.
 *
 * The loop inside goes to the last but one bar of a run; the last bar turns the run into its suffixes.
 */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Sum of the last `length` values. Cells: position, sum of the present run, one per value. */
export const sum: Kernel = {
  name: 'sum',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => length + 2,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const cells = at + 2
    const x = inputs[0]!
    let position = state[at]! | 0
    let head = state[at + 1]!
    let i = 0
    while (i < count) {
      const stop = Math.min(count, i + length - 1 - position)
      const shift = cells + position - i
      for (; i < stop; i++) {
        head += values[x + i]!
        state[shift + i] = values[x + i]!
        values[output + i] = state[shift + i + 1]! + head
      }
      position = shift + i - cells
      if (i === count) break
      values[output + i] = head + values[x + i]!
      state[cells + position] = values[x + i++]!
      sumSuffixes(state, cells, length)
      position = 0
      head = 0
    }
    state[at] = position
    state[at + 1] = head
  },
}

/** Turns the values of a finished run into the sums of its suffixes. */
export function sumSuffixes(state: Float64Array, cells: number, length: number): void {
  let tail = 0
  for (let k = cells + length - 1; k > cells; k--) {
    tail += state[k]!
    state[k] = tail
  }
}

/**
 * Mean of the last `length` values; of identical values exactly that value. Both runs sum distances from one of their own
 * values that is in the window as long as they are: the first of the present run, the last of the one before. So an outlier
 * leaves no trace here either, and no bar waits for a division. Cells: position, sum of the present run, last value of the
 * run before, one per value.
 */
export const mean: Kernel = {
  name: 'mean',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => length + 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const cells = at + 3
    const x = inputs[0]!
    let position = state[at]! | 0
    let head = state[at + 1]!
    let i = 0
    while (i < count) {
      const first = position === 0 ? values[x + i]! : state[cells]!
      const gap = state[at + 2]! - first
      const stop = Math.min(count, i + length - 1 - position)
      const shift = cells + position - i
      const run = i + length - 1 - position
      for (; i < stop; i++) {
        state[shift + i] = values[x + i]!
        head += values[x + i]! - first
        values[output + i] = first + (head + (state[shift + i + 1]! + (run - i) * gap)) / length
      }
      position = shift + i - cells
      if (i === count) break
      const value = values[x + i]!
      values[output + i++] = first + (head + (value - first)) / length
      state[cells + position] = value
      sumDistances(state, cells, length)
      state[at + 2] = value
      position = 0
      head = 0
    }
    state[at] = position
    state[at + 1] = head
  },
}

/** Turns the values of a finished run into the sums of its suffixes' distances from its last value. */
function sumDistances(state: Float64Array, cells: number, length: number): void {
  const last = state[cells + length - 1]!
  let tail = 0
  for (let k = cells + length - 1; k > cells; k--) {
    tail += state[k]! - last
    state[k] = tail
  }
}

/**
 * Mean of the last `length` values with weights 1 for the oldest to `length` for the newest; of identical values exactly
 * that value. Cells: position, mean of the present run, its mean with weights from 1 on, then both of each suffix.
 */
export const weightedMean: Kernel = {
  name: 'weightedMean',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => 2 * length + 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const means = at + 3
    const weighted = means + length
    let position = state[at]! | 0
    let head = state[at + 1]!
    let rising = state[at + 2]!
    for (let i = 0; i < count; i++) {
      const value = values[inputs[0]! + i]!
      state[means + position] = value
      position++
      head += (value - head) / position
      rising += ((value - rising) * 2) / (position + 1)
      if (position < length) {
        const older = length - position
        // The weights of the present run are its own, from 1 on, and those of all older values on top of each.
        const recent = head + (rising - head) * ((position + 1) / (position + 1 + 2 * older))
        const tail = state[weighted + position]!
        values[output + i] = recent + (tail - recent) * ((older / length) * ((older + 1) / (length + 1)))
        continue
      }
      values[output + i] = rising
      weighSuffixes(state, means, weighted, length)
      position = 0
      head = 0
      rising = 0
    }
    state[at] = position
    state[at + 1] = head
    state[at + 2] = rising
  },
}

/** Turns the values of a finished run into the means of its suffixes, plain and with weights from 1 on. */
function weighSuffixes(state: Float64Array, means: number, weighted: number, length: number): void {
  let tail = 0
  let rising = 0
  for (let k = length - 1; k > 0; k--) {
    tail += (state[means + k]! - tail) / (length - k)
    rising += ((tail - rising) * 2) / (length - k + 1)
    state[means + k] = tail
    state[weighted + k] = rising
  }
}

/** Mean distance of the last `length` values of the first input from the present value of the second. O(length). */
export const meanDistance: Kernel = {
  name: 'meanDistance',
  arity: 2,
  lookback: windowLookback,
  cells: (length) => length + 1,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const x = inputs[0]!
    const centre = inputs[1]!
    const end = at + 1 + length
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      state[at + 1 + position] = values[x + i]!
      position = position + 1 === length ? 0 : position + 1
      const middle = values[centre + i]!
      // Four sums, because one would wait for itself at each value.
      let total = 0
      let second = 0
      let third = 0
      let fourth = 0
      let k = at + 1
      for (; k + 3 < end; k += 4) {
        total += Math.abs(state[k]! - middle)
        second += Math.abs(state[k + 1]! - middle)
        third += Math.abs(state[k + 2]! - middle)
        fourth += Math.abs(state[k + 3]! - middle)
      }
      for (; k < end; k++) total += Math.abs(state[k]! - middle)
      values[output + i] = (total + second + (third + fourth)) / length
    }
    state[at] = position
  },
}

/** Sum of everything since the first bar. It depends on where history starts. */
export const cumulative: Kernel = {
  name: 'cumulative',
  arity: 1,
  lookback: () => 0,
  cells: () => 1,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const x = inputs[0]!
    let total = state[at]!
    for (let i = 0; i < count; i++) {
      total += values[x + i]!
      values[output + i] = total
    }
    state[at] = total
  },
}
