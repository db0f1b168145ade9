/** Kernels that remember single earlier bars or count them. */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** The value `bars` earlier. */
export const lag: Kernel = {
  name: 'lag',
  arity: 1,
  lookback: (bars) => (bars >= 1 ? bars : NaN),
  cells: (bars) => bars + 1,
  run: (state, at, parameters, values, inputs, output, count) => {
    const bars = parameters[0]!
    const x = inputs[0]!
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      const cell = at + 1 + position
      values[output + i] = state[cell]!
      state[cell] = values[x + i]!
      position = position + 1 === bars ? 0 : position + 1
    }
    state[at] = position
  },
}

/** x minus the value before; 0 on the first bar. */
export const change: Kernel = {
  name: 'change',
  arity: 1,
  lookback: () => 0,
  cells: () => 2,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const x = inputs[0]!
    let previous = state[at] === 0 ? values[x]! : state[at + 1]!
    for (let i = 0; i < count; i++) {
      const value = values[x + i]!
      values[output + i] = value - previous
      previous = value
    }
    state[at] = 1
    state[at + 1] = previous
  },
}

/**
 * Wilder's true range of (high, low, close); high - low on the first bar. Wilder 1978. The longest of high - low and of the
 * way from the close before to either is the way between the ends of all three.
 */
export const trueRange: Kernel = {
  name: 'trueRange',
  arity: 3,
  lookback: () => 0,
  cells: () => 2,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const high = inputs[0]!
    const low = inputs[1]!
    const close = inputs[2]!
    let previous = state[at] === 0 ? values[low]! : state[at + 1]!
    for (let i = 0; i < count; i++) {
      const top = values[high + i]!
      const bottom = values[low + i]!
      values[output + i] = (previous > top ? previous : top) - (previous < bottom ? previous : bottom)
      previous = values[close + i]!
    }
    state[at] = 1
    state[at + 1] = previous
  },
}

/** Bars in a row, up to and including this one, on which the flag is set. */
export const runLength: Kernel = {
  name: 'runLength',
  arity: 1,
  lookback: () => 0,
  cells: () => 1,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const flag = inputs[0]!
    let length = state[at]!
    for (let i = 0; i < count; i++) {
      length = values[flag + i]! > 0 ? length + 1 : 0
      values[output + i] = length
    }
    state[at] = length
  },
}

/** Bars in a row on which the flag is set, counted up to the parameter. */
export const cappedRun: Kernel = {
  name: 'cappedRun',
  arity: 1,
  lookback: windowLookback,
  cells: () => 1,
  run: (state, at, parameters, values, inputs, output, count) => {
    const flag = inputs[0]!
    const most = parameters[0]!
    let length = state[at]!
    for (let i = 0; i < count; i++) {
      length = values[flag + i]! > 0 ? Math.min(length + 1, most) : 0
      values[output + i] = length
    }
    state[at] = length
  },
}

/** Number of bars so far, this one included: the time axis of a regression. The input only says when to begin. */
export const barNumber: Kernel = {
  name: 'barNumber',
  arity: 1,
  lookback: () => 0,
  cells: () => 1,
  run: (state, at, _parameters, values, _inputs, output, count) => {
    const seen = state[at]!
    for (let i = 0; i < count; i++) values[output + i] = seen + i + 1
    state[at] = seen + count
  },
}
