/**
 * Chains of kernels that one kernel runs in a single loop. A fused application keeps its text, which is its identity, and its
 * bits; what it no longer reads is not computed.
 */
import { abs, add, div, max, min, mul, neg, ratio, sub } from '../numeric/arithmetic.ts'
import { downMovement, upMovement } from '../numeric/directional.ts'
import { sign } from '../numeric/elementary.ts'
import * as arithmetic from '../numeric/fused-arithmetic.ts'
import * as recursive from '../numeric/fused-recursive.ts'
import type { Kernel } from '../numeric/kernel.ts'
import { lag, trueRange } from '../numeric/memory.ts'
import { wilder, wilderMean, wilderSum } from '../numeric/smoothing.ts'
import { cumulative, sum } from '../numeric/window.ts'
import type { Application, Expression } from './expression.ts'

/** A kernel over patterns. The parameters of the first link are those of the fused kernel; those of others, if any, are 1. */
interface Link {
  readonly kernel: Kernel
  readonly inputs: readonly Pattern[]
  /** Whether it may be fused though others read it too. */
  readonly shared: boolean
}

/** A link; a number, which means itself; or a name: the same for the same formula, with `#` for a number. */
type Pattern = Link | string | number

interface Rule {
  readonly chain: Link
  readonly kernel: Kernel
  /** Names in the chain, in the order of the kernel's inputs. */
  readonly inputs: readonly string[]
}

/** A link that only its chain reads: computing it inside saves computing it outside. */
const of = (kernel: Kernel, ...inputs: Pattern[]): Link => ({ kernel, inputs, shared: false })
/** A link that others may read too: it costs next to nothing to compute it twice. */
const cheap = (kernel: Kernel, ...inputs: Pattern[]): Link => ({ kernel, inputs, shared: true })

const rule = (kernel: Kernel, inputs: string, chain: Link): Rule => ({ kernel, inputs: inputs.split(' '), chain })

const previous = cheap(lag, 'close')
const span = of(sub, of(max, 'high', previous), of(min, 'low', previous))

/** Longer chains before the shorter ones they contain. */
const rules: readonly Rule[] = [
  rule(
    arithmetic.scaledContrast,
    'a b #scale #else',
    of(mul, '#scale', of(ratio, of(abs, of(sub, 'a', 'b')), of(add, 'a', 'b'), '#else')),
  ),
  rule(arithmetic.scaledShare, 'a b #scale #else', of(mul, '#scale', of(ratio, 'a', of(add, 'a', 'b'), '#else'))),
  rule(arithmetic.scaledPlace, 'a b c #scale #else', of(mul, '#scale', of(ratio, of(sub, 'a', 'b'), 'c', '#else'))),
  rule(arithmetic.scaledRatio, 'a b #scale #else', of(mul, '#scale', of(ratio, 'a', 'b', '#else'))),
  rule(arithmetic.distanceRatio, 'a b c #scale #else', of(ratio, of(sub, 'a', 'b'), of(mul, '#scale', 'c'), '#else')),
  rule(arithmetic.scaledDistance, 'a b c #scale', of(div, of(mul, '#scale', of(sub, 'a', 'b')), 'c')),
  rule(arithmetic.scaledQuotient, 'a b #scale', of(div, of(mul, '#scale', 'a'), 'b')),
  rule(arithmetic.dividedSum, 'a b c #size', of(div, of(add, of(add, 'a', 'b'), 'c'), '#size')),
  rule(arithmetic.addScaled, 'a b #scale', of(add, 'a', cheap(mul, '#scale', 'b'))),
  rule(arithmetic.subScaled, 'a b #scale', of(sub, 'a', cheap(mul, '#scale', 'b'))),
  rule(recursive.wilderLoss, 'x', of(wilder, of(max, of(neg, 'x'), 0))),
  rule(recursive.wilderGain, 'x', of(wilder, of(max, 'x', 0))),
  rule(recursive.sumLoss, 'x', of(sum, of(max, of(neg, 'x'), 0))),
  rule(recursive.sumGain, 'x', of(sum, of(max, 'x', 0))),
  rule(recursive.upSum, 'high low', of(wilderSum, of(upMovement, 'high', 'low'))),
  rule(recursive.downSum, 'high low', of(wilderSum, of(downMovement, 'high', 'low'))),
  rule(recursive.spanSum, 'high low close', of(wilderSum, span)),
  rule(recursive.rangeMean, 'high low close', of(wilderMean, of(trueRange, 'high', 'low', 'close'))),
  rule(recursive.signedTotal, 'a b', of(cumulative, of(mul, 'a', of(sign, 'b')))),
  rule(recursive.directedFlow, 'a b', of(mul, of(mul, 'a', 'b'), of(sign, of(sub, 'a', of(lag, 'a'))))),
]

const rulesOf = new Map<Kernel, Rule[]>()
for (const one of rules) rulesOf.set(one.chain.kernel, [...(rulesOf.get(one.chain.kernel) ?? []), one])

/** Whether a formula is what the pattern says; binds its names. */
function fits(
  pattern: Pattern,
  node: Expression,
  alone: (node: Expression) => boolean,
  bound: Map<string, Expression>,
): boolean {
  if (typeof pattern === 'number') return node.kind === 'number' && node.value === pattern
  if (typeof pattern === 'string') {
    if (pattern.startsWith('#') && node.kind !== 'number') return false
    const known = bound.get(pattern)
    bound.set(pattern, node)
    return known === undefined || known.text === node.text
  }
  if (node.kind !== 'application' || node.kernel !== pattern.kernel) return false
  if (!(pattern.shared || alone(node)) || node.parameters.some((parameter) => parameter !== 1)) return false
  return pattern.inputs.every((input, place) => fits(input, node.inputs[place]!, alone, bound))
}

/**
 * The application by the longest chain that ends in it, or as it is.
 *
 * @param alone whether a formula has one reader only
 */
export function fuse(node: Application, alone: (node: Expression) => boolean): Application {
  for (const { chain, kernel, inputs } of rulesOf.get(node.kernel) ?? []) {
    const bound = new Map<string, Expression>()
    if (!chain.inputs.every((link, place) => fits(link, node.inputs[place]!, alone, bound))) continue
    const read = inputs.map((name) => bound.get(name)!)
    // A link whose inputs begin at different times may begin before the chain as a whole could.
    const start = Math.max(...read.map((input) => input.silent))
    if (start + kernel.lookback(...node.parameters) === node.silent) return { ...node, kernel, inputs: read }
  }
  return node
}
