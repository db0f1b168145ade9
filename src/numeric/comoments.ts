/** Correlation and slope of two columns over a sliding window, by the runs of window.ts and merged co-moments. */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Fields of an aggregate: two means, two sums of squares, one of products. A suffix table holds each for every place. */
const fields = 5

const cells = (length: number): number => 1 + fields * (length + 1)

/** Correlation where `slope` is false, else the least-squares slope of the first input on the second. */
function comove(
  state: Float64Array,
  at: number,
  length: number,
  slope: boolean,
  values: Float64Array,
  inputs: Int32Array,
  output: number,
  count: number,
): void {
  const head = at + 1
  const table = head + fields
  const a = inputs[0]!
  const b = inputs[1]!
  let position = state[at]! | 0
  for (let i = 0; i < count; i++) {
    const x = values[a + i]!
    const y = values[b + i]!
    const place = table + position * fields
    state[place] = x
    state[place + 1] = y
    position++
    absorb(state, head, x, y, position)
    let xx = state[head + 2]!
    let yy = state[head + 3]!
    let xy = state[head + 4]!
    if (position < length) {
      const tail = table + position * fields
      const share = position * ((length - position) / length)
      const dx = state[head]! - state[tail]!
      const dy = state[head + 1]! - state[tail + 1]!
      xx += state[tail + 2]! + dx * dx * share
      yy += state[tail + 3]! + dy * dy * share
      xy += state[tail + 4]! + dx * dy * share
    } else {
      flip(state, head, table, length)
      position = 0
    }
    if (slope) values[output + i] = yy === 0 ? 0 : xy / yy
    else values[output + i] = correlate(xx, yy, xy)
  }
  state[at] = position
}

function correlate(xx: number, yy: number, xy: number): number {
  const scale = Math.sqrt(xx) * Math.sqrt(yy)
  return scale === 0 ? 0 : Math.min(1, Math.max(-1, xy / scale))
}

/** Adds one pair, the `count`-th, to the aggregate at `into`. */
function absorb(state: Float64Array, into: number, x: number, y: number, count: number): void {
  const dx = x - state[into]!
  const dy = y - state[into + 1]!
  state[into] = state[into]! + dx / count
  state[into + 1] = state[into + 1]! + dy / count
  const after = y - state[into + 1]!
  state[into + 2] = state[into + 2]! + dx * (x - (state[into] ?? 0))
  state[into + 3] = state[into + 3]! + dy * after
  state[into + 4] = state[into + 4]! + dx * after
}

/** Turns the pairs of a finished run into suffix aggregates and clears the head, which serves as the accumulator. */
function flip(state: Float64Array, head: number, table: number, length: number): void {
  state.fill(0, head, head + fields)
  for (let k = length - 1; k > 0; k--) {
    const place = table + k * fields
    absorb(state, head, state[place]!, state[place + 1]!, length - k)
    state.copyWithin(place, head, head + fields)
  }
  state.fill(0, head, head + fields)
}

/** Pearson correlation of the last `length` pairs; 0 where one side does not move. */
export const correlation: Kernel = {
  name: 'correlation',
  arity: 2,
  lookback: windowLookback,
  cells,
  run: (state, at, parameters, values, inputs, output, count) =>
    comove(state, at, parameters[0]!, false, values, inputs, output, count),
}

/** Least-squares slope of the first input on the second over the last `length` pairs; 0 where the second does not move. */
export const slope: Kernel = {
  name: 'slope',
  arity: 2,
  lookback: windowLookback,
  cells,
  run: (state, at, parameters, values, inputs, output, count) =>
    comove(state, at, parameters[0]!, true, values, inputs, output, count),
}
