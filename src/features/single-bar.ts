/**
 * A plan run one bar at a time. Most steps are arithmetic on few numbers, for which a call costs more than the work, so
 * these are written out here; the suites hold them to the blocks' results bit for bit.
 */
import type { Run } from '../numeric/kernel.ts'
import { ema } from '../numeric/smoothing.ts'
import { inlinedCode } from './inlined-kernels.ts'
import type { Plan } from './plan.ts'

/** The tables of a plan whose registers hold one bar each. */
export class SingleBar {
  readonly #codes: Uint8Array
  readonly #first: Int32Array
  readonly #second: Int32Array
  readonly #third: Int32Array
  readonly #fourth: Int32Array
  readonly #fifth: Int32Array
  /** What a recursive average moves by: its share of the way. */
  readonly #shares: Float64Array
  readonly #outputs: Int32Array
  readonly #cells: Int32Array
  readonly #runs: readonly Run[]
  readonly #parameters: readonly (readonly number[])[]
  readonly #inputs: readonly Int32Array[]

  constructor({ steps }: Plan) {
    const input = (place: number): Int32Array => Int32Array.from(steps, (step) => step.inputs[place] ?? 0)
    this.#codes = Uint8Array.from(steps, (step) => inlinedCode(step.kernel))
    this.#first = input(0)
    this.#second = input(1)
    this.#third = input(2)
    this.#fourth = input(3)
    this.#fifth = input(4)
    this.#shares = Float64Array.from(steps, ({ kernel, parameters: [length = 1] }) =>
      kernel === ema ? 2 / (length + 1) : 1 / length,
    )
    this.#outputs = Int32Array.from(steps, (step) => step.output)
    this.#cells = Int32Array.from(steps, (step) => step.at)
    this.#runs = steps.map((step) => step.kernel.run)
    this.#parameters = steps.map((step) => step.parameters)
    this.#inputs = steps.map((step) => Int32Array.from(step.inputs))
  }

  /** Runs all steps over one bar, when all have been valid before: so averages have started and rings are full. */
  run(state: Float64Array, values: Float64Array): void {
    // In locals, because a call in the loop would make the compiler read every field again.
    const codes = this.#codes
    const first = this.#first
    const second = this.#second
    const third = this.#third
    const fourth = this.#fourth
    const fifth = this.#fifth
    const shares = this.#shares
    const outputs = this.#outputs
    const cells = this.#cells
    const runs = this.#runs
    const parameters = this.#parameters
    const inputs = this.#inputs
    for (let k = 0; k < codes.length; k++) {
      const output = outputs[k]!
      const a = values[first[k]!]!
      const b = values[second[k]!]!
      // The number of a case is the kernel's place in inlined-kernels.ts.
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
          values[output] = Number(a > 0) - Number(a < 0)
          break
        case 18:
          values[output] = values[third[k]!]! * (b === 0 ? values[fourth[k]!]! : a / b)
          break
        case 19:
          values[output] = values[third[k]!]! * (a + b === 0 ? values[fourth[k]!]! : a / (a + b))
          break
        case 20: {
          const divisor = values[third[k]!]!
          values[output] = values[fourth[k]!]! * (divisor === 0 ? values[fifth[k]!]! : (a - b) / divisor)
          break
        }
        case 21:
          values[output] = values[third[k]!]! * (a + b === 0 ? values[fourth[k]!]! : Math.abs(a - b) / (a + b))
          break
        case 22: {
          const divisor = values[fourth[k]!]! * values[third[k]!]!
          values[output] = divisor === 0 ? values[fifth[k]!]! : (a - b) / divisor
          break
        }
        case 23:
          values[output] = (values[third[k]!]! * a) / b
          break
        case 24:
          values[output] = (values[fourth[k]!]! * (a - b)) / values[third[k]!]!
          break
        case 25:
          values[output] = (a + b + values[third[k]!]!) / values[fourth[k]!]!
          break
        case 26:
          values[output] = a + values[third[k]!]! * b
          break
        case 27:
          values[output] = a - values[third[k]!]! * b
          break
        case 28:
        case 29:
        case 30: {
          const cell = cells[k]! + 1
          const value = state[cell]! + shares[k]! * (a - state[cell]!)
          state[cell] = value
          values[output] = value
          break
        }
        case 31: {
          const cell = cells[k]! + 1
          const value = state[cell]! + a - shares[k]! * state[cell]!
          state[cell] = value
          values[output] = value
          break
        }
        case 32:
        case 33: {
          const cell = cells[k]! + 1
          const move = codes[k] === 32 ? a : 0 - a
          const value = state[cell]! + shares[k]! * (move * Number(move > 0) + 0 - state[cell]!)
          state[cell] = value
          values[output] = value
          break
        }
        case 34: {
          const cell = cells[k]! + 1
          values[output] = a - state[cell]!
          state[cell] = a
          break
        }
        case 35: {
          const at = cells[k]!
          const position = state[at]! | 0
          values[output] = state[at + 1 + position]!
          state[at + 1 + position] = a
          state[at] = position + 1 === parameters[k]![0] ? 0 : position + 1
          break
        }
        case 36: {
          const cell = cells[k]!
          state[cell] = state[cell]! + a
          values[output] = state[cell]!
          break
        }
        case 37: {
          const cell = cells[k]!
          state[cell] = state[cell]! + a * (Number(b > 0) - Number(b < 0))
          values[output] = state[cell]!
          break
        }
        case 38: {
          const cell = cells[k]!
          const way = a - state[cell]!
          state[cell] = a
          values[output] = a * b * (Number(way > 0) - Number(way < 0))
          break
        }
        default:
          runs[k]!(state, cells[k]!, parameters[k]!, values, inputs[k]!, output, 1)
      }
    }
  }
}
