/**
 * Recursive averages and sums of something simple, each in one loop: such a loop waits for its own last value, and the simple
 * part is free meanwhile. They do what the kernels of the chain do, in the same order, so the bits are the chain's.
 */
import { type Kernel, windowLookback } from './kernel.ts'
import { sumSuffixes } from './window.ts'

/** Wilder's exponential mean of max(x, 0), or of max(-x, 0). Cells: started, value. */
function wilderPart(name: string, direction: 1 | -1): Kernel {
  return {
    name,
    arity: 1,
    lookback: windowLookback,
    cells: () => 2,
    run: (state, at, parameters, values, inputs, output, count) => {
      const pull = 1 / parameters[0]!
      const x = inputs[0]!
      let value = state[at + 1]!
      if (state[at] === 0) value = Math.max(direction * values[x]!, 0)
      for (let i = 0; i < count; i++) {
        const move = direction * values[x + i]!
        value += pull * (move * Number(move > 0) + 0 - value)
        values[output + i] = value
      }
      state[at] = 1
      state[at + 1] = value
    },
  }
}

/** wilder(max(x, 0)) */
export const wilderGain: Kernel = wilderPart('wilderGain', 1)

/** wilder(max(-x, 0)) */
export const wilderLoss: Kernel = wilderPart('wilderLoss', -1)

/** Sum of the last `length` values of max(x, 0), or of max(-x, 0). Cells as those of the sum. */
function sumPart(name: string, direction: 1 | -1): Kernel {
  return {
    name,
    arity: 1,
    lookback: windowLookback,
    cells: (length) => length + 2,
    run: (state, at, parameters, values, inputs, output, count) => {
      const length = parameters[0]!
      const cells = at + 2
      const end = cells + length
      const x = inputs[0]!
      let position = state[at]! | 0
      let head = state[at + 1]!
      let i = 0
      while (i < count) {
        const stop = Math.min(count, i + length - position)
        const shift = cells + position - i
        for (; i < stop; i++) {
          const move = direction * values[x + i]!
          const part = move * Number(move > 0) + 0
          head += part
          state[shift + i] = part
          // On the last bar of a run nothing of the run before is left.
          values[output + i] = shift + i + 1 < end ? state[shift + i + 1]! + head : head
        }
        position = shift + i - cells
        if (position < length) break
        sumSuffixes(state, cells, length)
        position = 0
        head = 0
      }
      state[at] = position
      state[at + 1] = head
    },
  }
}

/** sum(max(x, 0)) */
export const sumGain: Kernel = sumPart('sumGain', 1)

/** sum(max(-x, 0)) */
export const sumLoss: Kernel = sumPart('sumLoss', -1)

/**
 * Wilder's running sum of a directional movement of (high, low). Cells: bars seen, sum, the last high and low. The first bar
 * has nothing to move from.
 */
function movementSum(name: string, upward: boolean): Kernel {
  return {
    name,
    arity: 2,
    lookback: (length) => length,
    cells: () => 4,
    run: (state, at, parameters, values, inputs, output, count) => {
      const length = parameters[0]!
      const share = 1 / length
      const high = inputs[0]!
      const low = inputs[1]!
      let seen = state[at]! | 0
      let value = state[at + 1]!
      let top = state[at + 2]!
      let bottom = state[at + 3]!
      for (let i = 0; i < count; i++) {
        const up = values[high + i]! - top
        const down = bottom - values[low + i]!
        const own = upward ? up : down
        const movement = own * (Number(own > (upward ? down : up)) & Number(own > 0)) + 0
        if (seen > length) value = value + movement - share * value
        else {
          if (seen > 0) value += movement
          seen++
        }
        values[output + i] = value
        top = values[high + i]!
        bottom = values[low + i]!
      }
      state[at] = seen
      state[at + 1] = value
      state[at + 2] = top
      state[at + 3] = bottom
    },
  }
}

/** wilderSum(upMovement(high, low)) */
export const upSum: Kernel = movementSum('upSum', true)

/** wilderSum(downMovement(high, low)) */
export const downSum: Kernel = movementSum('downSum', false)

/**
 * wilderSum(max(high, the close before) - min(low, the close before)). Inputs: high, low, close. Cells: bars seen, sum, the
 * last close.
 */
export const spanSum: Kernel = {
  name: 'spanSum',
  arity: 3,
  lookback: (length) => length,
  cells: () => 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const share = 1 / length
    const high = inputs[0]!
    const low = inputs[1]!
    const close = inputs[2]!
    let seen = state[at]! | 0
    let value = state[at + 1]!
    let previous = state[at + 2]!
    for (let i = 0; i < count; i++) {
      const top = values[high + i]!
      const bottom = values[low + i]!
      const span = (previous > top ? previous : top) - (previous < bottom ? previous : bottom)
      if (seen > length) value = value + span - share * value
      else {
        if (seen > 0) value += span
        seen++
      }
      values[output + i] = value
      previous = values[close + i]!
    }
    state[at] = seen
    state[at + 1] = value
    state[at + 2] = previous
  },
}

/** sum since the first bar of a x sign(b) */
export const signedTotal: Kernel = {
  name: 'signedTotal',
  arity: 2,
  lookback: () => 0,
  cells: () => 1,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    let total = state[at]!
    for (let i = 0; i < count; i++) {
      const way = values[b + i]!
      total += values[a + i]! * (Number(way > 0) - Number(way < 0))
      values[output + i] = total
    }
    state[at] = total
  },
}

/** wilderMean(trueRange(high, low, close)). Cells: bars seen, mean, the last close. */
export const rangeMean: Kernel = {
  name: 'rangeMean',
  arity: 3,
  lookback: windowLookback,
  cells: () => 3,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const share = 1 / length
    const high = inputs[0]!
    const low = inputs[1]!
    const close = inputs[2]!
    let seen = state[at]! | 0
    let value = state[at + 1]!
    let previous = seen === 0 ? values[low]! : state[at + 2]!
    for (let i = 0; i < count; i++) {
      const top = values[high + i]!
      const bottom = values[low + i]!
      const range = (previous > top ? previous : top) - (previous < bottom ? previous : bottom)
      if (seen === length) value += share * (range - value)
      else value += (range - value) / ++seen
      values[output + i] = value
      previous = values[close + i]!
    }
    state[at] = seen
    state[at + 1] = value
    state[at + 2] = previous
  },
}

/** (a x b) x sign(a - the a before). Cells: the last a. The first bar has none before it. */
export const directedFlow: Kernel = {
  name: 'directedFlow',
  arity: 2,
  lookback: () => 1,
  cells: () => 1,
  run: (state, at, _parameters, values, inputs, output, count) => {
    const a = inputs[0]!
    const b = inputs[1]!
    let previous = state[at]!
    for (let i = 0; i < count; i++) {
      const value = values[a + i]!
      const way = value - previous
      values[output + i] = value * values[b + i]! * (Number(way > 0) - Number(way < 0))
      previous = value
    }
    state[at] = previous
  },
}
