/** What each operation of ONNX means for tensors that depend on the window. */
import { dataTypes } from '../model.ts'
import { Algebra, type Flow } from './algebra.ts'
import type { Attributes } from './attributes.ts'
import { type Constant, scalarOf, wholeNumbers } from './constant.ts'
import { axesOf, axisOf, cutsOf, need, permutationOf, reshapedDims, squeezedDims, unsqueezedDims } from './dims.ts'
import { einsum } from './einsum.ts'
import type { Expression } from './expression.ts'
import type { Expressions } from './expressions.ts'
import { dimsOf, type Layout, reshaped } from './layout.ts'
import { Movement } from './movement.ts'
import { Products } from './products.ts'
import { Unrecognised } from './unrecognised.ts'

/** What a node reads and writes. */
export type Operand = Flow | Constant

/** Whether an operand depends on the window. */
export const isFlow = (operand: Operand | undefined): operand is Flow =>
  operand !== undefined && 'expression' in operand

type Inputs = readonly (Operand | undefined)[]

type Operation = (inputs: Inputs, attributes: Attributes) => Operand

/** The operations by name. */
export class Operations {
  readonly #make: Expressions
  readonly #algebra: Algebra
  readonly #movement: Movement
  readonly #products: Products

  constructor(expressions: Expressions) {
    this.#make = expressions
    this.#algebra = new Algebra(expressions)
    this.#movement = new Movement(expressions)
    this.#products = new Products(expressions)
  }

  /** What a node with `count` outputs writes. */
  run(opType: string, inputs: Inputs, attributes: Attributes, count: number): readonly Operand[] {
    if (opType === 'Split') return this.#split(inputs, attributes, count)
    const operation = this.#operations[opType]
    if (operation === undefined) throw new Unrecognised('it is no part of the network')
    return [operation(inputs, attributes)]
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    Shape: (inputs) => wholeNumbers(dimsOf(first(inputs).layout)),
    Identity: (inputs) => first(inputs),
    Dropout: (inputs) => {
      if (constant(inputs, 2)?.values[0] === 1) throw new Unrecognised('a dropout that is switched on')
      return first(inputs)
    },
    Cast: (inputs, attributes) => {
      if (attributes.int('to', 0) !== dataTypes.float32) throw new Unrecognised('a change of the element type')
      return first(inputs)
    },
    Add: (inputs) => {
      const [a, b] = pair(inputs)
      if (isFlow(a)) return isFlow(b) ? this.#algebra.add(a, b) : this.#algebra.shift(a, b)
      return this.#algebra.shift(b as Flow, a)
    },
    Sub: (inputs) => {
      const [a, b] = pair(inputs)
      if (!isFlow(a)) throw new Unrecognised('a constant minus a tensor')
      return isFlow(b)
        ? this.#algebra.subtract(a, b)
        : this.#algebra.shift(
            a,
            mapped(b, (value) => -value),
          )
    },
    Mul: (inputs) => {
      const [a, b] = pair(inputs)
      if (isFlow(a)) return isFlow(b) ? this.#algebra.multiply(a, b) : this.#algebra.scale(a, b)
      return this.#algebra.scale(b as Flow, a)
    },
    Div: (inputs) => {
      const [a, b] = pair(inputs)
      if (!isFlow(a)) return this.#algebra.divideInto(a, b as Flow)
      return isFlow(b)
        ? this.#algebra.divide(a, b)
        : this.#algebra.scale(
            a,
            mapped(b, (value) => 1 / value),
          )
    },
    Pow: (inputs) => {
      const exponent = constant(inputs, 1)
      if (exponent === undefined || scalarOf(exponent) !== 2) throw new Unrecognised('a power other than 2')
      return this.#algebra.square(first(inputs))
    },
    Sqrt: (inputs) => this.#algebra.root(first(inputs)),
    Reciprocal: (inputs) =>
      this.#algebra.divideInto({ dims: [], values: Float32Array.of(1), integer: false }, first(inputs)),
    ReduceMean: (inputs, attributes) => this.#reduce(inputs, attributes, false),
    ReduceSum: (inputs, attributes) => this.#reduce(inputs, attributes, true),
    LayerNormalization: (inputs, attributes) => {
      const flow = first(inputs)
      if (axisOf(attributes.int('axis', -1), flow.layout.length) !== flow.layout.length - 1)
        throw new Unrecognised('a layer normalisation over several axes')
      const epsilon = attributes.float('epsilon', 1e-5)
      return this.#algebra.layerNorm(flow, epsilon, constant(inputs, 1), constant(inputs, 2))
    },
    Erf: (inputs) => this.#unary(first(inputs), (of) => ({ kind: 'erf', of })),
    Relu: (inputs) => this.#unary(first(inputs), (of) => ({ kind: 'activation', of, operation: 'Relu' })),
    Tanh: (inputs) => this.#unary(first(inputs), (of) => ({ kind: 'activation', of, operation: 'Tanh' })),
    Sigmoid: (inputs) => this.#unary(first(inputs), (of) => ({ kind: 'activation', of, operation: 'Sigmoid' })),
    Softplus: (inputs) => this.#unary(first(inputs), (of) => ({ kind: 'activation', of, operation: 'Softplus' })),
    Gelu: (inputs, attributes) => {
      if (attributes.text('approximate', 'none') !== 'none') throw new Unrecognised('an approximate GELU')
      return this.#unary(first(inputs), (of) => ({ kind: 'activation', of, operation: 'Gelu' }))
    },
    Clip: (inputs) => {
      const [low, high] = [1, 2].map((at) => constant(inputs, at)?.values[0])
      return this.#unary(first(inputs), (of) => ({
        kind: 'clipped',
        of,
        low: low ?? -Infinity,
        high: high ?? Infinity,
      }))
    },
    Softmax: (inputs, attributes) => {
      const flow = first(inputs)
      return this.#products.softmax(flow, axisOf(attributes.int('axis', -1), flow.layout.length))
    },
    MatMul: (inputs) => {
      const [a, b] = pair(inputs)
      if (!isFlow(a)) throw new Unrecognised('a table times a tensor')
      return isFlow(b) ? this.#products.attention(a, b) : this.#products.linear(a, b, false)
    },
    Gemm: (inputs, attributes) => {
      const [flow, matrix, bias] = [first(inputs), constant(inputs, 1), constant(inputs, 2)]
      const plain =
        ['alpha', 'beta'].every((name) => attributes.float(name, 1) === 1) && attributes.int('transA', 0) === 0
      if (matrix === undefined || !plain) throw new Unrecognised('a product that is no linear layer')
      const result = this.#products.linear(flow, matrix, attributes.int('transB', 0) === 1)
      return bias === undefined ? result : this.#algebra.shift(result, bias)
    },
    Conv: (inputs, attributes) => {
      const kernel = constant(inputs, 1)
      const plain =
        attributes.int('group', 1) === 1 &&
        attributes.text('auto_pad', 'NOTSET') !== 'SAME_UPPER' &&
        attributes.text('auto_pad', 'NOTSET') !== 'SAME_LOWER' &&
        (attributes.ints('pads') ?? []).every((pad) => pad === 0) &&
        (attributes.ints('dilations') ?? []).every((step) => step === 1)
      if (kernel === undefined || !plain) throw new Unrecognised('a convolution that is not a plain one')
      return this.#products.convolution(
        first(inputs),
        kernel,
        constant(inputs, 2),
        attributes.ints('strides')?.[0] ?? 1,
      )
    },
    Einsum: (inputs, attributes) => {
      const [a, b] = pair(inputs)
      if (!isFlow(a) || !isFlow(b)) throw new Unrecognised('a product with a table')
      return einsum(attributes.text('equation', ''), a, b, (left, right) => this.#products.attention(left, right))
    },
    Transpose: (inputs, attributes) =>
      this.#moved(first(inputs), (layout) => permutationOf(layout.length, attributes).map((at) => layout[at]!)),
    Reshape: (inputs, attributes) => {
      const asked = need([constant(inputs, 1)], 0)
      return this.#moved(first(inputs), (layout) => reshaped(layout, reshapedDims(dimsOf(layout), asked, attributes)))
    },
    Flatten: (inputs, attributes) => {
      const at = attributes.int('axis', 1)
      const dims = dimsOf(first(inputs).layout)
      const sizes = [dims.slice(0, at), dims.slice(at)].map((some) => some.reduce((total, size) => total * size, 1))
      return this.#moved(first(inputs), (layout) => reshaped(layout, sizes))
    },
    Unsqueeze: (inputs, attributes) => {
      const axes = axesOf([undefined, constant(inputs, 1)], attributes) ?? []
      return this.#moved(first(inputs), (layout) => reshaped(layout, unsqueezedDims(dimsOf(layout), axes)))
    },
    Squeeze: (inputs, attributes) => {
      const axes = axesOf([undefined, constant(inputs, 1)], attributes)
      return this.#moved(first(inputs), (layout) => reshaped(layout, squeezedDims(dimsOf(layout), axes)))
    },
    Slice: (inputs) => {
      const constants = inputs.map((_, at) => (at === 0 ? undefined : constant(inputs, at)))
      const flow = first(inputs)
      return cutsOf(dimsOf(flow.layout), constants).reduce((cut, one) => this.#movement.cut(cut, one), flow)
    },
    Gather: (inputs, attributes) => {
      const [flow, index] = [first(inputs), need([constant(inputs, 1)], 0)]
      const [at, rank] = [scalarOf(index), flow.layout.length]
      if (at === undefined) throw new Unrecognised('a choice of several places')
      const axis = axisOf(attributes.int('axis', 0), rank)
      const from = axisOf(at, dimsOf(flow.layout)[axis]!)
      const { expression, layout } = this.#movement.cut(flow, { axis, from, step: 1, count: 1 })
      return { expression, layout: layout.toSpliced(axis, 1, ...index.dims.map(() => [])) }
    },
    Concat: (inputs, attributes) => {
      if (!inputs.every(isFlow)) throw new Unrecognised('a Concat with constants')
      return this.#movement.join(inputs, axisOf(attributes.int('axis', 0), first(inputs).layout.length))
    },
  }

  #unary({ expression, layout }: Flow, to: (of: Expression) => Expression): Flow {
    return { expression: this.#make.make(to(expression)), layout }
  }

  #moved({ expression, layout }: Flow, move: (layout: Layout) => Layout): Flow {
    return { expression, layout: move(layout) }
  }

  #reduce(inputs: Inputs, attributes: Attributes, sum: boolean): Flow {
    const axes = axesOf([undefined, constant(inputs, 1)], attributes)
    const [axis, ...others] = axes ?? []
    if (axis === undefined || others.length > 0) throw new Unrecognised('a reduction over several axes')
    const flow = first(inputs)
    const keep = attributes.int('keepdims', 1) === 1
    return this.#algebra.reduce(flow, axisOf(axis, flow.layout.length), keep, sum)
  }

  #split(inputs: Inputs, attributes: Attributes, count: number): readonly Flow[] {
    const flow = first(inputs)
    const axis = axisOf(attributes.int('axis', 0), flow.layout.length)
    const size = dimsOf(flow.layout)[axis]!
    const asked = constant(inputs, 1)?.values ?? attributes.ints('split')
    const sizes = asked === undefined ? Array.from({ length: count }, () => size / count) : [...asked]
    let from = 0
    return sizes.map((one) => {
      const part = this.#movement.cut(flow, { axis, from, step: 1, count: one })
      from += one
      return part
    })
  }
}

const mapped = (source: Constant, work: (value: number) => number): Constant => ({
  ...source,
  // In double precision: one over a float is seldom a float.
  values: Float64Array.from(source.values, work),
})

function first(inputs: Inputs): Flow {
  const [flow] = inputs
  if (!isFlow(flow)) throw new Unrecognised('its first input is a constant')
  return flow
}

function constant(inputs: Inputs, at: number): Constant | undefined {
  const input = inputs[at]
  if (isFlow(input)) throw new Unrecognised('a parameter that depends on the window')
  return input
}

const pair = (inputs: Inputs): readonly [Operand, Operand] => [need(inputs, 0), need(inputs, 1)]
