/** Roughness of a path by its length at several scales: Higuchi's fractal dimension. */
import type { Kernel } from './kernel.ts'
import { logWeights } from './fractal.ts'

/** Adds to `values[target]` the movement of the window at `from`, sampled every `k` values from `offset`, scaled to its length. */
type AddCurve = (
  state: Float64Array,
  from: number,
  length: number,
  k: number,
  offset: number,
  values: Float64Array,
  target: number,
) => void

const addCurve: AddCurve = (state, from, length, k, offset, values, target) => {
  const points = Math.floor((length - offset) / k)
  let total = 0
  for (let i = 1; i < points; i++)
    total += Math.abs(state[from + offset + i * k]! - state[from + offset + (i - 1) * k]!)
  values[target] = values[target]! + (total * (length - 1)) / (k * points)
}

/** The same with one divisor more and all points counted, as Higuchi defines it. */
const addStrictCurve: AddCurve = (state, from, length, k, offset, values, target) => {
  const steps = Math.floor((length - 1 - offset) / k)
  let total = 0
  for (let i = 1; i <= steps; i++)
    total += Math.abs(state[from + offset + i * k]! - state[from + offset + (i - 1) * k]!)
  values[target] = values[target]! + (total * (length - 1)) / (k * steps * k)
}

/** Slope of ln of the mean curve over all offsets on ln k; `still` where some scale shows no movement. */
function slopes(add: AddCurve, still: number, sign: number): Kernel['run'] {
  return (state, at, parameters, values, inputs, output, count) => {
    const window = parameters[0]!
    const widest = parameters[1]!
    const ring = at + 1 + widest
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      state[ring + position] = values[inputs[0]! + i]!
      state[ring + position + window] = values[inputs[0]! + i]!
      position = position + 1 === window ? 0 : position + 1
      let slope = 0
      let moves = true
      for (let k = 1; k <= widest; k++) {
        values[output + i] = 0
        for (let offset = 0; offset < k; offset++) add(state, ring + position, window, k, offset, values, output + i)
        const total = values[output + i]!
        if (total === 0) moves = false
        else slope += state[at + k]! * Math.log(total / k)
      }
      // Two stores: a choice between a product and a constant would be made in a box, one for every bar.
      if (moves) values[output + i] = sign * slope
      else values[output + i] = still
    }
    state[at] = position
  }
}

const cells = (length: number, widest: number): number => 1 + widest + 2 * length
const lookback = (length: number, widest: number): number => (widest >= 2 && 2 * widest < length ? length - 1 : NaN)
const prepare = (state: Float64Array, at: number, parameters: readonly number[]): void =>
  logWeights(state, at + 1, 1, parameters[1]!)

/**
 * Slope of ln curve length on ln k for k = 1 to `widest`, over the last `length` values. After Higuchi 1988, in the form of
 * the reference; -1 is a smooth path, 1.5 stands for a path without movement. O(length x widest).
 *
 * Cells: position, weights, the window twice over.
 */
export const curveSlope: Kernel = {
  name: 'curveSlope',
  arity: 1,
  lookback,
  cells,
  prepare,
  run: slopes(addCurve, 1.5, 1),
}

/**
 * Fractal dimension of the last `length` values after Higuchi 1988: 1 for a line, 1.5 for a random walk, 2 for noise; 1.5
 * stands for a path without movement. Cells and cost as {@link curveSlope}.
 */
export const higuchi: Kernel = {
  name: 'higuchi',
  arity: 1,
  lookback,
  cells,
  prepare,
  run: slopes(addStrictCurve, 1.5, -1),
}
