/**
 * Highest and lowest of a sliding window, exact and in constant time: the same runs as in window.ts, with comparison in
 * place of addition.
 */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Highest of the last `length` values. Cells: position, highest of the present run, one per value. */
export const highest: Kernel = {
  name: 'highest',
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
      if (position === 0) head = values[x + i]!
      const stop = Math.min(count, i + length - 1 - position)
      const shift = cells + position - i
      for (; i < stop; i++) {
        const value = values[x + i]!
        if (value > head) head = value
        state[shift + i] = value
        const tail = state[shift + i + 1]!
        values[output + i] = tail > head ? tail : head
      }
      position = shift + i - cells
      if (i === count) break
      const value = values[x + i]!
      if (value > head) head = value
      state[cells + position] = value
      values[output + i++] = head
      let tail = value
      for (let k = cells + position; k > cells; k--) {
        if (state[k]! > tail) tail = state[k]!
        else state[k] = tail
      }
      position = 0
    }
    state[at] = position
    state[at + 1] = head
  },
}

/** Lowest of the last `length` values. Cells as {@link highest}. */
export const lowest: Kernel = {
  name: 'lowest',
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
      if (position === 0) head = values[x + i]!
      const stop = Math.min(count, i + length - 1 - position)
      const shift = cells + position - i
      for (; i < stop; i++) {
        const value = values[x + i]!
        if (value < head) head = value
        state[shift + i] = value
        const tail = state[shift + i + 1]!
        values[output + i] = tail < head ? tail : head
      }
      position = shift + i - cells
      if (i === count) break
      const value = values[x + i]!
      if (value < head) head = value
      state[cells + position] = value
      values[output + i++] = head
      let tail = value
      for (let k = cells + position; k > cells; k--) {
        if (state[k]! < tail) tail = state[k]!
        else state[k] = tail
      }
      position = 0
    }
    state[at] = position
    state[at + 1] = head
  },
}

/**
 * Bars since the highest of the last `length` values; of equal ones the oldest counts. Cells: position, highest of the
 * present run and its position, then value and position of each suffix.
 */
export const highestAge: Kernel = {
  name: 'highestAge',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => 2 * length + 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const cells = at + 3
    const places = cells + length
    const x = inputs[0]!
    let position = state[at]! | 0
    let head = state[at + 1]!
    let place = state[at + 2]! | 0
    for (let i = 0; i < count; i++) {
      const value = values[x + i]!
      if (position === 0 || value > head) {
        head = value
        place = position
      }
      state[cells + position] = value
      position++
      if (position < length) {
        const older = state[cells + position]! >= head
        values[output + i] = older ? position - 1 + length - state[places + position]! : position - 1 - place
        continue
      }
      values[output + i] = length - 1 - place
      flip(state, cells, places, length, 1)
      position = 0
    }
    state[at] = position
    state[at + 1] = head
    state[at + 2] = place
  },
}

/** Bars since the lowest of the last `length` values; of equal ones the oldest counts. Cells as {@link highestAge}. */
export const lowestAge: Kernel = {
  name: 'lowestAge',
  arity: 1,
  lookback: windowLookback,
  cells: (length) => 2 * length + 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const cells = at + 3
    const places = cells + length
    const x = inputs[0]!
    let position = state[at]! | 0
    let head = state[at + 1]!
    let place = state[at + 2]! | 0
    for (let i = 0; i < count; i++) {
      const value = values[x + i]!
      if (position === 0 || value < head) {
        head = value
        place = position
      }
      state[cells + position] = value
      position++
      if (position < length) {
        const older = state[cells + position]! <= head
        values[output + i] = older ? position - 1 + length - state[places + position]! : position - 1 - place
        continue
      }
      values[output + i] = length - 1 - place
      flip(state, cells, places, length, -1)
      position = 0
    }
    state[at] = position
    state[at + 1] = head
    state[at + 2] = place
  },
}

/** Turns the values of a finished run into its suffix extrema (`direction` 1: highest, -1: lowest) and their positions. */
function flip(state: Float64Array, cells: number, places: number, length: number, direction: number): void {
  let tail = state[cells + length - 1]!
  let place = length - 1
  for (let k = length - 1; k > 0; k--) {
    if ((state[cells + k]! - tail) * direction >= 0) {
      tail = state[cells + k]!
      place = k
    }
    state[cells + k] = tail
    state[places + k] = place
  }
}
