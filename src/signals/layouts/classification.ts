/** `classification`: the probabilities of two or three classes for each horizon. */
import { bySide, expectation, type LayoutFamily, refuse } from './family.ts'

/** How far the probabilities of a horizon may sum from 1: what single precision leaves of it, and half precision. */
const sumTolerance = 1e-3
/** Rounding may carry a probability this far out of its range. */
const rangeTolerance = 1e-6

const advice = 'append a Softmax where the model gives logits or scores'

/** The probabilities of one horizon, scaled to a sum of exactly 1. */
function probabilitiesAt(row: Float32Array, from: number, classes: number): readonly number[] {
  const values = [...row.subarray(from, from + classes)]
  const odd = values.findIndex((value) => !(value >= -rangeTolerance && value <= 1 + rangeTolerance))
  if (odd !== -1) refuse(`output[${from + odd}]`, `a probability, 0 to 1 (${advice})`, String(values[odd]))
  const sum = values.reduce((total, value) => total + value, 0)
  if (!(Math.abs(sum - 1) <= sumTolerance))
    refuse(`output[${from}] to [${from + classes - 1}]`, `probabilities that sum to 1 (${advice})`, `a sum of ${sum}`)
  const positive = values.map((value) => Math.max(value, 0))
  const total = positive.reduce((all, value) => all + value, 0)
  return positive.map((value) => value / total)
}

/** Any classifier that gives probabilities. */
export const classification: LayoutFamily = {
  id: 'classification',
  twoClasses: true,
  check: () => undefined,
  parts: ({ horizons, classOrder }) => [{ name: 'probabilities', from: 0, to: horizons.length * classOrder.length }],
  read: (row, { horizons, classOrder }) => ({
    horizons: horizons.map((horizon, i) =>
      expectation(horizon, bySide(probabilitiesAt(row, i * classOrder.length, classOrder.length), classOrder)),
    ),
  }),
}
