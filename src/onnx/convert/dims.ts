/** The sizes and places that operations on tensors ask for, wherever an operator set keeps them. */
import type { Attributes } from './attributes.ts'
import { type Constant, product } from './constant.ts'
import { Unrecognised } from './unrecognised.ts'

/** The inputs of a node, all of them constants; an input that was left out is undefined. */
export type Constants = readonly (Constant | undefined)[]

/** The input at a place. */
export function need<T>(inputs: readonly (T | undefined)[], at: number): T {
  const input = inputs[at]
  if (input === undefined) throw new Unrecognised(`input ${at} is missing`)
  return input
}

/** An axis counted from the front. */
export const axisOf = (axis: number, rank: number): number => {
  const found = axis < 0 ? axis + rank : axis
  if (!(Number.isInteger(found) && found >= 0 && found < rank))
    throw new Unrecognised(`there is no axis ${axis} of ${rank}`)
  return found
}

/** The sizes that Reshape asks for. */
export function reshapedDims(from: readonly number[], asked: Constant, attributes: Attributes): number[] {
  const keepZero = attributes.int('allowzero', 0) === 1
  const dims = [...asked.values].map((size, at) => (size === 0 && !keepZero ? (from[at] ?? 0) : size))
  const known = product(dims.filter((size) => size !== -1))
  const filled = dims.map((size) => (size === -1 ? product(from) / known : size))
  const whole = filled.every((size) => Number.isInteger(size) && size >= 0)
  if (!whole || product(filled) !== product(from))
    throw new Unrecognised(`[${from.join(', ')}] cannot be reshaped to [${dims.join(', ')}]`)
  return filled
}

/** Axes given as an input (newer operator sets) or as an attribute (older ones). */
export function axesOf(inputs: Constants, attributes: Attributes, name = 'axes'): readonly number[] | undefined {
  return inputs[1] === undefined ? attributes.ints(name) : [...inputs[1].values]
}

/** The sizes after Unsqueeze. */
export function unsqueezedDims(from: readonly number[], axes: readonly number[]): number[] {
  const rank = from.length + axes.length
  const added = new Set(axes.map((axis) => axisOf(axis, rank)))
  const rest = [...from]
  return Array.from({ length: rank }, (_, at) => (added.has(at) ? 1 : rest.shift()!))
}

/** The sizes after Squeeze. */
export function squeezedDims(from: readonly number[], axes: readonly number[] | undefined): number[] {
  const gone = axes === undefined ? undefined : new Set(axes.map((axis) => axisOf(axis, from.length)))
  return from.filter((size, at) => (gone === undefined ? size !== 1 : !gone.has(at)))
}

/** One sliced axis, in bounds. */
export interface Cut {
  readonly axis: number
  readonly from: number
  readonly step: number
  readonly count: number
}

/** What Slice takes of a tensor of the given sizes. */
export function cutsOf(dims: readonly number[], inputs: Constants): readonly Cut[] {
  const [starts, ends] = [need(inputs, 1).values, need(inputs, 2).values]
  return Array.from(starts, (start, at) => {
    const axis = axisOf(inputs[3]?.values[at] ?? at, dims.length)
    const [size, step] = [dims[axis]!, inputs[4]?.values[at] ?? 1]
    const whole = [start, ends[at], step].every(Number.isInteger)
    if (!whole || step < 1) throw new Unrecognised(`a slice with step ${step}`)
    const bound = (value: number): number => Math.min(size, Math.max(0, value < 0 ? value + size : value))
    const from = bound(start)
    return { axis, from, step, count: Math.max(0, Math.ceil((bound(ends[at]!) - from) / step)) }
  })
}

/** The axes in the order that Transpose asks for: each of them once. */
export function permutationOf(rank: number, attributes: Attributes): readonly number[] {
  const order = attributes.ints('perm') ?? Array.from({ length: rank }, (_, at) => rank - 1 - at)
  const places = new Set(order.map((axis) => axisOf(axis, rank)))
  if (order.length !== rank || places.size !== rank)
    throw new Unrecognised(`the order ${order.join(', ')} of ${rank} axes`)
  return order
}
