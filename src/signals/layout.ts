/** From the model's raw numbers to a prediction with names and units. The layout is declared by the manifest, never guessed. */
import { CandlewickError } from '../core/errors.ts'

/** The three answers of a classifier, and the three sides of a signal. */
export type Side = 'LONG' | 'SHORT' | 'NEUTRAL'

/** The sides in the order in which this package lists them. */
export const sides: readonly Side[] = ['LONG', 'SHORT', 'NEUTRAL']

/** How far ahead one part of a prediction looks. */
export interface Horizon {
  /** For people, e.g. `4h`. */
  readonly name: string
  /** In bars of the model's timeframe. */
  readonly bars: number
}

/** What a manifest entry says about the model's output. */
export interface OutputSpec {
  /** One of {@link outputLayouts}. */
  readonly id: string
  readonly horizons: readonly Horizon[]
  /** The class that each of the three logits of a horizon stands for. */
  readonly classOrder: readonly Side[]
}

/** Probabilities of the three sides; they sum to 1. */
export type Probabilities = Readonly<Record<Side, number>>

/** What the model expects for one horizon. */
export interface HorizonPrediction extends Horizon {
  /** Simple return as a fraction: 0.01 is +1 %. */
  readonly expectedReturn: number
  readonly probabilities: Probabilities
  /** The most probable side; on a tie the first of {@link sides}. */
  readonly direction: Side
  /** Probability of `direction`. */
  readonly confidence: number
}

/** The adverse and favourable moves that the model expects, as positive fractions of the price. */
export interface RiskPrediction {
  readonly maxDrawdown1h: number
  readonly maxRally1h: number
  readonly maxDrawdown4h: number
  readonly maxRally4h: number
}

/** A model's answer for one bar. */
export interface Prediction {
  /** Shortest horizon first. */
  readonly horizons: readonly HorizonPrediction[]
  readonly risk: RiskPrediction
}

/** The output layouts that this version reads. */
export const outputLayouts: readonly string[] = ['returns4-logits12-risk4']

const horizonCount = 4
/** Values of one prediction in the layout `returns4-logits12-risk4`. */
const width = 20

/**
 * Checks that a model's declared output is one this version can read.
 *
 * @returns the number of values in one prediction
 * @throws `model/contract` naming the part that differs
 */
export function checkOutputSpec(spec: OutputSpec): number {
  const refuse = (path: string, expected: string, actual: string): never => {
    throw new CandlewickError('model/contract', { path, expected, actual })
  }
  if (!outputLayouts.includes(spec.id)) refuse('outputLayout.id', outputLayouts.join(' or '), spec.id)
  if (spec.horizons.length !== horizonCount)
    refuse('outputLayout.horizons', `${horizonCount} horizons`, String(spec.horizons.length))
  for (const [i, horizon] of spec.horizons.entries()) {
    const previous = spec.horizons[i - 1]?.bars ?? 0
    if (!(horizon.bars > previous))
      refuse(`outputLayout.horizons[${i}].bars`, `more than ${previous}`, String(horizon.bars))
  }
  if ([...spec.classOrder].sort().join() !== [...sides].sort().join())
    refuse('classOrder', `each of ${sides.join(', ')} once`, spec.classOrder.join(', '))
  return width
}

/** Softmax of three logits, safe against overflow. */
function softmax(a: number, b: number, c: number): [number, number, number] {
  const top = Math.max(a, b, c)
  const [x, y, z] = [Math.exp(a - top), Math.exp(b - top), Math.exp(c - top)]
  const sum = x + y + z
  return [x / sum, y / sum, z / sum]
}

/**
 * Reads one prediction of layout `returns4-logits12-risk4`: values 0 to 3 are returns, 4 to 15 are logits (four horizons of
 * three classes), 16 to 19 are max drawdown and max rally after 1 h and 4 h.
 *
 * @param raw the model's output, `[batch, 20]` row-major
 * @param spec checked by {@link checkOutputSpec}
 * @param row which prediction of the batch
 */
export function readPrediction(raw: Float32Array, spec: OutputSpec, row = 0): Prediction {
  const at = row * width
  const horizons = spec.horizons.map((horizon, i): HorizonPrediction => {
    const logits = at + horizonCount + i * sides.length
    const byClass = softmax(raw[logits]!, raw[logits + 1]!, raw[logits + 2]!)
    const of = (side: Side): number => byClass[spec.classOrder.indexOf(side)]!
    const probabilities = { LONG: of('LONG'), SHORT: of('SHORT'), NEUTRAL: of('NEUTRAL') }
    const direction = sides.reduce((best, side) => (probabilities[side] > probabilities[best] ? side : best))
    return {
      name: horizon.name,
      bars: horizon.bars,
      expectedReturn: raw[at + i]!,
      probabilities,
      direction,
      confidence: probabilities[direction],
    }
  })
  const risk = at + width - 4
  return {
    horizons,
    risk: {
      maxDrawdown1h: raw[risk]!,
      maxRally1h: raw[risk + 1]!,
      maxDrawdown4h: raw[risk + 2]!,
      maxRally4h: raw[risk + 3]!,
    },
  }
}
