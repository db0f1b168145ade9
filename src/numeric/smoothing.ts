/** Recursive averages: their memory is infinite and fades. */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** x += pull (x' - x), seeded with the first value. Cells: started, value. */
function follow(
  state: Float64Array,
  at: number,
  pull: number,
  values: Float64Array,
  input: number,
  output: number,
  count: number,
): void {
  let value = state[at] === 0 ? values[input]! : state[at + 1]!
  for (let i = 0; i < count; i++) {
    value += pull * (values[input + i]! - value)
    values[output + i] = value
  }
  state[at] = 1
  state[at + 1] = value
}

/** Exponential mean: weight 2 / (length + 1), seeded with the first value, silent until `length` values were seen. */
export const ema: Kernel = {
  name: 'ema',
  arity: 1,
  lookback: windowLookback,
  cells: () => 2,
  run: (state, at, parameters, values, inputs, output, count) =>
    follow(state, at, 2 / (parameters[0]! + 1), values, inputs[0]!, output, count),
}

/** Exponential mean of weight 1 / length, seeded with the first value (the form of RSI in the reference). */
export const wilder: Kernel = {
  name: 'wilder',
  arity: 1,
  lookback: windowLookback,
  cells: () => 2,
  run: (state, at, parameters, values, inputs, output, count) =>
    follow(state, at, 1 / parameters[0]!, values, inputs[0]!, output, count),
}

/** Wilder's mean: the mean of the first `length` values, then ((length - 1) previous + x) / length. Wilder 1978. */
export const wilderMean: Kernel = {
  name: 'wilderMean',
  arity: 1,
  lookback: windowLookback,
  cells: () => 2,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const share = 1 / length
    const x = inputs[0]!
    let seen = state[at]! | 0
    let value = state[at + 1]!
    let i = 0
    for (; i < count && seen < length; i++) {
      seen++
      value += (values[x + i]! - value) / seen
      values[output + i] = value
    }
    for (; i < count; i++) {
      value += share * (values[x + i]! - value)
      values[output + i] = value
    }
    state[at] = seen
    state[at + 1] = value
  },
}

/** Wilder's running sum: the sum of the first `length` values, then previous - previous / length + x. Wilder 1978. */
export const wilderSum: Kernel = {
  name: 'wilderSum',
  arity: 1,
  lookback: windowLookback,
  cells: () => 2,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const share = 1 / length
    const x = inputs[0]!
    let seen = state[at]! | 0
    let value = state[at + 1]!
    let i = 0
    for (; i < count && seen < length; i++) {
      seen++
      value += values[x + i]!
      values[output + i] = value
    }
    for (; i < count; i++) {
      value = value + values[x + i]! - share * value
      values[output + i] = value
    }
    state[at] = seen
    state[at + 1] = value
  },
}

/** Exponential mean over all history with normalised weights (1 - a)^i, a = 2 / (length + 1). */
export const weightedHistory: Kernel = {
  name: 'weightedHistory',
  arity: 1,
  lookback: () => 0,
  cells: () => 2,
  run: (state, at, parameters, values, inputs, output, count) => {
    const fade = 1 - 2 / (parameters[0]! + 1)
    const x = inputs[0]!
    let value = state[at]!
    let weight = state[at + 1]!
    for (let i = 0; i < count; i++) {
      weight = 1 + fade * weight
      value += (values[x + i]! - value) / weight
      values[output + i] = value
    }
    state[at] = value
    state[at + 1] = weight
  },
}

/** Follows the first input by the share that the second one says for each bar (Kaufman 1995), seeded with the first value. */
export const adaptive: Kernel = {
  name: 'adaptive',
  arity: 2,
  lookback: () => 0,
  cells: () => 2,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const x = inputs[0]!
    const pull = inputs[1]!
    let value = state[at] === 0 ? values[x]! : state[at + 1]!
    for (let i = 0; i < count; i++) {
      value += values[pull + i]! * (values[x + i]! - value)
      values[output + i] = value
    }
    state[at] = 1
    state[at + 1] = value
  },
}
