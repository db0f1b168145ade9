/** Runs a kernel over columns of numbers the way a plan does, in blocks of the given sizes. */
import type { Kernel } from '../../../src/numeric/kernel.ts'

/** Output of a kernel; NaN until its lookback has passed. */
export function runKernel(
  kernel: Kernel,
  inputs: readonly (readonly number[])[],
  parameters: readonly number[] = [],
  blocks: readonly number[] = [],
): number[] {
  const length = inputs[0]!.length
  const values = new Float64Array(length * (inputs.length + 1))
  for (const [k, input] of inputs.entries()) values.set(input, k * length)
  const state = new Float64Array(kernel.cells(...parameters) + 7).fill(0)
  kernel.prepare?.(state, 5, parameters)
  let at = 0
  for (const block of [...blocks, length]) {
    const count = Math.min(block, length - at)
    if (count === 0) continue
    const offsets = Int32Array.from(inputs, (_, k) => k * length + at)
    kernel.run(state, 5, parameters, values, offsets, inputs.length * length + at, count)
    at += count
  }
  for (const k of [0, 1, 2, 3, 4, state.length - 2, state.length - 1])
    if (state[k] !== 0) throw new Error(`${kernel.name} wrote outside its cells`)
  const silent = kernel.lookback(...parameters)
  return Array.from(values.subarray(inputs.length * length), (value, i) => (i < silent ? NaN : value))
}
