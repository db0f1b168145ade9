/** Runs a plan over blocks of bars. The register file of a machine has room for `block` bars in each register. */
import type { Run } from '../numeric/kernel.ts'
import { columns } from './expression.ts'
import type { Plan } from './plan.ts'
import { SingleBar } from './single-bar.ts'

/**
 * Bars per block for a plan: the more, the fewer calls a bar needs, and the sooner the registers leave the nearest caches.
 */
export function blockFor(registers: number): number {
  return [256, 128].find((bars) => registers * bars * Float64Array.BYTES_PER_ELEMENT <= 96 * 1024) ?? 64
}

/** A plan laid out for one block size. It keeps no state between blocks: that is the caller's array. */
export class Machine {
  readonly block: number
  /** The register file; bar `i` of register `r` is at `r * block + i`. The columns come first. */
  readonly values: Float64Array
  readonly #plan: Plan
  readonly #runs: Run[]
  readonly #parameters: (readonly number[])[]
  readonly #inputs: Int32Array[]
  readonly #shifted: Int32Array[]
  readonly #cells: Int32Array
  readonly #outputs: Int32Array
  readonly #single: SingleBar | undefined
  /** From this bar on no step is silent. */
  readonly #settled: number

  constructor(plan: Plan, block: number) {
    this.block = block
    this.values = new Float64Array(Math.max(plan.registers, columns.length) * block)
    for (const { register, value } of plan.constants) this.values.fill(value, register * block, (register + 1) * block)
    this.#plan = plan
    this.#runs = plan.steps.map((step) => step.kernel.run)
    this.#parameters = plan.steps.map((step) => step.parameters)
    this.#inputs = plan.steps.map((step) => Int32Array.from(step.inputs, (register) => register * block))
    this.#shifted = plan.steps.map((step) => new Int32Array(step.inputs.length))
    this.#cells = Int32Array.from(plan.steps, (step) => step.at)
    this.#outputs = Int32Array.from(plan.steps, (step) => step.output * block)
    this.#single = block === 1 ? new SingleBar(plan) : undefined
    this.#settled = plan.steps.reduce((latest, step) => Math.max(latest, step.valid), 0)
  }

  /** Runs all steps over `count` bars, the first of which is bar number `first` of the stream. */
  run(state: Float64Array, first: number, count: number): void {
    if (first < this.#settled) return this.#warm(state, first, count)
    // A recursive average has started only after its first valid bar.
    if (this.#single !== undefined && first > this.#settled) return this.#single.run(state, this.values)
    const runs = this.#runs
    const values = this.values
    for (let k = 0; k < runs.length; k++)
      runs[k]!(state, this.#cells[k]!, this.#parameters[k]!, values, this.#inputs[k]!, this.#outputs[k]!, count)
  }

  /** As {@link run}, with each step beginning on its first bar and silent until its lookback has passed. */
  #warm(state: Float64Array, first: number, count: number): void {
    const { steps } = this.#plan
    for (let k = 0; k < steps.length; k++) {
      const { start, valid, at, parameters, kernel } = steps[k]!
      const output = this.#outputs[k]!
      const skip = Math.min(Math.max(start - first, 0), count)
      if (skip < count) {
        const inputs = this.#shifted[k]!
        for (let i = 0; i < inputs.length; i++) inputs[i] = this.#inputs[k]![i]! + skip
        kernel.run(state, at, parameters, this.values, inputs, output + skip, count - skip)
      }
      const masked = Math.min(Math.max(valid - first, 0), count)
      this.values.fill(NaN, output, output + masked)
    }
  }
}
