/** What reshapes, transpositions, slices and concatenations of tensors mean for the network. */
import type { Flow } from './algebra.ts'
import type { View } from './expression.ts'
import { asLinear, type Expressions, outOf } from './expressions.ts'
import type { Cut } from './dims.ts'
import { type Axis, axisIn, isWhole, type Layout, type Piece, sameDimension, sizeOf, whole } from './layout.ts'
import { Unrecognised } from './unrecognised.ts'

/** Takes parts of tensors, and puts parts together. */
export class Movement {
  readonly #make: Expressions
  readonly #patches = new Map<string, Axis>()

  constructor(expressions: Expressions) {
    this.#make = expressions
  }

  /** Part of one dimension. */
  cut(flow: Flow, { axis: dimension, from, step, count }: Cut): Flow {
    const pieces = flow.layout[dimension]!
    if (from === 0 && step === 1 && count === sizeOf(pieces)) return flow
    const [outer, ...inner] = pieces
    const block = sizeOf(inner)
    if (outer === undefined || from % block !== 0 || count % block !== 0 || (step !== 1 && block !== 1))
      throw new Unrecognised('a slice across an axis')
    const chosen = { from: from / block, count: count / block, step }
    if (outer.stride * outer.size !== outer.axis.size) throw new Unrecognised('a slice of an inner part of an axis')
    const { expression } = flow
    const linear = asLinear(expression)
    if (linear !== undefined && linear.out === outer.axis && step === 1)
      return this.#rows(flow, dimension, outer, chosen)
    if (expression.kind === 'normalised' && expression.of.kind === 'input' && expression.of.time === outer.axis)
      return this.#view({ expression, layout: flow.layout }, dimension, outer, { ...chosen, inner })
    throw new Unrecognised(`a slice of ${expression.kind} values`)
  }

  /** Some outputs of a linear layer are the outputs of a smaller one. */
  #rows({ expression, layout }: Flow, dimension: number, outer: Piece, chosen: { from: number; count: number }): Flow {
    const linear = asLinear(expression)!
    const [first, count] = [chosen.from * outer.stride, chosen.count * outer.stride]
    const out: Axis = { label: linear.out.label, size: count }
    const width = linear.over.size
    const weight = linear.weight.slice(first * width, (first + count) * width)
    const bias = linear.bias?.slice(first, first + count)
    const smaller = this.#make.make({ ...linear, out, weight, bias })
    const changed = layout.map((pieces, at) =>
      pieces.flatMap((piece): readonly Piece[] => {
        if (piece.axis !== linear.out) return [piece]
        const size = at === dimension && piece === outer ? chosen.count : piece.size
        return size === 1 ? [] : [{ ...piece, axis: out, size }]
      }),
    )
    return { expression: smaller, layout: changed }
  }

  /** Every so many steps of the window: what one place of each patch sees. */
  #view(
    { expression, layout }: Flow,
    dimension: number,
    outer: Piece,
    { from, count, step, inner }: { from: number; count: number; step: number; inner: readonly Piece[] },
  ): Flow {
    if (inner.length > 0) throw new Unrecognised('a slice of steps and features')
    const hop = step * outer.stride
    const key = `${count} ${hop}`
    const patch = this.#patches.get(key) ?? { label: 'patch', size: count }
    this.#patches.set(key, patch)
    const view: View = { kind: 'view', of: expression, patch, from: from * outer.stride, hop, steps: outer.stride }
    return { expression: this.#make.make(view), layout: layout.with(dimension, whole(patch)) }
  }

  /** Tensors side by side along their last dimension. */
  join(flows: readonly Flow[], dimension: number): Flow {
    const [first] = flows
    if (first === undefined || dimension !== first.layout.length - 1)
      throw new Unrecognised('a Concat along another axis than the last')
    const lead = first.layout.slice(0, -1)
    for (const { layout } of flows)
      if (layout.length !== lead.length + 1 || !lead.every((one, at) => sameDimension(one, layout[at]!)))
        throw new Unrecognised('a Concat of tensors that do not match')
    if (first.expression.kind === 'view') return this.#patched(flows, lead)
    const parts = flows.map(({ expression }) => expression)
    flows.forEach(({ expression, layout }) => {
      const out = outOf(expression)
      if (out === undefined || !isWhole(layout.at(-1)!, out)) throw new Unrecognised('a Concat of parts of axes')
    })
    const size = parts.reduce((sum, part) => sum + outOf(part)!.size, 0)
    const out: Axis = { label: 'outputs', size }
    return { expression: this.#make.make({ kind: 'joined', parts, out }), layout: [...lead, whole(out)] }
  }

  #patched(flows: readonly Flow[], lead: Layout): Flow {
    const views = flows.map(({ expression }) => expression)
    const [first] = views as [View]
    const { of, patch, hop } = first
    if (of.kind !== 'normalised' || of.of.kind !== 'input') throw new Unrecognised('patches of something else')
    const { time, feature } = of.of
    flows.forEach(({ expression: view, layout }, at) => {
      const [steps, features, ...others] = layout.at(-1)!
      const inOrder =
        view.kind === 'view' && view.of === of && view.patch === patch && view.hop === hop && view.steps === first.steps
      const contentInOrder =
        others.length === 0 &&
        sameDimension(
          [steps, features].filter((piece) => piece !== undefined),
          [{ axis: time, stride: 1, size: first.steps }, ...whole(feature)].filter(({ size }) => size > 1),
        )
      if (!inOrder || !contentInOrder || view.from !== at * first.steps)
        throw new Unrecognised('patches whose steps are out of order')
    })
    const steps = first.steps * flows.length
    const content: Axis = { label: 'patch content', size: steps * feature.size }
    const patches = this.#make.make({ kind: 'patches', of, patch, content, stride: hop, steps })
    return { expression: patches, layout: [...lead, whole(content)] }
  }
}

/** The axis that a dimension is. */
export function axisOfDimension(dimension: readonly Piece[]): Axis {
  const axis = axisIn(dimension)
  if (axis === undefined) throw new Unrecognised('a product over a part of an axis')
  return axis
}
