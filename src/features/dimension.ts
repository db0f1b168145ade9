/**
 * What a number is made of: powers of price and of volume. A formula that adds prices to volumes is refused when it is
 * written, and scaling all prices or volumes changes a feature exactly as its dimension says.
 */
import { CandlewickError } from '../core/errors.ts'

/** Powers of price, volume and the price of the benchmark. `tied` marks a number whose meaning depends on the units prices or volumes come in. */
export interface Dimension {
  readonly price: number
  readonly volume: number
  readonly benchmark: number
  readonly tied: boolean
}

/** A plain number. */
export const plainNumber: Dimension = { price: 0, volume: 0, benchmark: 0, tied: false }

/**
 * What a feature is measured in. `unscaled` features depend on the units of price or volume in a way that no factor
 * describes (a logarithm of a volume); all plain ones (`ratio`, `percent`, `log`, `flag`, `count`) are free of both.
 */
export type Unit =
  | 'ratio'
  | 'percent'
  | 'log'
  | 'flag'
  | 'count'
  | 'price'
  | 'volume'
  | 'turnover'
  | 'per-volume'
  | 'per-turnover'
  | 'benchmark-price'
  | 'per-benchmark'
  | 'unscaled'

const powers: { readonly [U in Unit]: readonly [price: number, volume: number, benchmark?: number] } = {
  ratio: [0, 0],
  percent: [0, 0],
  log: [0, 0],
  flag: [0, 0],
  count: [0, 0],
  price: [1, 0],
  volume: [0, 1],
  turnover: [1, 1],
  'per-volume': [0, -1],
  'per-turnover': [-1, -1],
  'benchmark-price': [0, 0, 1],
  'per-benchmark': [1, 0, -1],
  unscaled: [0, 0],
}

/** The dimension a unit stands for. */
export function dimensionOf(unit: Unit): Dimension {
  const [price, volume, benchmark = 0] = powers[unit]
  return { price, volume, benchmark, tied: unit === 'unscaled' }
}

/** What prices, volumes and prices of the benchmark (default 1) are multiplied by. */
export interface Scale {
  readonly price: number
  readonly volume: number
  readonly benchmark?: number | undefined
}

/** The factor by which a value of this unit grows when prices and volumes are multiplied; NaN for `unscaled`. */
export function unitFactor(unit: Unit, scale: Scale): number {
  if (unit === 'unscaled') return NaN
  const [price, volume, benchmark = 0] = powers[unit]
  return scale.price ** price * scale.volume ** volume * (scale.benchmark ?? 1) ** benchmark
}

const power = (name: string, exponent: number): string[] =>
  exponent === 0 ? [] : exponent === 1 ? [name] : [`${name}^${exponent}`]

/** A dimension in words, for messages. */
export function describeDimension(dimension: Dimension): string {
  const words = [
    ...power('price', dimension.price),
    ...power('volume', dimension.volume),
    ...power('benchmark price', dimension.benchmark),
  ]
  const kind = words.length === 0 ? 'plain number' : words.join(' x ')
  return dimension.tied ? `${kind} tied to units` : kind
}

/** Throws `feature/dimension` for a formula that combines `left` with `right`. */
export function refuseDimension(formula: string, left: Dimension, right: Dimension): never {
  throw new CandlewickError('feature/dimension', {
    formula,
    left: describeDimension(left),
    right: describeDimension(right),
  })
}

/** Whether two dimensions have the same powers. */
export function sameDimension(left: Dimension, right: Dimension): boolean {
  return left.price === right.price && left.volume === right.volume && left.benchmark === right.benchmark
}
