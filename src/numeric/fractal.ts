/** Roughness of a path: the Hurst exponent. */
import type { Kernel } from './kernel.ts'

/** Least-squares weights of ln k for k = from..to: the slope of y on ln k is their product sum. */
export function logWeights(state: Float64Array, at: number, from: number, to: number): void {
  let centre = 0
  for (let k = from; k <= to; k++) centre += Math.log(k)
  centre /= to - from + 1
  let squares = 0
  for (let k = from; k <= to; k++) squares += (Math.log(k) - centre) ** 2
  for (let k = from; k <= to; k++) state[at + k - from] = (Math.log(k) - centre) / squares
}

/** Cells of one lag: position and sum of the present run, one per squared difference. */
const lagCells = (length: number, lag: number): number => length - lag + 2

/** Takes a squared difference into a sliding sum of `size` of them (the runs of window.ts) and returns the sum. */
function slide(state: Float64Array, at: number, size: number, value: number): number {
  const position = state[at]! | 0
  const head = state[at + 1]! + value
  const cells = at + 2
  state[cells + position] = value
  if (position + 1 < size) {
    state[at] = position + 1
    state[at + 1] = head
    return state[cells + position + 1]! + head
  }
  let tail = 0
  for (let k = size - 1; k > 0; k--) {
    tail += state[cells + k]!
    state[cells + k] = tail
  }
  state[at] = 0
  state[at + 1] = 0
  return head
}

/**
 * Hurst exponent of the last `length` values: the slope of ln of the root mean square difference at lags 2 to `longest` on
 * ln lag. A random walk gives 0.5, and so does a window in which some lag shows no difference at all.
 *
 * Cells: bars seen, weights, the last `longest` values twice over (so that they are contiguous), a sliding sum per lag.
 */
export const hurst: Kernel = {
  name: 'hurst',
  arity: 1,
  lookback: (length, longest) => (longest >= 3 && longest < length ? length - 1 : NaN),
  cells: (length, longest) => {
    let total = 1 + (longest - 1) + 2 * longest
    for (let k = 2; k <= longest; k++) total += lagCells(length, k)
    return total
  },
  prepare: (state, at, parameters) => logWeights(state, at + 1, 2, parameters[1]!),
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const longest = parameters[1]!
    const ring = at + longest
    for (let i = 0; i < count; i++) {
      const value = values[inputs[0]! + i]!
      const seen = state[at]!
      const place = seen % longest
      let slope = 0
      let still = false
      let sums = ring + 2 * longest
      for (let k = 2; k <= longest; k++) {
        if (seen >= k) {
          const step = value - state[ring + place + longest - k]!
          const total = slide(state, sums, length - k, step * step)
          if (total === 0) still = true
          else slope += state[at + k - 1]! * 0.5 * Math.log(total / (length - k))
        }
        sums += lagCells(length, k)
      }
      values[output + i] = still ? 0.5 : slope
      state[ring + place] = value
      state[ring + place + longest] = value
      state[at] = seen + 1
    }
  },
}
