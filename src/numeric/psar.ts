/** Wilder's parabolic stop and reverse. */
import type { Kernel } from './kernel.ts'

const first = 0.02
const most = 0.2

/**
 * Parabolic SAR of (high, low, close), acceleration 0.02 to 0.2. Wilder 1978. It starts upwards from the second close; one
 * unit in the last place can flip a reversal, so the order of operations is part of the definition.
 *
 * Cells: bars seen (at most 2), stop, acceleration, extreme high, extreme low, 1 while falling, last two highs and lows.
 */
export const psar: Kernel = {
  name: 'psar',
  arity: 3,
  lookback: () => 2,
  cells: () => 10,
  run: (state, at, _parameters, values, inputs, output, count) => {
    for (let i = 0; i < count; i++) {
      const high = values[inputs[0]! + i]!
      const low = values[inputs[1]! + i]!
      if (state[at]! < 2) begin(state, at, high, low, values[inputs[2]! + i]!)
      else if (state[at + 5] === 0) rise(state, at, high, low)
      else fall(state, at, high, low)
      values[output + i] = state[at + 1]!
      state[at + 7] = state[at + 6]!
      state[at + 6] = high
      state[at + 9] = state[at + 8]!
      state[at + 8] = low
    }
  },
}

function begin(state: Float64Array, at: number, high: number, low: number, close: number): void {
  if (state[at] === 0) {
    state[at + 2] = first
    state[at + 3] = high
    state[at + 4] = low
  }
  state[at] = state[at]! + 1
  state[at + 1] = close
}

function rise(state: Float64Array, at: number, high: number, low: number): void {
  let stop = state[at + 1]! + state[at + 2]! * (state[at + 3]! - state[at + 1]!)
  if (low < stop) {
    stop = state[at + 3]!
    state[at + 4] = low
    state[at + 2] = first
    state[at + 5] = 1
  } else {
    if (high > state[at + 3]!) {
      state[at + 3] = high
      state[at + 2] = Math.min(state[at + 2]! + first, most)
    }
    if (state[at + 9]! < stop) stop = state[at + 9]!
    else if (state[at + 8]! < stop) stop = state[at + 8]!
  }
  state[at + 1] = stop
}

function fall(state: Float64Array, at: number, high: number, low: number): void {
  let stop = state[at + 1]! - state[at + 2]! * (state[at + 1]! - state[at + 4]!)
  if (high > stop) {
    stop = state[at + 4]!
    state[at + 3] = high
    state[at + 2] = first
    state[at + 5] = 0
  } else {
    if (low < state[at + 4]!) {
      state[at + 4] = low
      state[at + 2] = Math.min(state[at + 2]! + first, most)
    }
    if (state[at + 7]! > stop) stop = state[at + 7]!
    else if (state[at + 6]! > stop) stop = state[at + 6]!
  }
  state[at + 1] = stop
}
