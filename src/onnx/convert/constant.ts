/** Constants of a source graph as plain numbers, whatever their element type. */
import { halfToNumber } from '../half.ts'
import { dataTypes, type OnnxTensor } from '../model.ts'
import { Unrecognised } from './unrecognised.ts'

/** A tensor that is known before anything runs, row major. */
export interface Constant {
  readonly dims: readonly number[]
  readonly values: Float32Array | Float64Array
  /** Whether arithmetic on it is that of whole numbers. */
  readonly integer: boolean
}

/** The product of sizes. */
export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)

/** More numbers than any constant of a network has; a damaged graph may ask for any. */
const mostNumbers = 2 ** 28

/** The number of elements of a constant to be made. */
export function lengthOf(dims: readonly number[]): number {
  const length = product(dims)
  if (!(Number.isInteger(length) && length >= 0 && length <= mostNumbers && dims.every((size) => size >= 0)))
    throw new Unrecognised(`a constant of shape [${dims.join(', ')}]`)
  return length
}

/** A list of whole numbers, or with no `dims` a single one. */
export const wholeNumbers = (values: readonly number[], dims: readonly number[] = [values.length]): Constant => ({
  dims,
  values: Float64Array.from(values),
  integer: true,
})

/** The number of a constant of one element; undefined for larger ones. */
export const scalarOf = ({ values }: Constant): number | undefined => (values.length === 1 ? values[0] : undefined)

type Reader = (view: DataView, at: number) => number

const readers: Readonly<Record<number, { readonly bytes: number; readonly read: Reader; readonly integer: boolean }>> =
  {
    [dataTypes.float32]: { bytes: 4, read: (view, at) => view.getFloat32(at, true), integer: false },
    [dataTypes.float64]: { bytes: 8, read: (view, at) => view.getFloat64(at, true), integer: false },
    [dataTypes.float16]: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)), integer: false },
    [dataTypes.int64]: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), integer: true },
    [dataTypes.int32]: { bytes: 4, read: (view, at) => view.getInt32(at, true), integer: true },
    [dataTypes.bool]: { bytes: 1, read: (view, at) => view.getUint8(at), integer: true },
  }

/** Whether numbers of an element type are whole; undefined for types that no network here has. */
export const isInteger = (dataType: number): boolean | undefined => readers[dataType]?.integer

function listed(tensor: OnnxTensor): readonly (number | bigint)[] {
  const { dataType } = tensor
  if (dataType === dataTypes.float32) return tensor.floatData ?? []
  if (dataType === dataTypes.float64) return tensor.doubleData ?? []
  if (dataType === dataTypes.int64) return tensor.int64Data ?? []
  const words = tensor.int32Data ?? []
  return dataType === dataTypes.float16 ? words.map(halfToNumber) : words
}

/** Reads a tensor of a file. */
export function constantOf(tensor: OnnxTensor): Constant {
  const { name = '', dataType = 0, rawData, dataLocation } = tensor
  const type = readers[dataType]
  if (type === undefined) throw new Unrecognised(`the constant "${name}" has element type ${dataType}`)
  if (dataLocation === 1) throw new Unrecognised(`the constant "${name}" lies in another file`)
  const dims = (tensor.dims ?? []).map(Number)
  const length = lengthOf(dims)
  const wrong = new Unrecognised(`the constant "${name}" does not hold the ${length} numbers of its shape`)
  const empty = type.bytes === 4 && !type.integer ? new Float32Array(0) : new Float64Array(0)
  const fill = (at: (index: number) => number): Constant => {
    const values = empty instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
    for (let index = 0; index < length; index += 1) values[index] = at(index)
    return { dims, values, integer: type.integer }
  }
  if (rawData === undefined) {
    const numbers = listed(tensor)
    if (numbers.length !== length) throw wrong
    return fill((index) => Number(numbers[index]))
  }
  if (rawData.byteLength !== length * type.bytes) throw wrong
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return fill((index) => type.read(view, index * type.bytes))
}

/** Steps between neighbours of each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1)
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1]! * dims[axis + 1]!
  return strides
}

/** A constant of the given sizes whose element at each place comes from `from`, which gives an index into the source. */
export function picked(
  source: Constant,
  dims: readonly number[],
  from: (place: readonly number[]) => number,
): Constant {
  const length = lengthOf(dims)
  const values = source.values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
  const place = dims.map(() => 0)
  for (let index = 0; index < length; index += 1) {
    values[index] = source.values[from(place)]!
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      place[axis] = place[axis]! + 1
      if (place[axis]! < dims[axis]!) break
      place[axis] = 0
    }
  }
  return { dims, values, integer: source.integer }
}

/** The sizes that two shapes broadcast to. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, at) => {
    const [left = 1, right = 1] = [a[at - rank + a.length], b[at - rank + b.length]]
    if (left !== right && left !== 1 && right !== 1)
      throw new Unrecognised(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`)
    return left === 1 ? right : left
  })
}

/** A constant stretched to larger sizes. */
export function stretched(source: Constant, dims: readonly number[]): Constant {
  const lead = dims.length - source.dims.length
  const strides = stridesOf(source.dims).map((stride, axis) => (source.dims[axis] === 1 ? 0 : stride))
  return picked(source, dims, (place) => strides.reduce((sum, stride, axis) => sum + stride * place[lead + axis]!, 0))
}
