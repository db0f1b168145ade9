/** The hidden layers of all heads side by side, and their output layers as one matrix: two products in place of many. */
import type { Activation, Expression, Linear } from './expression.ts'
import { asLinear } from './expressions.ts'
import type { Matrix } from './matrix.ts'

/** Neighbouring outputs that end with the same activation. */
export interface Ending {
  readonly operation: Activation['operation'] | undefined
  readonly from: number
  readonly to: number
}

/** Heads that can be computed together. */
export interface HeadsPlan {
  /** What all heads look at. */
  readonly of: Expression
  readonly hidden: readonly Linear[]
  readonly activation: Activation['operation']
  /** All hidden values to all outputs. */
  readonly outer: Matrix
  readonly bias: Float32Array
  readonly endings: readonly Ending[]
}

interface Head {
  readonly last: Linear
  readonly hidden: Linear
  readonly activation: Activation['operation']
  readonly ending: Activation['operation'] | undefined
}

function headOf(expression: Expression): Head | undefined {
  const ending = expression.kind === 'activation' ? expression.operation : undefined
  const last = asLinear(expression.kind === 'activation' ? expression.of : expression)
  if (last === undefined || last.of.kind !== 'activation') return undefined
  const hidden = asLinear(last.of.of)
  return hidden && { last, hidden, activation: last.of.operation, ending }
}

function endingsOf(heads: readonly Head[]): Ending[] {
  const endings: Ending[] = []
  let from = 0
  for (const { last, ending } of heads) {
    const to = from + last.out.size
    const before = endings.at(-1)
    if (before !== undefined && before.operation === ending) endings[endings.length - 1] = { ...before, to }
    else endings.push({ operation: ending, from, to })
    from = to
  }
  return endings
}

/** How the parts of an output are computed together; undefined when they are not all two layers over the same values. */
export function fusedHeads(parts: readonly Expression[]): HeadsPlan | undefined {
  const found = parts.flatMap((part) => (part.kind === 'joined' ? part.parts : [part])).map(headOf)
  const heads = found.filter((head) => head !== undefined)
  const [first] = heads
  if (first === undefined || heads.length < found.length) return undefined
  const { activation } = first
  const { of } = first.hidden
  if (!heads.every((head) => head.activation === activation && head.hidden.of === of)) return undefined
  const hidden = [...new Set(heads.map((head) => head.hidden))]
  const starts = new Map<Linear, number>()
  let rows = 0
  for (const layer of hidden) {
    starts.set(layer, rows)
    rows += layer.out.size
  }
  const columns = heads.reduce((sum, { last }) => sum + last.out.size, 0)
  const data = new Float32Array(rows * columns)
  const bias = new Float32Array(columns)
  let column = 0
  for (const { last, hidden: own } of heads) {
    const width = last.over.size
    for (let out = 0; out < last.out.size; out += 1, column += 1) {
      bias[column] = last.bias?.[out] ?? 0
      for (let at = 0; at < width; at += 1)
        data[(starts.get(own)! + at) * columns + column] = last.weight[out * width + at]!
    }
  }
  return { of, hidden, activation, outer: { rows, columns, data }, bias, endings: endingsOf(heads) }
}
