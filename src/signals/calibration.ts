/** Makes probabilities mean what they say: of all answers with 60 %, six in ten shall come true. */
import { mostProbable, type OutputSpec, refuse } from './layouts/family.ts'
import { type HorizonPrediction, type Prediction, type Probabilities, type Side, sides } from './prediction.ts'

/** A function that never falls: straight lines between points, level beyond the first and the last. */
export interface IsotonicMap {
  /** Probabilities as the model gives them, rising. */
  readonly x: readonly number[]
  /** What they are worth, never falling, 0 to 1. */
  readonly y: readonly number[]
}

/**
 * How a model's probabilities are corrected, one item for each horizon, shortest first. It stands in a manifest entry under
 * `calibration`.
 *
 * - `temperature`: probabilities are raised to `1 / T` and scaled to a sum of 1, which is the same as logits divided by T (Guo et
 *   al. 2017, On Calibration of Modern Neural Networks). Above 1 they become less sure. The order of the sides stays.
 * - `isotonic`: each side's probability goes through a map of its own, then they are scaled to a sum of 1 (Zadrozny and Elkan 2002,
 *   Transforming Classifier Scores into Accurate Multiclass Probability Estimates). A side without a map keeps its probability.
 */
export type Calibration =
  | { readonly method: 'temperature'; readonly temperatures: readonly number[] }
  | { readonly method: 'isotonic'; readonly maps: readonly Partial<Readonly<Record<Side, IsotonicMap>>>[] }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isFinite(item))

/**
 * Reads what a manifest entry says under `calibration`.
 *
 * @returns `undefined` where it says nothing
 * @throws `model/contract` naming what cannot be
 */
export function parseCalibration(value: unknown, { horizons }: OutputSpec): Calibration | undefined {
  if (value === undefined) return undefined
  if (!isRecord(value)) return refuse('calibration', 'an object', typeof value)
  const count = horizons.length
  if (value['method'] === 'temperature') {
    const { temperatures } = value
    if (!isNumbers(temperatures) || temperatures.length !== count || temperatures.some((t) => t <= 0))
      return refuse('calibration.temperatures', `${count} positive number(s)`, String(temperatures))
    return { method: 'temperature', temperatures }
  }
  if (value['method'] !== 'isotonic')
    return refuse('calibration.method', 'temperature or isotonic', String(value['method']))
  const { maps } = value
  if (!Array.isArray(maps) || maps.length !== count)
    return refuse('calibration.maps', `${count} item(s), one for each horizon`, String(maps))
  return { method: 'isotonic', maps: maps.map((item: unknown, i) => parseMaps(item, `calibration.maps[${i}]`)) }
}

function parseMaps(value: unknown, path: string): Partial<Record<Side, IsotonicMap>> {
  if (!isRecord(value)) return refuse(path, 'an object', String(value))
  const other = Object.keys(value).find((side) => !sides.some((known) => known === side))
  if (other !== undefined) return refuse(path, sides.join(', '), other)
  const given = sides.filter((side) => value[side] !== undefined)
  return Object.fromEntries(given.map((side) => [side, parseMap(value[side], `${path}.${side}`)]))
}

function parseMap(value: unknown, path: string): IsotonicMap {
  if (!isRecord(value)) return refuse(path, 'an object with x and y', String(value))
  const { x, y } = value
  if (!isNumbers(x) || x.length === 0 || x.some((here, i) => i > 0 && here <= x[i - 1]!))
    return refuse(`${path}.x`, 'rising numbers, at least one', String(x))
  if (!isNumbers(y) || y.length !== x.length || y.some((here, i) => here < (y[i - 1] ?? 0) || here > 1))
    return refuse(`${path}.y`, `${x.length} number(s) from 0 to 1 that never fall`, String(y))
  return { x, y }
}

/** The value of an isotonic map. */
export function applyIsotonicMap({ x, y }: IsotonicMap, at: number): number {
  const right = x.findIndex((point) => point >= at)
  if (right === -1) return y.at(-1)!
  if (right === 0) return y[0]!
  const [from, to] = [x[right - 1]!, x[right]!]
  return y[right - 1]! + ((at - from) / (to - from)) * (y[right]! - y[right - 1]!)
}

/** Scaled to a sum of 1; where nothing is left, the model's own. */
function normalised(values: Probabilities, own: Probabilities): Probabilities {
  const sum = values.LONG + values.SHORT + values.NEUTRAL
  if (!(sum > 0)) return own
  return { LONG: values.LONG / sum, SHORT: values.SHORT / sum, NEUTRAL: values.NEUTRAL / sum }
}

function corrected(own: Probabilities, calibration: Calibration, horizon: number): Probabilities {
  if (calibration.method === 'temperature') {
    const temperature = calibration.temperatures[horizon]!
    const top = Math.max(own.LONG, own.SHORT, own.NEUTRAL)
    const cooled = (side: Side): number => (own[side] / top) ** (1 / temperature)
    return normalised({ LONG: cooled('LONG'), SHORT: cooled('SHORT'), NEUTRAL: cooled('NEUTRAL') }, own)
  }
  const maps = calibration.maps[horizon]!
  const worth = (side: Side): number => {
    const map = maps[side]
    return map === undefined ? own[side] : applyIsotonicMap(map, own[side])
  }
  return normalised({ LONG: worth('LONG'), SHORT: worth('SHORT'), NEUTRAL: worth('NEUTRAL') }, own)
}

/** The prediction with probabilities corrected; directions and confidences follow them. Returns and risk stay. */
export function calibrated(prediction: Prediction, calibration: Calibration | undefined): Prediction {
  if (calibration === undefined) return prediction
  const horizons = prediction.horizons.map((horizon, i): HorizonPrediction => {
    const probabilities = corrected(horizon.probabilities, calibration, i)
    const confidence = Math.max(probabilities.LONG, probabilities.SHORT, probabilities.NEUTRAL)
    // A temperature keeps the order of the sides; rounding must not change it either.
    const direction = calibration.method === 'temperature' ? horizon.direction : mostProbable(probabilities)
    return { ...horizon, probabilities, direction, confidence }
  })
  return { ...prediction, horizons }
}
