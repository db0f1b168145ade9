/** Operations on constants: what an exporter left to be worked out at run time is worked out here. */
import {
  broadcastDims,
  lengthOf,
  type Constant,
  constantOf,
  isInteger,
  picked,
  product,
  stretched,
  stridesOf,
  wholeNumbers,
} from './constant.ts'
import type { Attributes } from './attributes.ts'
import {
  axesOf,
  axisOf,
  type Constants,
  cutsOf,
  need,
  permutationOf,
  reshapedDims,
  squeezedDims,
  unsqueezedDims,
} from './dims.ts'
import { Unrecognised } from './unrecognised.ts'

type Fold = (inputs: Constants, attributes: Attributes) => Constant

const calculated =
  (work: (a: number, b: number) => number, whole = work): Fold =>
  (inputs) => {
    const [a, b] = [need(inputs, 0), need(inputs, 1)]
    const dims = broadcastDims(a.dims, b.dims)
    const [left, right] = [stretched(a, dims), stretched(b, dims)]
    const integer = a.integer && b.integer
    const values = left.values.map((value, at) => (integer ? whole : work)(value, right.values[at]!))
    return { dims, values, integer }
  }

const each =
  (work: (value: number) => number): Fold =>
  (inputs) => {
    const source = need(inputs, 0)
    return { ...source, values: source.values.map(work) }
  }

const compared = (work: (a: number, b: number) => boolean): Fold => {
  const numbers = calculated((a, b) => Number(work(a, b)))
  return (inputs, attributes) => ({ ...numbers(inputs, attributes), integer: true })
}

const slice: Fold = (inputs) => {
  const source = need(inputs, 0)
  const cuts = new Map(cutsOf(source.dims, inputs).map((cut) => [cut.axis, cut]))
  const strides = stridesOf(source.dims)
  const dims = source.dims.map((size, axis) => cuts.get(axis)?.count ?? size)
  return picked(source, dims, (place) =>
    place.reduce((sum, at, axis) => {
      const { from = 0, step = 1 } = cuts.get(axis) ?? {}
      return sum + (from + at * step) * strides[axis]!
    }, 0),
  )
}

const gather: Fold = (inputs, attributes) => {
  const [source, indices] = [need(inputs, 0), need(inputs, 1)]
  const axis = axisOf(attributes.int('axis', 0), source.dims.length)
  const strides = stridesOf(source.dims)
  const inner = stridesOf(indices.dims)
  const size = source.dims[axis]!
  const dims = [...source.dims.slice(0, axis), ...indices.dims, ...source.dims.slice(axis + 1)]
  return picked(source, dims, (place) => {
    const index = indices.values[inner.reduce((sum, stride, at) => sum + stride * place[axis + at]!, 0)]!
    const chosen = axisOf(index, size)
    const front = place.slice(0, axis).reduce((sum, at, k) => sum + at * strides[k]!, 0)
    const back = place.slice(axis + inner.length).reduce((sum, at, k) => sum + at * strides[axis + 1 + k]!, 0)
    return front + chosen * strides[axis]! + back
  })
}

const concat: Fold = (inputs, attributes) => {
  const parts = inputs.map((_, at) => need(inputs, at))
  const [first] = parts
  if (first === undefined) throw new Unrecognised('a Concat of nothing')
  const axis = axisOf(attributes.int('axis', 0), first.dims.length)
  const total = parts.reduce((sum, part) => sum + part.dims[axis]!, 0)
  const dims = first.dims.map((size, at) => (at === axis ? total : size))
  const inner = product(dims.slice(axis + 1))
  const outer = product(dims.slice(0, axis))
  const values = new Float64Array(lengthOf(dims))
  let start = 0
  for (const part of parts) {
    const run = part.dims[axis]! * inner
    for (let row = 0; row < outer; row += 1)
      values.set(part.values.subarray(row * run, (row + 1) * run), row * total * inner + start)
    start += run
  }
  return { dims, values, integer: first.integer }
}

const transpose: Fold = (inputs, attributes) => {
  const source = need(inputs, 0)
  const order = permutationOf(source.dims.length, attributes)
  const strides = stridesOf(source.dims)
  return picked(
    source,
    order.map((axis) => source.dims[axis]!),
    (place) => place.reduce((sum, at, k) => sum + at * strides[order[k]!]!, 0),
  )
}

const cast: Fold = (inputs, attributes) => {
  const source = need(inputs, 0)
  const to = attributes.int('to', 0)
  const integer = isInteger(to)
  if (integer === undefined) throw new Unrecognised(`a Cast to element type ${to}`)
  return { dims: source.dims, values: Float64Array.from(source.values, integer ? Math.trunc : Number), integer }
}

const constant: Fold = (_, attributes) => {
  const tensor = attributes.get('value')?.t
  if (tensor !== undefined) return constantOf(tensor)
  const [ints, floats] = [attributes.ints('value_ints'), attributes.get('value_floats')?.floats]
  if (ints !== undefined) return wholeNumbers(ints)
  if (attributes.get('value_int') !== undefined) return wholeNumbers([attributes.int('value_int', 0)], [])
  if (floats !== undefined) return { dims: [floats.length], values: Float64Array.from(floats), integer: false }
  if (attributes.get('value_float') === undefined) throw new Unrecognised('a Constant without numbers')
  return { dims: [], values: Float64Array.of(attributes.float('value_float', 0)), integer: false }
}

const filled: Fold = (inputs, attributes) => {
  const tensor = attributes.get('value')?.t
  const fill = tensor === undefined ? { dims: [1], values: new Float64Array(1), integer: false } : constantOf(tensor)
  return stretched(fill, [...need(inputs, 0).values])
}

const where: Fold = (inputs) => {
  const [mask, yes, no] = [need(inputs, 0), need(inputs, 1), need(inputs, 2)]
  const dims = broadcastDims(broadcastDims(mask.dims, yes.dims), no.dims)
  const [choice, left, right] = [stretched(mask, dims), stretched(yes, dims), stretched(no, dims)]
  const values = left.values.map((value, at) => (choice.values[at] === 0 ? right.values[at]! : value))
  return { dims, values, integer: yes.integer }
}

const range: Fold = (inputs) => {
  const [start, limit, step] = [0, 1, 2].map((at) => need(inputs, at).values[0]!)
  const count = Math.max(0, Math.ceil((limit! - start!) / step!))
  const values = Float64Array.from({ length: lengthOf([count]) }, (_, at) => start! + at * step!)
  return { dims: [count], values, integer: need(inputs, 0).integer }
}

const reduceProduct: Fold = (inputs, attributes) => {
  const source = need(inputs, 0)
  const axes = axesOf(inputs, attributes)
  if (source.dims.length > 1 || (axes !== undefined && axes.length > 1))
    throw new Unrecognised('a ReduceProd of a table')
  const dims = attributes.int('keepdims', 1) === 1 ? source.dims.map(() => 1) : []
  return { dims, values: Float64Array.of(product([...source.values])), integer: source.integer }
}

const shaped =
  (dims: (source: Constant, inputs: Constants, attributes: Attributes) => number[]): Fold =>
  (inputs, attributes) => {
    const source = need(inputs, 0)
    return { ...source, dims: dims(source, inputs, attributes) }
  }

/** Operations on constants by name. */
export const folds: Readonly<Record<string, Fold>> = {
  Constant: constant,
  ConstantOfShape: filled,
  Identity: (inputs) => need(inputs, 0),
  Shape: (inputs) => wholeNumbers(need(inputs, 0).dims),
  Cast: cast,
  Add: calculated((a, b) => a + b),
  Sub: calculated((a, b) => a - b),
  Mul: calculated((a, b) => a * b),
  Div: calculated(
    (a, b) => a / b,
    (a, b) => Math.trunc(a / b),
  ),
  Pow: calculated((a, b) => a ** b),
  Min: calculated(Math.min),
  Max: calculated(Math.max),
  Equal: compared((a, b) => a === b),
  Where: where,
  Range: range,
  Sqrt: each(Math.sqrt),
  Neg: each((value) => -value),
  Exp: each(Math.exp),
  Abs: each(Math.abs),
  Floor: each(Math.floor),
  Reciprocal: each((value) => 1 / value),
  Gather: gather,
  Slice: slice,
  Concat: concat,
  Transpose: transpose,
  ReduceProd: reduceProduct,
  Expand: (inputs) => {
    const source = need(inputs, 0)
    return stretched(source, broadcastDims(source.dims, [...need(inputs, 1).values]))
  },
  Reshape: shaped(({ dims }, inputs, attributes) => reshapedDims(dims, need(inputs, 1), attributes)),
  Unsqueeze: shaped(({ dims }, inputs, attributes) => unsqueezedDims(dims, axesOf(inputs, attributes) ?? [])),
  Squeeze: shaped(({ dims }, inputs, attributes) => squeezedDims(dims, axesOf(inputs, attributes))),
}
