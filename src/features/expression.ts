/** Formulas as data. The canonical text of an expression is its identity: equal texts are computed once. */
import type { Kernel } from '../numeric/kernel.ts'
import { CandlewickError } from '../core/errors.ts'
import { type Dimension, plainNumber, refuseDimension, sameDimension } from './dimension.ts'

/** The columns of a candle that formulas read, in the order the plan loads them. */
export const candleColumns = ['time', 'open', 'high', 'low', 'close', 'volume', 'turnover'] as const

/** A column of the market's candles, or the close of the benchmark's candle of the same time. */
export type Column = (typeof candleColumns)[number] | 'benchmarkClose'

/** All columns, in the order of their registers. */
export const columns: readonly Column[] = [...candleColumns, 'benchmarkClose']

interface Term {
  /** Canonical text: identity and documentation. */
  readonly text: string
  /** Powers of price, volume and benchmark; undefined for zero, which fits every quantity. */
  readonly dimension: Dimension | undefined
  /** Bars before the first valid one. */
  readonly silent: number
}

/** A number, a candle column, or a kernel applied to expressions. */
export type Expression =
  | (Term & { readonly kind: 'number'; readonly value: number })
  | (Term & { readonly kind: 'column'; readonly column: Column })
  | (Term & {
      readonly kind: 'application'
      readonly kernel: Kernel
      readonly parameters: readonly number[]
      readonly inputs: readonly Expression[]
    })

/** A kernel applied to expressions. */
export type Application = Extract<Expression, { readonly kind: 'application' }>

/** What formulas are written with: an expression, or a number that becomes one. */
export type Operand = Expression | number

/** How the dimensions of the inputs make that of the result. */
export type Rule =
  /** All inputs alike; the result too. */
  | 'same'
  /** All inputs alike; the result is a plain number. */
  | 'compare'
  /** Powers add. */
  | 'product'
  /** Powers of the second are taken from those of the first; a third must be like the result. */
  | 'quotient'
  /** Square root: powers halve. */
  | 'root'
  /** Inputs must be plain numbers. */
  | 'plain'
  /** Anything goes in; a plain number comes out that no scale changes. */
  | 'free'
  /** The first is a flag, the others alike; the result like them. */
  | 'choice'

const column = (name: Column, price: number, volume: number, benchmark = 0): Expression => ({
  kind: 'column',
  column: name,
  text: name,
  dimension: { price, volume, benchmark, tied: false },
  silent: 0,
})

/** Bar-open time in ms UTC. */
export const time: Expression = column('time', 0, 0)
/** First price of the bar. */
export const open: Expression = column('open', 1, 0)
/** Highest price of the bar. */
export const high: Expression = column('high', 1, 0)
/** Lowest price of the bar. */
export const low: Expression = column('low', 1, 0)
/** Last price of the bar. */
export const close: Expression = column('close', 1, 0)
/** Traded amount, base currency. */
export const volume: Expression = column('volume', 0, 1)
/** Traded amount, quote currency; close x volume where the feed gives none. */
export const turnover: Expression = column('turnover', 1, 1)
/** Last price of the benchmark's bar of the same time. */
export const benchmarkClose: Expression = column('benchmarkClose', 0, 0, 1)

/** An operand as an expression. A number that is not zero is plain; zero fits every dimension. */
export function expression(operand: Operand): Expression {
  if (typeof operand !== 'number') return operand
  if (!Number.isFinite(operand)) throw new TypeError(`A formula cannot hold the number ${operand}.`)
  const value = operand + 0
  return { kind: 'number', value, text: String(value), dimension: value === 0 ? undefined : plainNumber, silent: 0 }
}

/**
 * Applies a kernel.
 *
 * @throws `feature/dimension` where the inputs do not go together under the rule
 */
export function apply(
  kernel: Kernel,
  rule: Rule,
  operands: readonly Operand[],
  parameters: readonly number[] = [],
): Expression {
  const inputs = operands.map(expression)
  const text = `${kernel.name}(${[...inputs.map((input) => input.text), ...parameters.map(String)].join(',')})`
  if (!parameters.every(Number.isFinite)) throw new TypeError(`A parameter of ${text} is not a number.`)
  const lookback = kernel.lookback(...parameters)
  if (!Number.isSafeInteger(lookback) || lookback < 0)
    throw new TypeError(`The length in ${text} is not a whole number.`)
  return {
    kind: 'application',
    kernel,
    inputs,
    parameters,
    text,
    dimension: derive(rule, inputs, text),
    silent: Math.max(0, ...inputs.map((input) => input.silent)) + lookback,
  }
}

/** The common dimension of the inputs; undefined where all are zero. */
function alike(inputs: readonly Expression[], formula: string): Dimension | undefined {
  let common: Dimension | undefined
  for (const { dimension } of inputs) {
    if (dimension === undefined) continue
    if (common !== undefined && !sameDimension(common, dimension)) refuseDimension(formula, common, dimension)
    common = { ...dimension, tied: dimension.tied || (common?.tied ?? false) }
  }
  return common
}

function combine(left: Dimension, right: Dimension, direction: 1 | -1): Dimension {
  return {
    price: left.price + direction * right.price,
    volume: left.volume + direction * right.volume,
    benchmark: left.benchmark + direction * right.benchmark,
    tied: left.tied || right.tied,
  }
}

function derive(rule: Rule, inputs: readonly Expression[], formula: string): Dimension | undefined {
  const dimensions = inputs.map((input) => input.dimension ?? plainNumber)
  const tied = dimensions.some((dimension) => dimension.tied)
  switch (rule) {
    case 'same':
      return alike(inputs, formula)
    case 'compare':
      return { ...plainNumber, tied: alike(inputs, formula)?.tied ?? false }
    case 'product':
      return dimensions.reduce((left, right) => combine(left, right, 1))
    case 'quotient': {
      const result = combine(dimensions[0]!, dimensions[1]!, -1)
      const fallback = inputs[2]?.dimension
      if (fallback !== undefined && !sameDimension(result, fallback)) refuseDimension(formula, result, fallback)
      return { ...result, tied }
    }
    case 'root':
      return {
        price: dimensions[0]!.price / 2,
        volume: dimensions[0]!.volume / 2,
        benchmark: dimensions[0]!.benchmark / 2,
        tied,
      }
    case 'plain':
      for (const dimension of dimensions)
        if (!sameDimension(dimension, plainNumber)) refuseDimension(formula, dimension, plainNumber)
      return { ...plainNumber, tied }
    case 'free':
      return { ...plainNumber, tied }
    case 'choice':
      return alike(inputs.slice(1), formula)
    default:
      throw new CandlewickError('feature/dimension', { formula, left: rule satisfies never, right: 'a known rule' })
  }
}

/** Whether a formula reads a column. */
export function reads(formula: Expression, name: Column): boolean {
  if (formula.kind === 'column') return formula.column === name
  return formula.kind === 'application' && formula.inputs.some((input) => reads(input, name))
}

/**
 * The same quantity as a plain number in the units of the feed. Formulas of the reference that mix units need it; their
 * features are `unscaled`. It changes the dimension only, not the text.
 */
export function unscaled(operand: Operand): Expression {
  return { ...expression(operand), dimension: { ...plainNumber, tied: true } }
}
