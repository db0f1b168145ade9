/** What matrix products and convolutions mean for the network: linear layers, patches, attention. */
import type { Flow } from './algebra.ts'
import type { Constant } from './constant.ts'
import type { Expression, Linear, Normalised, Patches, Scores, Vector } from './expression.ts'
import { asLinear, type Expressions } from './expressions.ts'
import { type Axis, exchanged, isWhole, type Layout, type Piece, sameDimension, sizeOf, whole } from './layout.ts'
import { axisOfDimension } from './movement.ts'
import { Unrecognised } from './unrecognised.ts'

const floats = (constant: Constant): Vector => Float32Array.from(constant.values)

function transposed(values: Vector, rows: number, columns: number): Vector {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = values[row * columns + column]!
  return result
}

/** A linear layer and the number by which its outputs are multiplied. */
function unscaled(expression: Expression): readonly [Linear, number] {
  if (expression.kind === 'scaled') {
    const [linear, by] = unscaled(expression.of)
    return [linear, by * expression.by]
  }
  if (expression.kind !== 'linear') throw new Unrecognised(`attention to ${expression.kind} values`)
  return [expression, 1]
}

/** Matrix products. */
export class Products {
  readonly #make: Expressions

  constructor(expressions: Expressions) {
    this.#make = expressions
  }

  /** A flow times a matrix, [in, out] or (`outFirst`) [out, in]. */
  linear({ expression, layout }: Flow, matrix: Constant, outFirst: boolean): Flow {
    const [first = 0, second = 0, ...more] = matrix.dims
    const [width, size] = outFirst ? [second, first] : [first, second]
    const last = layout.at(-1) ?? []
    if (more.length > 0 || sizeOf(last) !== width) throw new Unrecognised('a product with a table of another size')
    const patches = expression.kind === 'normalised' ? this.#blocks(expression, layout) : expression
    const over = patches.kind === 'patches' ? patches.content : axisOfDimension(last)
    const values = floats(matrix)
    const weight = outFirst ? values : transposed(values, width, size)
    const out: Axis = { label: 'outputs', size }
    const lead = layout.slice(0, -1)
    if (patches.kind === 'patches')
      return this.#embedded(patches, weight, out, [...layout.slice(0, -2), whole(patches.patch)])
    const linear: Linear = { kind: 'linear', of: expression, over, out, weight, bias: undefined }
    return { expression: this.#make.make(linear), layout: [...lead, whole(out)] }
  }

  /** A window reshaped into blocks has patches that stand side by side. */
  #blocks(expression: Normalised, layout: Layout): Normalised | Patches {
    const { of } = expression
    if (of.kind !== 'input' || layout.length < 3) return expression
    const [patches = [], content = []] = layout.slice(-2)
    const [size, steps] = [sizeOf(patches), sizeOf(content) / of.feature.size]
    const piece = (stride: number, count: number): Piece[] =>
      count === 1 ? [] : [{ axis: of.time, stride, size: count }]
    const ordered =
      size * steps === of.time.size &&
      sameDimension(patches, piece(steps, size)) &&
      sameDimension(content, [...piece(1, steps), ...whole(of.feature)])
    if (!ordered) return expression
    const patch: Axis = { label: 'patch', size }
    const inside: Axis = { label: 'patch content', size: sizeOf(content) }
    return this.#make.make({ kind: 'patches', of: expression, patch, content: inside, stride: steps, steps })
  }

  #embedded(patches: Expression & { kind: 'patches' }, weight: Vector, out: Axis, lead: Layout): Flow {
    const { of, patch, stride, steps, content } = patches
    const features = content.size / steps
    const moved = new Float32Array(weight.length)
    for (let row = 0; row < out.size; row += 1)
      for (let step = 0; step < steps; step += 1)
        for (let feature = 0; feature < features; feature += 1)
          moved[(row * features + feature) * steps + step] = weight[row * content.size + step * features + feature]!
    const embedding = { kind: 'embedding', of, patch, out, stride, steps, weight: moved, bias: undefined } as const
    return { expression: this.#make.make(embedding), layout: [...lead, whole(out)] }
  }

  /** A convolution over time, [batch, feature, time] to [batch, out, patch]. */
  convolution({ expression, layout }: Flow, kernel: Constant, bias: Constant | undefined, stride: number): Flow {
    if (expression.kind !== 'normalised' || expression.of.kind !== 'input')
      throw new Unrecognised(`a convolution of ${expression.kind} values`)
    const { batch, time, feature } = expression.of
    const [size = 0, features = 0, steps = 0, ...more] = kernel.dims
    const [batches = [], rows = [], columns = [], ...others] = layout
    const ordered = isWhole(batches, batch) && isWhole(rows, feature) && isWhole(columns, time)
    if (!ordered || others.length > 0 || more.length > 0 || features !== feature.size || steps > time.size)
      throw new Unrecognised('a convolution that is not one over time')
    const patch: Axis = { label: 'patch', size: Math.floor((time.size - steps) / stride) + 1 }
    const out: Axis = { label: 'embedding', size }
    const weight = floats(kernel)
    const embedding = {
      kind: 'embedding',
      of: expression,
      patch,
      out,
      stride,
      steps,
      weight,
      bias: bias === undefined ? undefined : floats(bias),
    } as const
    return { expression: this.#make.make(embedding), layout: [batches, whole(out), whole(patch)] }
  }

  /** A product of two flows: how queries meet keys, or how shares mix values. */
  attention(a: Flow, b: Flow): Flow {
    return a.expression.kind === 'shares' ? this.#mixed(a, a.expression.of, b) : this.#scores(a, b)
  }

  #scores(a: Flow, b: Flow): Flow {
    const [[query, left], [key, right]] = [unscaled(a.expression), unscaled(b.expression)]
    const [width = [], patches = []] = [a.layout.at(-1), a.layout.at(-2)]
    const lead = a.layout.slice(0, -2)
    const exchange = (axis: Axis): Axis => (axis === key.out ? query.out : axis)
    const wanted = [...lead, width, patches]
    const fits =
      query.of === key.of &&
      query.out.size === key.out.size &&
      b.layout.length === wanted.length &&
      b.layout.every((dimension, at) => sameDimension(dimension, wanted[at]!, exchange))
    const heads = query.out.size / sizeOf(width)
    if (!fits || !headsApart(query.out, a.layout, heads))
      throw new Unrecognised('a product of two tensors that is no attention')
    const seen: Axis = { label: 'seen patch', size: sizeOf(patches) }
    const scores: Scores = { kind: 'scores', query, key, heads, scale: left * right, seen }
    return { expression: this.#make.make(scores), layout: [...lead, patches, whole(seen)] }
  }

  /** The softmax over the patches that are looked at. */
  softmax({ expression, layout }: Flow, dimension: number): Flow {
    const [inner, by] = expression.kind === 'scaled' ? [expression.of, expression.by] : [expression, 1]
    if (inner.kind !== 'scores' || dimension !== layout.length - 1 || !isWhole(layout[dimension]!, inner.seen))
      throw new Unrecognised(`a softmax of ${inner.kind} values`)
    const of = this.#make.make({ ...inner, scale: inner.scale * by })
    return { expression: this.#make.make({ kind: 'shares', of }), layout }
  }

  #mixed(a: Flow, { query, seen, heads }: Scores, b: Flow): Flow {
    const value = asLinear(b.expression)
    if (value === undefined) throw new Unrecognised(`attention to ${b.expression.kind} values`)
    const layout = exchanged(a.layout, query.out, value.out)
    const [lead, patches = []] = [layout.slice(0, -2), layout.at(-2)]
    const width = b.layout.at(-1) ?? []
    const wanted = [...lead, patches, width]
    const fits =
      value.of === query.of &&
      isWhole(a.layout.at(-1)!, seen) &&
      b.layout.length === wanted.length &&
      b.layout.every((dimension, at) => sameDimension(dimension, wanted[at]!))
    if (!fits || sizeOf(width) * heads !== value.out.size || !headsApart(value.out, b.layout, heads))
      throw new Unrecognised('a product of two tensors that is no attention')
    const shares = this.#make.make({ kind: 'shares', of: (a.expression as Expression & { kind: 'shares' }).of })
    return { expression: this.#make.make({ kind: 'mixed', shares, value }), layout: [...lead, patches, width] }
  }
}

/** Whether the outputs of a layer lie as [head, width], the heads among the leading dimensions and the width last. */
function headsApart(out: Axis, layout: Layout, heads: number): boolean {
  const width = out.size / heads
  const outer = layout
    .slice(0, -1)
    .flat()
    .filter(({ axis }) => axis === out)
  const inner = layout.at(-1)!
  const piece = (stride: number, size: number) => (size === 1 ? [] : [{ axis: out, stride, size }])
  return Number.isInteger(width) && sameDimension(outer, piece(width, heads)) && sameDimension(inner, piece(1, width))
}
