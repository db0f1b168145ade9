/** Order statistics of a sliding window kept sorted: a binary search and one move inside the window per bar. */
import type { Kernel } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Cells: values seen (at most length), position in the ring, ring, sorted values. */
const cells = (length: number): number => 2 * length + 2

/** A share outside 0 to 1 has no quantile. */
const shareLookback = (length: number, share: number): number =>
  share >= 0 && share <= 1 ? windowLookback(length) : NaN

/** First place in the sorted cells [from, from + count) that is not below `holder[cell]`, relative to `from`. */
function lowerBound(state: Float64Array, from: number, count: number, holder: Float64Array, cell: number): number {
  const value = holder[cell]!
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (state[from + middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Takes `values[source]` into the window and drops the value that leaves it. */
function admit(state: Float64Array, at: number, length: number, values: Float64Array, source: number): void {
  // Adding zero turns -0 into 0, so that equal values are found by comparison and leave as they came.
  const value = values[source]! + 0
  const seen = state[at]!
  const position = state[at + 1]! | 0
  const ring = at + 2
  const sorted = ring + length
  const place = sorted + lowerBound(state, sorted, seen, values, source)
  if (seen < length) {
    state.copyWithin(place + 1, place, sorted + seen)
    state[place] = value
    state[at] = seen + 1
  } else {
    const leaving = sorted + lowerBound(state, sorted, seen, state, ring + position)
    if (place > leaving) {
      state.copyWithin(leaving, leaving + 1, place)
      state[place - 1] = value
    } else {
      state.copyWithin(place + 1, place, leaving)
      state[place] = value
    }
  }
  state[ring + position] = value
  state[at + 1] = position + 1 === length ? 0 : position + 1
}

/** Writes what lies `parameters[1]` of the way through the sorted window, interpolated linearly. */
function writeQuantile(
  state: Float64Array,
  sorted: number,
  parameters: readonly number[],
  values: Float64Array,
  target: number,
): void {
  const place = parameters[1]! * (parameters[0]! - 1)
  const below = Math.floor(place)
  const low = state[sorted + below]!
  values[target] = place === below ? low : low + (state[sorted + below + 1]! - low) * (place - below)
}

/** Quantile of the last `length` values at the share of the second parameter, interpolated linearly. */
export const quantile: Kernel = {
  name: 'quantile',
  arity: 1,
  lookback: shareLookback,
  cells,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    for (let i = 0; i < count; i++) {
      admit(state, at, length, values, inputs[0]! + i)
      writeQuantile(state, at + 2 + length, parameters, values, output + i)
    }
  },
}

/** Mean of those of the last `length` values that are not above the quantile of the second parameter. */
export const tailMean: Kernel = {
  name: 'tailMean',
  arity: 1,
  lookback: shareLookback,
  cells,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const sorted = at + 2 + length
    for (let i = 0; i < count; i++) {
      admit(state, at, length, values, inputs[0]! + i)
      writeQuantile(state, sorted, parameters, values, output + i)
      const bound = values[output + i]!
      let total = 0
      let taken = 0
      while (taken < length && state[sorted + taken]! <= bound) total += state[sorted + taken++]!
      values[output + i] = total / taken
    }
  },
}

/** Share of the last `length` values below the present one, equal ones counting half; 0.5 where all are equal. */
export const rank: Kernel = {
  name: 'rank',
  arity: 1,
  lookback: windowLookback,
  cells,
  run: (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const sorted = at + 2 + length
    for (let i = 0; i < count; i++) {
      const source = inputs[0]! + i
      admit(state, at, length, values, source)
      const below = lowerBound(state, sorted, state[at]!, values, source)
      let equal = 0
      while (below + equal < length && state[sorted + below + equal] === values[source]) equal++
      values[output + i] = (below + equal / 2) / length
    }
  },
}
