/** The sizes of a network, and the proof that it is one this converter writes: patches, attention, one row of outputs. */
import type { Embedding, Expression, Input, Normalised } from './expression.ts'
import { allOf, isInner, outOf } from './expressions.ts'
import { Unrecognised } from './unrecognised.ts'

/** What a network consists of. */
export interface Anatomy {
  readonly features: number
  readonly window: number
  readonly patch: number
  readonly stride: number
  readonly patches: number
  readonly width: number
  readonly heads: readonly number[]
  readonly outputs: number
  readonly parameters: number
}

/** A network with its parts named. */
export interface Network {
  readonly input: Input
  /** Name of the output in the source. */
  readonly output: string
  readonly result: Expression
  readonly embedding: Embedding & { readonly of: Normalised }
  readonly anatomy: Anatomy
}

/** Whether an expression has a row for each patch, and not one for each window. */
export function isPerPatch(expression: Expression): boolean {
  const { kind } = expression
  if (kind === 'embedding' || kind === 'mixed') return true
  if (kind === 'mean' || isInner(expression)) return false
  if (kind === 'sum') return isPerPatch(expression.left)
  return kind === 'joined' ? expression.parts.some(isPerPatch) : isPerPatch(expression.of)
}

function checkNormalised(expression: Normalised, embedded: Expression): void {
  const { of, axis, along, factor } = expression
  if (expression === embedded) {
    if (of.kind !== 'input' || axis !== of.time || along !== of.feature)
      throw new Unrecognised('its windows are not standardised over time')
  } else if (along !== axis || Math.abs(factor - 1) > 1e-6 || axis !== outOf(of))
    throw new Unrecognised('it has a normalisation that is no layer normalisation')
}

/** Names the parts of a network. Throws when something in it has no place in a PatchTST. */
export function networkOf(input: Input, output: string, result: Expression): Network {
  const all = allOf(result)
  const [embedding, ...others] = all.filter((one) => one.kind === 'embedding')
  const attentions = all.filter((one) => one.kind === 'mixed')
  if (embedding === undefined || others.length > 0 || embedding.of.kind !== 'normalised')
    throw new Unrecognised('it does not embed the patches of a standardised window')
  if (attentions.length === 0) throw new Unrecognised('it has no attention')
  for (const one of all) {
    if (one.kind === 'normalised') checkNormalised(one, embedding.of)
    else if (one.kind === 'mean' && (one.axis !== embedding.patch || !isPerPatch(one.of)))
      throw new Unrecognised('it has a mean that is not one over patches')
    else if (isInner(one) && !expected.has(one.kind)) throw new Unrecognised(`it has ${one.kind} values of its own`)
  }
  const { patch, out, stride, steps } = embedding
  const anatomy: Anatomy = {
    features: input.feature.size,
    window: input.time.size,
    patch: steps,
    stride,
    patches: patch.size,
    width: out.size,
    heads: attentions.map(({ shares }) => shares.of.heads),
    outputs: outOf(result)?.size ?? 0,
    parameters: all.reduce((sum, one) => sum + parametersOf(one), 0),
  }
  return { input, output, result, embedding: { ...embedding, of: embedding.of }, anatomy }
}

/** What a softmax and the window are part of in a finished network. */
const expected: ReadonlySet<string> = new Set(['input', 'scores', 'shares'])

function parametersOf(expression: Expression): number {
  const { kind } = expression
  if (kind === 'normalised') return (expression.scale?.length ?? 0) + (expression.shift?.length ?? 0)
  return kind === 'embedding' || kind === 'linear' ? expression.weight.length + (expression.bias?.length ?? 0) : 0
}
