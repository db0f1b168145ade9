/** What a model expects, with names and units, whatever kind of model it is. */

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

/** Probabilities of the three sides; they sum to 1. */
export type Probabilities = Readonly<Record<Side, number>>

/** What the model expects for one horizon. */
export interface HorizonPrediction extends Horizon {
  /** Simple return as a fraction: 0.01 is +1 %. Absent where the model gives none. */
  readonly expectedReturn?: number | undefined
  readonly probabilities: Probabilities
  /** The most probable side; NEUTRAL where LONG and SHORT are equal, a side before NEUTRAL where those are. */
  readonly direction: Side
  /** The largest of the probabilities. */
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
  /** Shortest horizon first; at least one. All of them have an expected return, or none has. */
  readonly horizons: readonly HorizonPrediction[]
  /** Absent where the model gives none. */
  readonly risk?: RiskPrediction | undefined
  /** How much each horizon counts; they sum to 1. Default: 0.25, 0.25, 0.35, 0.15 for four horizons, else equal. */
  readonly weights?: readonly number[] | undefined
  /** Index of the horizon that leads. Default: the middle one, the longer of two middle ones. */
  readonly mainHorizon?: number | undefined
  /** Sides that the model tells apart: 2 where it knows no NEUTRAL. Default 3. */
  readonly classes?: number | undefined
}

const weightsOfFour: readonly number[] = [0.25, 0.25, 0.35, 0.15]

/** How much each of so many horizons counts where nobody says otherwise, shortest first. */
export function defaultWeights(count: number): readonly number[] {
  return count === weightsOfFour.length ? weightsOfFour : Array.from({ length: count }, () => 1 / count)
}

/** The horizon that leads where nobody says otherwise: the middle one, the longer of two middle ones. */
export function defaultMainHorizon(count: number): number {
  return Math.floor(count / 2)
}

/** Sum over the horizons, each by its weight. */
export function weightedSum({ horizons, weights }: Prediction, value: (index: number) => number): number {
  const shares = weights ?? defaultWeights(horizons.length)
  return horizons.reduce((sum, _, i) => sum + shares[i]! * value(i), 0)
}

/** The horizon that leads. */
export function mainOf({ horizons, mainHorizon }: Prediction): HorizonPrediction {
  return horizons[mainHorizon ?? defaultMainHorizon(horizons.length)]!
}
