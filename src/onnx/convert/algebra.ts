/** What sums, products and reductions of tensors mean for the network; anything without a meaning is refused. */
import { type Constant, product, scalarOf, stretched } from './constant.ts'
import type { Expression, Normalised, Vector } from './expression.ts'
import { asLinear, type Expressions } from './expressions.ts'
import { type Axis, axisIn, covers, dimsOf, type Layout, padded, sameDimension, sameLayout } from './layout.ts'
import { Unrecognised } from './unrecognised.ts'

/** A tensor that depends on the window. */
export interface Flow {
  readonly expression: Expression
  readonly layout: Layout
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.abs(b)

/** Which axes a constant varies along when it meets a flow, and its numbers in the order of these axes. */
interface Spread {
  readonly axes: readonly Axis[]
  readonly values: Vector
}

/** Arithmetic on flows. */
export class Algebra {
  readonly #make: Expressions

  constructor(expressions: Expressions) {
    this.#make = expressions
  }

  #spread(constant: Constant, layout: Layout): Spread {
    const dims = dimsOf(layout)
    const own = [...dims.map(() => 1).slice(constant.dims.length), ...constant.dims]
    const axes: Axis[] = []
    const sizes = dims.map((size, at) => {
      if (own[at] === 1) return 1
      const axis = axisIn(layout[at]!)
      if (own[at] !== size || axis === undefined) throw new Unrecognised('a constant that fits no axis')
      axes.push(axis)
      return size
    })
    return { axes, values: Float32Array.from(stretched(constant, sizes).values) }
  }

  /** A flow times a number, or times a number for each place of an axis. */
  scale({ expression, layout }: Flow, constant: Constant): Flow {
    const fitted = padded(layout, constant.dims.length)
    const by = scalarOf(constant)
    if (expression.kind === 'normalised' && expression.shift === undefined) {
      const [values, along] = this.#along(expression, constant, fitted)
      const before = expression.scale
      const scale = values.map((value, at) => value * (before?.[at] ?? 1))
      return { expression: this.#make.make({ ...expression, along, scale }), layout: fitted }
    }
    if (by !== undefined) return { expression: this.#multiple(expression, by), layout: fitted }
    const { axes, values } = this.#spread(constant, fitted)
    const linear = asLinear(expression)
    if (linear === undefined || axes.length !== 1 || axes[0] !== linear.out)
      throw new Unrecognised(`a product with ${expression.kind} values`)
    const width = linear.over.size
    const weight = linear.weight.map((w, at) => w * values[Math.floor(at / width)]!)
    const bias = linear.bias?.map((b, at) => b * values[at]!)
    return { expression: this.#make.make({ ...linear, weight, bias }), layout: fitted }
  }

  #multiple(expression: Expression, by: number): Expression {
    if (expression.kind === 'variance') return this.#make.make({ ...expression, factor: expression.factor * by })
    const total = expression.kind === 'scaled' ? expression.by * by : by
    const of = expression.kind === 'scaled' ? expression.of : expression
    return near(total, 1) ? of : this.#make.make({ kind: 'scaled', of, by: total })
  }

  /** The numbers by which a normalised flow is scaled or shifted, and the axis that they run along. */
  #along(expression: Normalised, constant: Constant, layout: Layout): readonly [Vector, Axis] {
    const { along, scale } = expression
    const single = scalarOf(constant)
    if (single !== undefined) return [new Float32Array(along.size).fill(single), along]
    const { axes, values } = this.#spread(constant, layout)
    const [axis, ...others] = axes
    if (axis === undefined || others.length > 0 || (scale !== undefined && axis !== along))
      throw new Unrecognised('a normalisation that is scaled along several axes')
    return [values, axis]
  }

  /** A flow plus a number, or plus a number for each place of one axis or two. */
  shift({ expression, layout }: Flow, constant: Constant): Flow {
    const fitted = padded(layout, constant.dims.length)
    const by = scalarOf(constant)
    const done = (result: Expression): Flow => ({ expression: this.#make.make(result), layout: fitted })
    if (expression.kind === 'variance' && by !== undefined)
      return done({ kind: 'guarded', of: expression, epsilon: by })
    if (expression.kind === 'erf' && by !== undefined && near(by, 1)) return done({ ...expression, kind: 'raised-erf' })
    if (expression.kind === 'normalised') {
      const [values, along] = this.#along(expression, constant, fitted)
      const before = expression.shift
      return done({ ...expression, along, shift: values.map((value, at) => value + (before?.[at] ?? 0)) })
    }
    const layer = expression.kind === 'embedding' ? expression : asLinear(expression)
    if (by !== undefined && layer?.out.size !== 1) throw new Unrecognised(`a sum with ${expression.kind} values`)
    const { axes, values } = this.#spread(constant, fitted)
    const [axis, second] = axes
    if (layer !== undefined && second === undefined && axis === (layer.out.size === 1 ? undefined : layer.out))
      return done({ ...layer, bias: values.map((value, at) => value + (layer.bias?.[at] ?? 0)) })
    if (expression.kind === 'embedding' && axes.length === 2) return done(this.#positioned(expression, axes, values))
    throw new Unrecognised(`a sum with ${expression.kind} values`)
  }

  #positioned(expression: Expression & { kind: 'embedding' }, axes: readonly Axis[], values: Vector): Expression {
    const { patch, out } = expression
    if (axes[0] === patch && axes[1] === out) return { kind: 'positioned', of: expression, table: values }
    if (axes[0] !== out || axes[1] !== patch) throw new Unrecognised('positions that belong to no patch')
    const table = values.map((_, at) => values[(at % out.size) * patch.size + Math.floor(at / out.size)]!)
    return { kind: 'positioned', of: expression, table }
  }

  /** One flow plus another: a residual connection. */
  add(a: Flow, b: Flow): Flow {
    let [from, to]: [Axis | undefined, Axis | undefined] = [undefined, undefined]
    const exchange = (axis: Axis): Axis => (axis === from && to !== undefined ? to : axis)
    const fits = a.layout.every((dimension, at) => {
      const other = b.layout[at] ?? []
      const [mine, its] = [axisIn(dimension), axisIn(other)]
      if (from === undefined && mine !== undefined && its !== undefined && mine !== its && mine.size === its.size)
        [from, to] = [its, mine]
      return sameDimension(other, dimension, exchange)
    })
    if (!fits || a.layout.length !== b.layout.length) throw new Unrecognised('a sum of tensors that do not match')
    return { expression: this.#make.make({ kind: 'sum', left: a.expression, right: b.expression }), layout: a.layout }
  }

  /** One flow minus another: deviations from a mean. */
  subtract(a: Flow, b: Flow): Flow {
    const { expression } = b
    if (expression.kind !== 'mean' || expression.of !== a.expression || !covers(a.layout, b.layout))
      throw new Unrecognised(`a difference with ${expression.kind} values`)
    const centred = this.#make.make({ kind: 'centred', of: a.expression, axis: expression.axis })
    return { expression: centred, layout: a.layout }
  }

  /** One flow times another. */
  multiply(a: Flow, b: Flow): Flow {
    const [left, right] = [a.expression, b.expression]
    if (left === right && left.kind === 'centred' && sameLayout(a.layout, b.layout)) return this.square(a)
    if (right.kind === 'centred' || left.kind === 'raised-erf') return this.#product(b, a)
    return this.#product(a, b)
  }

  #product(a: Flow, b: Flow): Flow {
    const [left, right] = [a.expression, b.expression]
    if (left.kind === 'centred' && right.kind === 'inverse' && covers(a.layout, b.layout)) {
      const plain = this.#normalised(left, right.of)
      const { along = plain.along, scale } = right
      return { expression: this.#make.make({ ...plain, along, scale }), layout: a.layout }
    }
    if (right.kind !== 'raised-erf' || !sameLayout(a.layout, b.layout))
      throw new Unrecognised(`a product of ${left.kind} and ${right.kind} values`)
    const [inner, by] = left.kind === 'scaled' ? [left.of, left.by] : [left, 1]
    const within = right.of
    if (within.kind !== 'scaled' || within.of !== inner || !near(within.by, Math.SQRT1_2))
      throw new Unrecognised('an error function that is no GELU')
    const gelu = this.#make.make({ kind: 'activation', of: inner, operation: 'Gelu' })
    return { expression: this.#multiple(gelu, 2 * by), layout: a.layout }
  }

  /** One flow divided by another: a normalisation. */
  divide(a: Flow, b: Flow): Flow {
    if (a.expression.kind !== 'centred' || b.expression.kind !== 'deviation' || !covers(a.layout, b.layout))
      throw new Unrecognised(`${a.expression.kind} values divided by ${b.expression.kind} values`)
    return { expression: this.#make.make(this.#normalised(a.expression, b.expression)), layout: a.layout }
  }

  /** A constant divided by a flow: a scale divided by a deviation. */
  divideInto(constant: Constant, { expression, layout }: Flow): Flow {
    if (expression.kind !== 'deviation') throw new Unrecognised(`a constant divided by ${expression.kind} values`)
    const fitted = padded(layout, constant.dims.length)
    const { axes, values } = this.#spread(constant, fitted)
    if (axes.length > 1) throw new Unrecognised('a scale along several axes')
    const [along] = axes
    const scale = along === undefined && values[0] === 1 ? undefined : values
    if (along === undefined && scale !== undefined) throw new Unrecognised('a scale along no axis')
    return { expression: this.#make.make({ kind: 'inverse', of: expression, along, scale }), layout: fitted }
  }

  #normalised(centred: Expression & { kind: 'centred' }, deviation: Expression & { kind: 'deviation' }): Normalised {
    const guarded = deviation.of
    const variance = guarded.of
    const { of, axis } = centred
    if (variance.of.of !== centred) throw new Unrecognised('a deviation of something else')
    const along = of.kind === 'input' ? of.feature : axis
    const { epsilon } = guarded
    const { factor } = variance
    return { kind: 'normalised', of, axis, factor, epsilon, along, scale: undefined, shift: undefined }
  }

  /** The square of a flow. */
  square({ expression, layout }: Flow): Flow {
    if (expression.kind !== 'centred') throw new Unrecognised(`a square of ${expression.kind} values`)
    return { expression: this.#make.make({ kind: 'squares', of: expression }), layout }
  }

  /** The square root of a flow. */
  root({ expression, layout }: Flow): Flow {
    if (expression.kind !== 'guarded') throw new Unrecognised(`a root of ${expression.kind} values`)
    return { expression: this.#make.make({ kind: 'deviation', of: expression }), layout }
  }

  /** The mean (or the sum, for a variance) over one dimension. */
  reduce(flow: Flow, dimension: number, keep: boolean, sum: boolean): Flow {
    const { expression, layout } = flow
    const pieces = layout[dimension]!
    const rest = keep ? layout.map((one, at) => (at === dimension ? [] : one)) : layout.toSpliced(dimension, 1)
    // A mean over one place is the place itself.
    if (pieces.length === 0 && !sum) return { expression, layout: rest }
    const axis = axisIn(pieces)
    if (axis === undefined) throw new Unrecognised('a mean over a part of an axis')
    if (expression.kind === 'squares' && expression.of.axis === axis) {
      const factor = sum ? axis.size : 1
      return { expression: this.#make.make({ kind: 'variance', of: expression, factor }), layout: rest }
    }
    if (sum) throw new Unrecognised(`a sum over ${expression.kind} values`)
    return { expression: this.#make.make({ kind: 'mean', of: expression, axis }), layout: rest }
  }

  /** Layer normalisation as one operation, over the last dimension. */
  layerNorm(flow: Flow, epsilon: number, scale: Constant | undefined, shift: Constant | undefined): Flow {
    const { expression, layout } = flow
    const axis = axisIn(layout.at(-1) ?? [])
    if (axis === undefined) throw new Unrecognised('a layer normalisation over a part of an axis')
    const vector = (constant: Constant | undefined): Vector | undefined => {
      if (constant === undefined) return undefined
      if (product(constant.dims) !== axis.size) throw new Unrecognised('a layer normalisation of another size')
      return Float32Array.from(constant.values)
    }
    const normalised: Normalised = {
      kind: 'normalised',
      of: expression,
      axis,
      factor: 1,
      epsilon,
      along: axis,
      scale: vector(scale),
      shift: vector(shift),
    }
    return { expression: this.#make.make(normalised), layout }
  }
}
