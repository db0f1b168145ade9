/** Where the elements of a tensor come from: every dimension is a list of pieces of named axes. */
import { product } from './constant.ts'
import { Unrecognised } from './unrecognised.ts'

/** An axis of the network, known by identity: the batch, the time, the features, the outputs of one layer. */
export interface Axis {
  readonly label: string
  readonly size: number
}

/** Part of an axis: `size` steps, each `stride` places apart on it. */
export interface Piece {
  readonly axis: Axis
  readonly stride: number
  readonly size: number
}

/** Outermost dimension first, outermost piece first. A dimension of size 1 has no piece. */
export type Layout = readonly (readonly Piece[])[]

/** A whole axis as a dimension. */
export const whole = (axis: Axis): readonly Piece[] => (axis.size === 1 ? [] : [{ axis, stride: 1, size: axis.size }])

/** The size of a dimension. */
export const sizeOf = (dimension: readonly Piece[]): number => product(dimension.map(({ size }) => size))

/** The sizes of all dimensions. */
export const dimsOf = (layout: Layout): number[] => layout.map(sizeOf)

function merged(pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (last !== undefined && last.axis === piece.axis && last.stride === piece.stride * piece.size)
      result[result.length - 1] = { ...piece, size: last.size * piece.size }
    else if (piece.size > 1) result.push(piece)
  }
  return result
}

/** The same elements in the same order, in dimensions of other sizes. */
export function reshaped(layout: Layout, dims: readonly number[]): Layout {
  const rest = layout.flat().toReversed()
  const result = dims.map((size) => {
    const pieces: Piece[] = []
    for (let left = size; left > 1;) {
      const piece = rest.pop()
      if (piece === undefined) throw new Unrecognised(`a reshape to [${dims.join(', ')}]`)
      if (left % piece.size === 0) {
        pieces.push(piece)
        left /= piece.size
      } else {
        if (piece.size % left !== 0) throw new Unrecognised(`a reshape to [${dims.join(', ')}] across an axis`)
        const inner = piece.size / left
        pieces.push({ axis: piece.axis, stride: piece.stride * inner, size: left })
        rest.push({ axis: piece.axis, stride: piece.stride, size: inner })
        left = 1
      }
    }
    return merged(pieces)
  })
  if (rest.length > 0) throw new Unrecognised(`a reshape to [${dims.join(', ')}]`)
  return result
}

/** Whether two dimensions hold the same pieces, once the axes of `a` were exchanged. */
export function sameDimension(
  a: readonly Piece[],
  b: readonly Piece[],
  exchange: (axis: Axis) => Axis = (axis) => axis,
): boolean {
  return (
    a.length === b.length &&
    a.every((piece, at) => {
      const { axis, stride, size } = b[at]!
      return exchange(piece.axis) === axis && piece.stride === stride && piece.size === size
    })
  )
}

/** Whether a dimension is an axis from its first to its last place. */
export const isWhole = (dimension: readonly Piece[], axis: Axis): boolean => sameDimension(dimension, whole(axis))

/** The axis that a dimension is; undefined when it is several, a part of one, or of size 1. */
export function axisIn(dimension: readonly Piece[]): Axis | undefined {
  const [piece, ...others] = dimension
  return piece !== undefined && others.length === 0 && isWhole(dimension, piece.axis) ? piece.axis : undefined
}

/** A layout with another axis in place of one. */
export const exchanged = (layout: Layout, from: Axis, to: Axis): Layout =>
  layout.map((dimension) => dimension.map((piece) => (piece.axis === from ? { ...piece, axis: to } : piece)))

/** A layout with leading dimensions of size 1, up to a rank. */
export const padded = (layout: Layout, rank: number): Layout => [
  ...Array.from({ length: Math.max(0, rank - layout.length) }, () => []),
  ...layout,
]

/** Whether two layouts are the same. */
export const sameLayout = (a: Layout, b: Layout): boolean =>
  a.length === b.length && a.every((dimension, at) => sameDimension(dimension, b[at]!))

/** Whether `b` can be broadcast onto `a`: each dimension is the same, or of size 1 in `b`. */
export const covers = (a: Layout, b: Layout): boolean => {
  const fitted = padded(b, a.length)
  return fitted.length === a.length && a.every((one, at) => fitted[at]!.length === 0 || sameDimension(one, fitted[at]!))
}
