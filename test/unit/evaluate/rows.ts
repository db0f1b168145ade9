/** Made-up predictions with some skill, for the tests of this room. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { type EvaluationRows, sideNames, sidesOfReturns } from '../../../src/evaluate/index.ts'

export const barMs = 900_000
export const sides = ['LONG', 'SHORT', 'NEUTRAL'] as const

/** Numbers of a normal distribution, the same for the same seed. */
export function normals(seed: number): () => number {
  const random = xoroshiro128plus(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random))
}

/** A horizon with all columns. */
export interface MadeHorizon {
  readonly name: string
  readonly bars: number
  readonly probabilities: Float64Array
  readonly predictedClasses: Int32Array
  readonly actualClasses: Int32Array
  readonly predictedReturns: Float64Array
  readonly actualReturns: Float64Array
  readonly known: Uint8Array
}

/** One horizon of so many rows. */
export function madeHorizon(rows: number, seed = 1, bars = 4, skill = 0.3): MadeHorizon {
  const normal = normals(seed)
  const predictedReturns = Float64Array.from({ length: rows }, () => 0.01 * normal())
  const actualReturns = predictedReturns.map((value) => skill * value + 0.01 * normal())
  const probabilities = new Float64Array(rows * 3)
  for (let row = 0; row < rows; row++) {
    const weights = [Math.exp(100 * predictedReturns[row]!), Math.exp(-100 * predictedReturns[row]!), 1]
    const sum = weights.reduce((total, weight) => total + weight, 0)
    probabilities.set(
      weights.map((weight) => weight / sum),
      row * 3,
    )
  }
  return {
    name: '1h',
    bars,
    probabilities,
    predictedClasses: sidesOfReturns(predictedReturns, 0.003),
    actualClasses: sidesOfReturns(actualReturns, 0.003),
    predictedReturns,
    actualReturns,
    known: new Uint8Array(rows).fill(1),
  }
}

/** Rows of so many moments of some symbols. */
export function madeRows(
  moments: number,
  symbols: readonly string[] = ['BTCUSDT'],
  seed = 1,
  bars = 4,
): EvaluationRows {
  const rows = moments * symbols.length
  return {
    times: Float64Array.from({ length: rows }, (_, i) => Math.floor(i / symbols.length) * barMs),
    symbols: Array.from({ length: rows }, (_, i) => symbols[i % symbols.length]!),
    classes: sideNames,
    horizons: [madeHorizon(rows, seed, bars)],
  }
}
