/**
 * A plan run one bar at a time. Most steps are arithmetic on two numbers, for which a call costs more than the work, so
 * these are written out here; the suites hold them to the blocks' results bit for bit.
 */
import { abs, add, div, max, min, mul, neg, ratio, sub } from '../numeric/arithmetic.ts'
import { and, ge, gt, le, lt, or, select } from '../numeric/comparison.ts'
import { sign } from '../numeric/elementary.ts'
import type { Kernel, Run } from '../numeric/kernel.ts'
import type { Plan } from './plan.ts'

/** The kernels that {@link SingleBar.run} knows by their place in this list; place 0 stands for all others. */
const inlined: readonly (Kernel | undefined)[] = [
  undefined,
  add,
  sub,
  mul,
  div,
  ratio,
  min,
  max,
  neg,
  abs,
  gt,
  lt,
  ge,
  le,
  and,
  or,
  select,
  sign,
]

/** The tables of a plan whose registers hold one bar each. */
export class SingleBar {
  readonly #codes: Uint8Array
  readonly #first: Int32Array
  readonly #second: Int32Array
  readonly #third: Int32Array
  readonly #outputs: Int32Array
  readonly #cells: Int32Array
  readonly #runs: readonly Run[]
  readonly #parameters: readonly (readonly number[])[]
  readonly #inputs: readonly Int32Array[]

  constructor({ steps }: Plan) {
    const input = (place: number): Int32Array => Int32Array.from(steps, (step) => step.inputs[place] ?? 0)
    this.#codes = Uint8Array.from(steps, (step) => Math.max(inlined.indexOf(step.kernel), 0))
    this.#first = input(0)
    this.#second = input(1)
    this.#third = input(2)
    this.#outputs = Int32Array.from(steps, (step) => step.output)
    this.#cells = Int32Array.from(steps, (step) => step.at)
    this.#runs = steps.map((step) => step.kernel.run)
    this.#parameters = steps.map((step) => step.parameters)
    this.#inputs = steps.map((step) => Int32Array.from(step.inputs))
  }

  /** Runs all steps over one bar, when no step is silent any more. */
  run(state: Float64Array, values: Float64Array): void {
    // In locals, because a call in the loop would make the compiler read every field again.
    const codes = this.#codes
    const first = this.#first
    const second = this.#second
    const third = this.#third
    const outputs = this.#outputs
    const cells = this.#cells
    const runs = this.#runs
    const parameters = this.#parameters
    const inputs = this.#inputs
    for (let k = 0; k < codes.length; k++) {
      const output = outputs[k]!
      const a = values[first[k]!]!
      const b = values[second[k]!]!
      // The number of a case is the kernel's place in the list above.
      switch (codes[k]!) {
        case 1:
          values[output] = a + b
          break
        case 2:
          values[output] = a - b
          break
        case 3:
          values[output] = a * b
          break
        case 4:
          values[output] = a / b
          break
        case 5:
          values[output] = b === 0 ? values[third[k]!]! : a / b
          break
        case 6:
          values[output] = a < b ? a : b
          break
        case 7:
          values[output] = a > b ? a : b
          break
        case 8:
          values[output] = 0 - a
          break
        case 9:
          values[output] = Math.abs(a)
          break
        case 10:
          values[output] = a > b ? 1 : 0
          break
        case 11:
          values[output] = a < b ? 1 : 0
          break
        case 12:
          values[output] = a >= b ? 1 : 0
          break
        case 13:
          values[output] = a <= b ? 1 : 0
          break
        case 14:
          values[output] = a !== 0 && b !== 0 ? 1 : 0
          break
        case 15:
          values[output] = a !== 0 || b !== 0 ? 1 : 0
          break
        case 16:
          values[output] = a !== 0 ? b : values[third[k]!]!
          break
        case 17:
          values[output] = a > 0 ? 1 : a < 0 ? -1 : 0
          break
        default:
          runs[k]!(state, cells[k]!, parameters[k]!, values, inputs[k]!, output, 1)
      }
    }
  }
}
