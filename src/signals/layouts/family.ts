/** What a layout must be able to tell: how many values it has, what they are, and what a row of them says. */
import { CandlewickError } from '../../core/errors.ts'
import type { Horizon, HorizonPrediction, Probabilities, RiskPrediction, Side } from '../prediction.ts'

/** What a manifest entry says about the model's output. */
export interface OutputSpec {
  /** One of `outputLayouts`. */
  readonly id: string
  readonly horizons: readonly Horizon[]
  /** The side that each class number, or each value of a horizon, stands for. */
  readonly classOrder: readonly Side[]
  /** How much each horizon counts: positive numbers, divided by their sum. Default: see {@link Prediction.weights}. */
  readonly weights?: readonly number[] | undefined
  /** Name of the horizon that leads. Default: the middle one, the longer of two middle ones. */
  readonly mainHorizon?: string | undefined
  /** Standard deviation of the model's error for each horizon, as a fraction of the price. Needed by `regression` alone. */
  readonly residualStd?: readonly number[] | undefined
  /** Returns up to this size, as a fraction, are NEUTRAL to `regression`. Default 0.001. */
  readonly neutralBand?: number | undefined
}

/** Neighbouring values of one meaning. */
export interface OutputPart {
  readonly name: string
  /** Index of the first value in a row. */
  readonly from: number
  /** Index after the last one. */
  readonly to: number
}

/** What the values of one row say. */
export interface Reading {
  readonly horizons: readonly HorizonPrediction[]
  readonly risk?: RiskPrediction | undefined
}

/** One way in which models put their answer into numbers. */
export interface LayoutFamily {
  readonly id: string
  /** Whether `classOrder` may leave NEUTRAL out. */
  readonly twoClasses: boolean
  /** @throws `model/contract` where the declaration lacks something */
  check(spec: OutputSpec): void
  parts(spec: OutputSpec): readonly OutputPart[]
  /**
   * @param row the values of one prediction
   * @throws `model/contract` where they cannot be what the layout says
   */
  read(row: Float32Array, spec: OutputSpec): Reading
}

/** Says that a model is not what it was declared to be. */
export function refuse(path: string, expected: string, actual: string): never {
  throw new CandlewickError('model/contract', { path, expected, actual })
}

/** The class of the highest probability. Swapping LONG and SHORT swaps the answer, so that neither wins a tie of the two. */
export function mostProbable({ LONG, SHORT, NEUTRAL }: Probabilities): Side {
  if (NEUTRAL > LONG && NEUTRAL > SHORT) return 'NEUTRAL'
  if (LONG === SHORT) return 'NEUTRAL'
  return LONG > SHORT ? 'LONG' : 'SHORT'
}

/** Probabilities by class number, brought into the form that has names; a class that the order lacks has 0. */
export function bySide(byClass: readonly number[], classOrder: readonly Side[]): Probabilities {
  const of = (side: Side): number => byClass[classOrder.indexOf(side)] ?? 0
  return { LONG: of('LONG'), SHORT: of('SHORT'), NEUTRAL: of('NEUTRAL') }
}

/** A horizon for which probabilities are all that is known. */
export function expectation(
  { name, bars }: Horizon,
  probabilities: Probabilities,
  expectedReturn?: number,
): HorizonPrediction {
  const { LONG, SHORT, NEUTRAL } = probabilities
  return {
    name,
    bars,
    ...(expectedReturn === undefined ? {} : { expectedReturn }),
    probabilities,
    direction: mostProbable(probabilities),
    confidence: Math.max(LONG, SHORT, NEUTRAL),
  }
}

/** Refuses a layout of four fixed horizons that is declared with another number of them. */
export function needFourHorizons({ horizons }: OutputSpec): void {
  if (horizons.length !== 4) refuse('outputLayout.horizons', '4 horizons', String(horizons.length))
}

/** Max drawdown and max rally after 1 h, then after 4 h. */
export function riskAt(row: Float32Array, from: number): RiskPrediction {
  return {
    maxDrawdown1h: row[from]!,
    maxRally1h: row[from + 1]!,
    maxDrawdown4h: row[from + 2]!,
    maxRally4h: row[from + 3]!,
  }
}
