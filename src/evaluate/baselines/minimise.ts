/** Smallest value of a smooth convex function of many numbers: limited-memory BFGS (Liu and Nocedal 1989). */
import { CandlewickError } from '../../core/errors.ts'
import type { Steps } from '../steps.ts'

/** The function: its value at a point, its gradient written into the second array. */
export type SmoothFunction = (at: Float64Array, gradient: Float64Array) => number

/** When the search ends. */
export interface MinimiseOptions {
  /** Largest size of a part of the gradient at which the point is at rest. */
  readonly tolerance: number
  readonly maxIterations: number
}

/** Where the search ended. */
export interface Minimum {
  readonly at: Float64Array
  readonly value: number
  readonly iterations: number
  /** Largest size of a part of the gradient. */
  readonly gradient: number
}

/** Steps that the curvature is learnt from. */
const memory = 10

interface Step {
  /** How the point and the gradient changed, and one by the product of both. */
  readonly moved: Float64Array
  readonly bent: Float64Array
  readonly scale: number
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const addTo = (target: Float64Array, factor: number, values: Float64Array): void => {
  for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!
}

/** Minus the gradient, bent by the curvature that the last steps showed (two-loop recursion, Nocedal 1980). */
function directionOf(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((value) => -value)
  const shares = new Float64Array(steps.length)
  for (let i = steps.length - 1; i >= 0; i--) {
    const { moved, bent, scale } = steps[i]!
    shares[i] = scale * dot(moved, direction)
    addTo(direction, -shares[i]!, bent)
  }
  const last = steps.at(-1)
  if (last !== undefined) {
    const size = 1 / (last.scale * dot(last.bent, last.bent))
    for (let i = 0; i < direction.length; i++) direction[i]! *= size
  }
  for (const [i, { moved, bent, scale }] of steps.entries())
    addTo(direction, shares[i]! - scale * dot(bent, direction), moved)
  return direction
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/**
 * Searches from 0 on, step by step. Steps are halved until the value falls enough (Armijo 1966), or, where rounding hides the fall, until the
 * slope does.
 *
 * @throws `evaluate/not-converged`
 */
export function* minimise(size: number, evaluate: SmoothFunction, options: MinimiseOptions): Steps<Minimum> {
  const { tolerance, maxIterations } = options
  let at = new Float64Array(size)
  let gradient = new Float64Array(size)
  let value = evaluate(at, gradient)
  const steps: Step[] = []
  for (let iterations = 0; ; iterations++) {
    const rest = largest(gradient)
    if (rest <= tolerance) return { at, value, iterations, gradient: rest }
    const direction = directionOf(gradient, steps)
    const next = iterations < maxIterations ? stepAlong(evaluate, { at, gradient, value, direction }) : undefined
    if (next === undefined)
      throw new CandlewickError('evaluate/not-converged', { iterations, gradient: rest, tolerance })
    const moved = next.at.map((here, i) => here - at[i]!)
    const bent = next.gradient.map((here, i) => here - gradient[i]!)
    const product = dot(moved, bent)
    // A step along which nothing bends teaches nothing.
    if (product > 0) steps.push({ moved, bent, scale: 1 / product })
    if (steps.length > memory) steps.shift()
    ;({ at, gradient, value } = next)
    yield iterations / maxIterations
  }
}

interface Point {
  at: Float64Array<ArrayBuffer>
  gradient: Float64Array<ArrayBuffer>
  value: number
}

/** The first point along a direction that is low enough; `undefined` where 60 halvings find none. */
function stepAlong(
  evaluate: SmoothFunction,
  { at, gradient, value, direction }: Point & { readonly direction: Float64Array },
): Point | undefined {
  const slope = dot(gradient, direction)
  for (let halvings = 0, length = 1; halvings < 60; halvings++, length /= 2) {
    const there = at.map((here, i) => here + length * direction[i]!)
    const slopes = new Float64Array(at.length)
    const reached = evaluate(there, slopes)
    const falls = reached <= value + 1e-4 * length * slope
    const noise = 1e-14 * Math.max(Math.abs(value), 1)
    const levels = reached <= value + noise && Math.abs(dot(slopes, direction)) < 0.9 * Math.abs(slope)
    if (falls || levels) return { at: there, gradient: slopes, value: reached }
  }
  return undefined
}
