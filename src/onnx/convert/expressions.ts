/** Making expressions, and looking through them. */
import type { Expression, Inner, Linear } from './expression.ts'
import type { Axis } from './layout.ts'

/** Makes expressions so that equal ones are one object: exporters write the same mean twice. */
export class Expressions {
  readonly #known = new Map<string, Expression>()
  readonly #ids = new WeakMap<object, number>()
  #count = 0

  #id(part: unknown): string {
    if (typeof part !== 'object' || part === null) return String(part)
    if (Array.isArray(part)) return `[${part.map((one) => this.#id(one)).join()}]`
    const known = this.#ids.get(part) ?? this.#count++
    this.#ids.set(part, known)
    return `#${known}`
  }

  /** The one expression with these parts. Vectors and axes count as equal when they are the same object. */
  make<E extends Expression>(expression: E): E {
    const key = Object.entries(expression)
      .map(([name, part]) => `${name}=${this.#id(part)}`)
      .join(';')
    const known = this.#known.get(key) as E | undefined
    if (known !== undefined) return known
    this.#known.set(key, expression)
    return expression
  }
}

/** The expressions that one is made of directly. */
export function partsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'scores') return [expression.query, expression.key]
  if (expression.kind === 'mixed') return [expression.shares, expression.value]
  if (expression.kind === 'sum') return [expression.left, expression.right]
  if (expression.kind === 'joined') return expression.parts
  return 'of' in expression ? [expression.of] : []
}

/** Every expression that one depends on, itself included, each once and after its parts. */
export function allOf(root: Expression): readonly Expression[] {
  const found = new Set<Expression>()
  const visit = (expression: Expression): void => {
    if (found.has(expression)) return
    for (const part of partsOf(expression)) visit(part)
    found.add(expression)
  }
  visit(root)
  return [...found]
}

/** A linear layer whose outputs are multiplied: the factor goes into its weights. Undefined for anything else. */
export function asLinear(expression: Expression): Linear | undefined {
  if (expression.kind === 'linear') return expression
  if (expression.kind !== 'scaled') return undefined
  const linear = asLinear(expression.of)
  if (linear === undefined) return undefined
  const { by } = expression
  return { ...linear, weight: linear.weight.map((w) => w * by), bias: linear.bias?.map((b) => b * by) }
}

const inner: ReadonlySet<string> = new Set<Inner['kind']>([
  'input',
  'centred',
  'squares',
  'variance',
  'guarded',
  'deviation',
  'inverse',
  'view',
  'patches',
  'scores',
  'shares',
  'erf',
  'raised-erf',
])

/** Whether an expression has a meaning only as part of another. */
export const isInner = (expression: Expression): expression is Inner => inner.has(expression.kind)

/** The axis of the outputs of an expression. */
export function outOf(expression: Expression): Axis | undefined {
  if (expression.kind === 'sum') return outOf(expression.left)
  if (expression.kind === 'mixed') return expression.value.out
  if ('out' in expression) return expression.out
  return isInner(expression) ? undefined : outOf(expression.of)
}
