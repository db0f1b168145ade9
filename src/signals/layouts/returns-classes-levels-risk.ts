/** `returns4-classes4-levels8-risk4`: four returns, four class numbers, four LONG and four SHORT level probabilities, four risks. */
import type { Horizon, HorizonPrediction, Probabilities, Side } from '../prediction.ts'
import { type LayoutFamily, needFourHorizons, refuse, riskAt } from './family.ts'

/** A class number may be this far from a whole one: what half precision leaves of it, far less than a mean of two classes. */
const classTolerance = 0.01
const firstLong = 8
const firstShort = 12

/** The side that a class number stands for. */
function sideAt(row: Float32Array, index: number, classOrder: readonly Side[]): Side {
  const value = row[index]!
  const side = classOrder[Math.round(value)]
  if (side === undefined || Math.abs(value - Math.round(value)) > classTolerance)
    refuse(
      `output[${index}]`,
      `a class number, 0 to ${classOrder.length - 1} (append an ArgMax where the model gives scores)`,
      String(value),
    )
  return side
}

/** Mean of four level probabilities. */
function meanLevel(row: Float32Array, from: number): number {
  const levels = [...row.subarray(from, from + 4)]
  const odd = levels.findIndex((level) => !(level >= 0 && level <= 1))
  if (odd !== -1)
    refuse(
      `output[${from + odd}]`,
      'a level probability, 0 to 1 (append a Sigmoid where the model gives logits)',
      String(levels[odd]),
    )
  return levels.reduce((sum, level) => sum + level, 0) / levels.length
}

/**
 * The class number says which side is the most probable, so that side has a third at least; the rest of the way to 1 it goes
 * as far as its levels are likely to be reached. The other two share what is left.
 */
function expectationOf(
  horizon: Horizon,
  expectedReturn: number,
  direction: Side,
  support: Probabilities,
): HorizonPrediction {
  const confidence = (1 + 2 * support[direction]) / 3
  const other = (1 - confidence) / 2
  const probabilities = { LONG: other, SHORT: other, NEUTRAL: other, [direction]: confidence }
  return { name: horizon.name, bars: horizon.bars, expectedReturn, probabilities, direction, confidence }
}

/** The older layout of the reference. */
export const returnsClassesLevelsRisk: LayoutFamily = {
  id: 'returns4-classes4-levels8-risk4',
  twoClasses: false,
  check: needFourHorizons,
  parts: () => [
    { name: 'returns', from: 0, to: 4 },
    { name: 'classes', from: 4, to: 8 },
    { name: 'long levels', from: firstLong, to: firstShort },
    { name: 'short levels', from: firstShort, to: 16 },
    { name: 'risk', from: 16, to: 20 },
  ],
  read: (row, { horizons, classOrder }) => {
    const [LONG, SHORT] = [meanLevel(row, firstLong), meanLevel(row, firstShort)]
    const support = { LONG, SHORT, NEUTRAL: 1 - Math.max(LONG, SHORT) }
    return {
      horizons: horizons.map((horizon, i) => expectationOf(horizon, row[i]!, sideAt(row, 4 + i, classOrder), support)),
      risk: riskAt(row, 16),
    }
  },
}
