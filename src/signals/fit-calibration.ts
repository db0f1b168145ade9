/** Finds the calibration that fits what came true. Fit it on data that the model was not trained on. */
import type { IsotonicMap } from './calibration.ts'
import type { Probabilities, Side } from './prediction.ts'

/** What a model said of one horizon, and what came. */
export interface Answered {
  readonly probabilities: Probabilities
  readonly actual: Side
}

/** Probabilities below this count as this: one sure mistake must not decide alone. */
const floor = 1e-7
const goldenSection = (Math.sqrt(5) - 1) / 2

/** Mean of minus the logarithm of the probability that came true, at a temperature. */
function logLoss(answers: readonly Answered[], temperature: number): number {
  let sum = 0
  for (const { probabilities, actual } of answers) {
    const power = (side: Side): number => Math.max(probabilities[side], floor) ** (1 / temperature)
    sum -= Math.log(power(actual) / (power('LONG') + power('SHORT') + power('NEUTRAL')))
  }
  return sum / answers.length
}

/**
 * The temperature with the smallest log loss, between 0.05 and 20, by golden section on its logarithm: the loss has one valley in
 * `1 / T` (Guo et al. 2017).
 *
 * @param answers of one horizon; none gives 1
 * @example
 * const temperatures = horizons.map((_, i) => fitTemperature(answers[i]))
 */
export function fitTemperature(answers: readonly Answered[]): number {
  if (answers.length === 0) return 1
  const loss = (logTemperature: number): number => logLoss(answers, Math.exp(logTemperature))
  let [low, high] = [Math.log(0.05), Math.log(20)]
  while (high - low > 1e-6) {
    const width = goldenSection * (high - low)
    if (loss(high - width) < loss(low + width)) high = low + width
    else low = high - width
  }
  return Math.exp((low + high) / 2)
}

interface Block {
  /** Sum of the outcomes. */
  sum: number
  count: number
  readonly from: number
  to: number
}

/**
 * The map that never falls with the smallest squared error, by pooling adjacent violators (Ayer et al. 1955). Its points are the
 * edges of the pools, so it is level within a pool and straight between two.
 *
 * @param probabilities what the model said of one side
 * @param came whether it came true; as many
 * @throws TypeError when there are none, or not as many
 */
export function fitIsotonicMap(probabilities: readonly number[], came: readonly boolean[]): IsotonicMap {
  if (probabilities.length === 0 || probabilities.length !== came.length)
    throw new TypeError(`There are ${probabilities.length} probabilities and ${came.length} outcomes.`)
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[a]! - probabilities[b]!)
  const blocks: Block[] = []
  for (const [place, i] of order.entries()) {
    const at = probabilities[i]!
    const last = blocks.at(-1)
    // Equal probabilities cannot be told apart, so they share a pool.
    if (last !== undefined && last.to === at) {
      last.sum += Number(came[i])
      last.count += 1
    } else blocks.push({ sum: Number(came[i]), count: 1, from: at, to: at })
    const next = order[place + 1]
    if (next === undefined || probabilities[next] !== at) mergeViolators(blocks)
  }
  const [x, y]: [number[], number[]] = [[], []]
  for (const { sum, count, from, to } of blocks)
    for (const edge of from === to ? [from] : [from, to]) {
      x.push(edge)
      y.push(sum / count)
    }
  return { x, y }
}

/** Joins the last pool with those before it as long as it lies below them. */
function mergeViolators(blocks: Block[]): void {
  for (;;) {
    const [before, last] = [blocks.at(-2), blocks.at(-1)]
    if (before === undefined || last === undefined || before.sum / before.count < last.sum / last.count) return
    blocks.pop()
    before.sum += last.sum
    before.count += last.count
    before.to = last.to
  }
}
