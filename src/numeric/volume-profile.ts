/** Where in its range a window traded: a histogram of volume over price. */
import type { Kernel, Run } from './kernel.ts'
import { windowLookback } from './kernel.ts'

/** Share of the volume that the value area holds at least. Steidlmayer 1984. */
const valueShare = 0.7

/**
 * Sorts the ring's prices into `bins` equal ones between `low` and `high`; a price on an edge belongs to the bin above. As
 * long as the range stays, only the price at `newest` has to be sorted in.
 */
function sortIn(state: Float64Array, at: number, length: number, bins: number, newest: number): void {
  const low = state[at]!
  const range = state[at + 1]! - low
  const ring = at + 2
  const homes = ring + 2 * length
  const first = newest < 0 ? 0 : newest
  const end = newest < 0 ? length : newest + 1
  for (let k = first; k < end; k++)
    state[homes + k] = Math.max(0, Math.min(Math.floor(((state[ring + k]! - low) * bins) / range), bins - 1))
}

/** Adds up the volume of each bin, bar by bar; the cell behind the table holds the whole. */
function fill(state: Float64Array, volumes: number, length: number, table: number, bins: number): void {
  const homes = volumes + length
  state.fill(0, table, table + bins)
  let total = 0
  for (let k = 0; k < length; k++) {
    const bin = table + state[homes + k]!
    state[bin] = state[bin]! + state[volumes + k]!
    total += state[volumes + k]!
  }
  state[table + bins] = total
}

/** The bin with most volume; of equal ones the lowest. */
function fullest(state: Float64Array, table: number, bins: number): number {
  let best = 0
  for (let bin = 1; bin < bins; bin++) if (state[table + bin]! > state[table + best]!) best = bin
  return best
}

/**
 * The value area: grown from the fullest bin towards the fuller neighbour (the upper one of equals) until it holds its
 * share. Returns first x 2^16 + last, so that nothing is allocated.
 */
function valueArea(state: Float64Array, table: number, bins: number): number {
  const total = state[table + bins]!
  let first = fullest(state, table, bins)
  let last = first
  let held = state[table + first]!
  while (held < valueShare * total && (first > 0 || last < bins - 1)) {
    const below = first > 0 ? state[table + first - 1]! : -1
    const above = last < bins - 1 ? state[table + last + 1]! : -1
    if (above >= below) last++
    else first--
    held += Math.max(above, below)
  }
  return first * 65_536 + last
}

/**
 * Reads a filled table, behind which stands its whole volume. `values[target]` holds the place of the present price, in bins
 * from the lowest, and takes the result.
 */
type Reader = (state: Float64Array, table: number, bins: number, values: Float64Array, target: number) => void

/** Inputs: price and volume that go into the histogram, present price, lowest and highest price of the window. O(length). */
function profiled(read: Reader, neutral: number): Run {
  return (state, at, parameters, values, inputs, output, count) => {
    const length = parameters[0]!
    const bins = parameters[1]!
    const ring = at + 3
    const table = ring + 3 * length
    let position = state[at]! | 0
    for (let i = 0; i < count; i++) {
      const low = values[inputs[3]! + i]!
      const high = values[inputs[4]! + i]!
      state[ring + position] = values[inputs[0]! + i]!
      state[ring + length + position] = values[inputs[1]! + i]!
      // A range too small to divide into bins is no range.
      const flat = !(low + (high - low) / bins > low)
      const kept = state[at + 1] === low && state[at + 2] === high
      state[at + 1] = flat ? 0 : low
      state[at + 2] = flat ? 0 : high
      if (!flat) sortIn(state, at + 1, length, bins, kept ? position : -1)
      if (flat) state[table + bins] = 0
      else fill(state, ring + length, length, table, bins)
      if (state[table + bins] === 0) values[output + i] = neutral
      else {
        values[output + i] = ((values[inputs[2]! + i]! - low) * bins) / (high - low)
        read(state, table, bins, values, output + i)
      }
      position = position + 1 === length ? 0 : position + 1
    }
    state[at] = position
  }
}

/** Cells: position, range of the window (0 where there is none), rings of prices, volumes and bins, histogram, its sum. */
const profile = (name: string, neutral: number, read: Reader): Kernel => ({
  name,
  arity: 5,
  lookback: (length, bins) => (Number.isSafeInteger(bins) && bins >= 2 ? windowLookback(length) : NaN),
  cells: (length, bins) => 4 + 3 * length + bins,
  run: profiled(read, neutral),
})

/** Present price minus the middle of the fullest bin, as a share of the range; 0 without range or volume. */
export const controlDistance: Kernel = profile('controlDistance', 0, (state, table, bins, values, target) => {
  values[target] = (values[target]! - (fullest(state, table, bins) + 0.5)) / bins
})

// Bins are added up in another order than bars, so that a share can come out a rounding above 1.

/** Share of the volume that the fullest bin holds; 1 without range or volume. */
export const controlShare: Kernel = profile('controlShare', 1, (state, table, bins, values, target) => {
  values[target] = Math.min(state[table + fullest(state, table, bins)]! / state[table + bins]!, 1)
})

/** Place of the present price in the value area: 0 at its bottom, 1 at its top; 0.5 without range or volume. */
export const valuePlace: Kernel = profile('valuePlace', 0.5, (state, table, bins, values, target) => {
  const area = valueArea(state, table, bins)
  const first = Math.floor(area / 65_536)
  values[target] = (values[target]! - first) / ((area % 65_536) - first + 1)
})

/** Width of the value area as a share of the range; 1 without range or volume. */
export const valueWidth: Kernel = profile('valueWidth', 1, (state, table, bins, values, target) => {
  const area = valueArea(state, table, bins)
  values[target] = ((area % 65_536) - Math.floor(area / 65_536) + 1) / bins
})

/** Share of the volume in the bins above that of the present price, half of its own one; 0.5 without range or volume. */
export const shareAbove: Kernel = profile('shareAbove', 0.5, (state, table, bins, values, target) => {
  const own = Math.max(0, Math.min(Math.floor(values[target]!), bins - 1))
  let above = state[table + own]! / 2
  for (let bin = own + 1; bin < bins; bin++) above += state[table + bin]!
  values[target] = Math.min(above / state[table + bins]!, 1)
})
