/** Which groups of features moved a decision: each is hidden in turn, and the model asked again. */
import { findFeature } from '../features/index.ts'
import { directionOf, type Prediction, type Side, supportOf } from '../signals/index.ts'

/** What one group of features did. */
export interface GroupEffect {
  /** A family of the catalogue, e.g. `momentum`. */
  readonly group: string
  /** How many features of the model belong to it. */
  readonly features: number
  /**
   * What the group adds to the support of the direction: support with it less support without it, -1 to 1. Above 0 it speaks for the
   * direction, below 0 against it. Groups overlap in what they say, so the effects need not sum to the support.
   */
  readonly effect: number
}

/** Why a signal points where it does. */
export interface Explanation {
  readonly symbol: string
  /** Bar-open time of the candle that decided, ms since the epoch. */
  readonly time: number
  /** The side that the horizons point to, before any rule. */
  readonly direction: Side
  /** Weighted probability of the direction over all horizons, 0 to 1. */
  readonly support: number
  /** Largest effect first. */
  readonly groups: readonly GroupEffect[]
  /** Windows that the model was run on: one for each group, and one with everything. */
  readonly windows: number
  /** In ms. */
  readonly tookMs: number
}

/** Runs the model on windows that stand side by side, and reads its answers. */
export type Predict = (windows: Float32Array, count: number) => Promise<readonly Prediction[]>

/** Places of the features by family. */
function groupsOf(ids: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  for (const [place, id] of ids.entries()) {
    const { family } = findFeature(id)
    groups.set(family, [...(groups.get(family) ?? []), place])
  }
  return groups
}

/**
 * Explains a decision by occlusion (Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks): the
 * features of one family are set to 0 in the whole window, which after scaling is their usual value, and the loss of support is the
 * family's effect. Costs one run of the model on as many windows as there are families, and one more.
 *
 * @param window `[rows][features]`, scaled, as the model got it
 * @param ids features of a row, in the model's order
 */
export async function explainWindow(
  bar: { readonly symbol: string; readonly time: number },
  window: Float32Array,
  ids: readonly string[],
  predict: Predict,
): Promise<Explanation> {
  const began = performance.now()
  const groups = groupsOf(ids)
  const count = groups.size + 1
  const windows = new Float32Array(count * window.length)
  windows.set(window)
  for (const [number, places] of [...groups.values()].entries()) {
    const start = (number + 1) * window.length
    windows.set(window, start)
    for (let row = 0; row < window.length; row += ids.length)
      for (const place of places) windows[start + row + place] = 0
  }
  const predictions = await predict(windows, count)
  const whole = predictions[0]!
  const direction = directionOf(whole)
  const support = supportOf(whole, direction)
  const effects = [...groups].map(([group, places], i): GroupEffect => {
    return { group, features: places.length, effect: support - supportOf(predictions[i + 1]!, direction) }
  })
  return {
    ...bar,
    direction,
    support,
    groups: effects.sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)),
    windows: count,
    tookMs: performance.now() - began,
  }
}
