/**
 * A program for a list of formulas: each distinct sub-formula is one step, run once per candle. Steps have registers (which
 * are used again when nobody needs them any more) and cells of state.
 */
import type { Kernel } from '../numeric/kernel.ts'
import { type Application, columns, type Expression } from './expression.ts'
import { fuse } from './fusion.ts'

/** One kernel at work. */
export interface Step {
  readonly kernel: Kernel
  readonly parameters: readonly number[]
  /** First cell of its state. */
  readonly at: number
  /** Registers it reads. */
  readonly inputs: readonly number[]
  /** Register it writes; none of its inputs. */
  readonly output: number
  /** Bar on which all inputs are valid for the first time: it first runs there. */
  readonly start: number
  /** Bar of its first valid value; before that its output is NaN. */
  readonly valid: number
}

/** The program. The first registers hold the columns, in their order. */
export interface Plan {
  readonly steps: readonly Step[]
  /** Registers that hold a number throughout. */
  readonly constants: readonly { readonly register: number; readonly value: number }[]
  readonly registers: number
  /** Cells of state. */
  readonly cells: number
  /** Columns that are read, or asked for, by their places. */
  readonly columns: readonly number[]
  /** Register of each requested formula, in order. */
  readonly outputs: Int32Array
  /** Bars before every output is valid. */
  readonly silent: number
}

/** All distinct formulas by their texts, inputs before those that use them. */
function flatten(
  formulas: readonly Expression[],
  settle: (node: Application) => Application,
): ReadonlyMap<string, Expression> {
  const order = new Map<string, Expression>()
  const visit = (node: Expression): void => {
    if (order.has(node.text)) return
    const settled = node.kind === 'application' ? settle(node) : node
    if (settled.kind === 'application') for (const input of settled.inputs) visit(input)
    order.set(node.text, settled)
  }
  for (const formula of formulas) visit(formula)
  return order
}

/** Hands out registers; those given back are taken first. */
class Registers {
  #count = columns.length
  readonly #free: number[] = []

  get count(): number {
    return this.#count
  }

  take(): number {
    return this.#free.pop() ?? this.#count++
  }

  giveBack(register: number): void {
    this.#free.push(register)
  }
}

/** How often each value is read; outputs and numbers once more, so that they are never given back. */
function countReaders(nodes: ReadonlyMap<string, Expression>, formulas: readonly Expression[]): Map<string, number> {
  const readers = new Map<string, number>()
  const count = (node: Expression): unknown => readers.set(node.text, (readers.get(node.text) ?? 0) + 1)
  for (const node of nodes.values()) {
    if (node.kind === 'application') for (const input of node.inputs) count(input)
    else count(node)
  }
  for (const formula of formulas) count(formula)
  return readers
}

/** The formulas with their chains fused. */
function fused(formulas: readonly Expression[]): ReadonlyMap<string, Expression> {
  const readers = countReaders(
    flatten(formulas, (node) => node),
    formulas,
  )
  return flatten(formulas, (node) => fuse(node, (link) => readers.get(link.text) === 1))
}

/** Compiles formulas into a program. */
export function planOf(formulas: readonly Expression[]): Plan {
  const nodes = fused(formulas)
  const readers = countReaders(nodes, formulas)
  const registers = new Registers()
  const homes = new Map<string, number>()
  const constants: { register: number; value: number }[] = []
  const steps: Step[] = []
  let cells = 0

  for (const node of nodes.values()) {
    if (node.kind === 'column') homes.set(node.text, columns.indexOf(node.column))
    if (node.kind !== 'number') continue
    homes.set(node.text, registers.take())
    constants.push({ register: homes.get(node.text)!, value: node.value })
  }
  for (const node of nodes.values()) {
    if (node.kind !== 'application') continue
    const { kernel, parameters } = node
    const output = registers.take()
    const start = Math.max(0, ...node.inputs.map((input) => input.silent))
    const inputs = node.inputs.map((input) => homes.get(input.text)!)
    homes.set(node.text, output)
    steps.push({ kernel, parameters, at: cells, inputs, output, start, valid: node.silent })
    cells += kernel.cells(...parameters)
    for (const input of node.inputs) {
      const left = readers.get(input.text)! - 1
      readers.set(input.text, left)
      if (left === 0) registers.giveBack(homes.get(input.text)!)
    }
  }
  return {
    steps,
    constants,
    registers: registers.count,
    cells,
    columns: [...columns.keys()].filter((place) => nodes.has(columns[place]!)),
    outputs: Int32Array.from(formulas, (formula) => homes.get(formula.text)!),
    silent: Math.max(0, ...formulas.map((formula) => formula.silent)),
  }
}

/** The state of a plan that has seen no candle. */
export function freshState(plan: Plan): Float64Array {
  const state = new Float64Array(plan.cells)
  for (const step of plan.steps) step.kernel.prepare?.(state, step.at, step.parameters)
  return state
}
