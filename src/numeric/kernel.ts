/**
 * The port of every formula's arithmetic. A kernel is written once, in block form; streaming is a block of one, so batch
 * and streaming are equal to the last bit by construction.
 *
 * A fraction that is passed to or returned from a function that the compiler does not inline costs an object on the heap.
 * So the helpers of kernels read numbers from arrays and write their results into them; whole numbers may be passed.
 *
 * A cell is a fraction to the compiler even where it holds a place in a ring: `| 0` makes it a whole number, which indexes
 * without a check for fractions on each bar.
 */

/**
 * Runs a kernel over consecutive bars.
 *
 * @param state all cells of one stream; the kernel's own begin at `at`
 * @param parameters lengths and constants of the formula
 * @param values register blocks in one flat array; never NaN on the bars that are asked for
 * @param inputs offset of the first bar in each input's register
 * @param output offset of the first bar in the output register, which is no input
 * @param count number of bars
 */
export type Run = (
  state: Float64Array,
  at: number,
  parameters: readonly number[],
  values: Float64Array,
  inputs: Int32Array,
  output: number,
  count: number,
) => void

/** One streaming operation: it sees the past only, keeps its memory in cells, and allocates nothing. */
export interface Kernel {
  /** Unique; part of every formula's text. */
  readonly name: string
  readonly arity: number
  /** Bars after the first valid input bar before the first valid output (a mean over `length`: length - 1). */
  readonly lookback: (...parameters: number[]) => number
  /** Float64 cells of state. They start at zero. */
  readonly cells: (...parameters: number[]) => number
  /** Sets cells that must not start at zero. */
  readonly prepare?: (state: Float64Array, at: number, parameters: readonly number[]) => void
  /** Before the lookback has passed it may write any finite number: the plan masks it. */
  readonly run: Run
}

const none = (): number => 0

/** A kernel without memory: bar in, bar out. */
export function pointwise(name: string, arity: number, run: Run): Kernel {
  return { name, arity, lookback: none, cells: none, run }
}

/** The lookback of a kernel that needs `length` values; NaN, which no formula accepts, for fewer than it can work with. */
export function lookbackFrom(shortest: number): (length: number) => number {
  return (length) => (length >= shortest ? length - 1 : NaN)
}

/** The lookback of a kernel that works with any window. */
export const windowLookback: (length: number) => number = lookbackFrom(1)
