/** From the model's raw numbers to a prediction with names and units. The layout is declared by the manifest, never guessed. */
import { classification } from './layouts/classification.ts'
import { type LayoutFamily, type OutputPart, type OutputSpec, refuse } from './layouts/family.ts'
import { regression } from './layouts/regression.ts'
import { returnsClassesLevelsRisk } from './layouts/returns-classes-levels-risk.ts'
import { returnsLogitsRisk } from './layouts/returns-logits-risk.ts'
import { defaultMainHorizon, defaultWeights, type Prediction, sides } from './prediction.ts'

const families: readonly LayoutFamily[] = [returnsLogitsRisk, returnsClassesLevelsRisk, classification, regression]

/** The output layouts that this version reads. */
export const outputLayouts: readonly string[] = families.map((family) => family.id)

const familyOf = ({ id }: OutputSpec): LayoutFamily =>
  families.find((family) => family.id === id) ?? refuse('outputLayout.id', outputLayouts.join(' or '), id)

function checkHorizons({ horizons }: OutputSpec): void {
  if (horizons.length === 0) refuse('outputLayout.horizons', 'at least one horizon', 'none')
  for (const [i, { bars }] of horizons.entries()) {
    const previous = horizons[i - 1]?.bars ?? 0
    if (!(bars > previous)) refuse(`outputLayout.horizons[${i}].bars`, `more than ${previous}`, String(bars))
  }
}

function checkClassOrder({ classOrder }: OutputSpec, { twoClasses }: LayoutFamily): void {
  const given = [...classOrder].sort().join()
  const allowed = [sides, ...(twoClasses ? [sides.slice(0, 2)] : [])]
  if (!allowed.some((all) => [...all].sort().join() === given))
    refuse(
      'classOrder',
      allowed.map((all) => `each of ${all.join(', ')} once`).join(', or '),
      classOrder.join(', ') || 'nothing',
    )
}

function checkLead({ horizons, weights, mainHorizon }: OutputSpec): void {
  if (
    weights &&
    !(weights.length === horizons.length && weights.every((weight) => Number.isFinite(weight) && weight > 0))
  )
    refuse('outputLayout.weights', `${horizons.length} positive number(s), one for each horizon`, weights.join(', '))
  const names = horizons.map((horizon) => horizon.name)
  if (mainHorizon !== undefined && !names.includes(mainHorizon))
    refuse('outputLayout.mainHorizon', `the name of a horizon (${names.join(', ')})`, mainHorizon)
}

/**
 * Checks that a model's declared output is one this version can read.
 *
 * @returns the number of values in one prediction
 * @throws `model/contract` naming the part that differs
 */
export function checkOutputSpec(spec: OutputSpec): number {
  const family = familyOf(spec)
  checkHorizons(spec)
  checkClassOrder(spec, family)
  checkLead(spec)
  family.check(spec)
  return widthOf(spec)
}

/** What the values of one prediction are, in order. */
export function outputParts(spec: OutputSpec): readonly OutputPart[] {
  return familyOf(spec).parts(spec)
}

const widthOf = (spec: OutputSpec): number => outputParts(spec).at(-1)?.to ?? 0

function weightsOf({ horizons, weights }: OutputSpec): readonly number[] {
  if (weights === undefined) return defaultWeights(horizons.length)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/**
 * Reads one prediction. What each value means depends on the layout:
 *
 * - `returns4-logits12-risk4`: 0 to 3 returns, 4 to 15 logits (four horizons of three classes), 16 to 19 max drawdown and max
 *   rally after 1 h and 4 h
 * - `returns4-classes4-levels8-risk4`: 0 to 3 returns, 4 to 7 class numbers, 8 to 11 probabilities of the LONG levels, 12 to
 *   15 of the SHORT levels, 16 to 19 as above
 * - `classification`: the probability of each class for the first horizon, then for the next
 * - `regression`: one return for each horizon
 *
 * @param raw the model's output, `[batch, values]` row-major
 * @param spec checked by {@link checkOutputSpec}
 * @param row which prediction of the batch
 * @throws `model/contract` where the values cannot be what the layout says, such as logits in place of probabilities
 * @example
 *   const spec = { id: 'classification', horizons: [{ name: '1h', bars: 4 }], classOrder: ['LONG', 'SHORT'] }
 *   readPrediction(Float32Array.of(0.75, 0.25), spec).horizons[0].direction // 'LONG'
 */
export function readPrediction(raw: Float32Array, spec: OutputSpec, row = 0): Prediction {
  const { horizons, mainHorizon, classOrder } = spec
  const width = widthOf(spec)
  const values = raw.subarray(row * width, (row + 1) * width)
  if (values.length !== width) refuse('output', `${width} values in row ${row}`, String(values.length))
  return {
    ...familyOf(spec).read(values, spec),
    weights: weightsOf(spec),
    mainHorizon:
      mainHorizon === undefined
        ? defaultMainHorizon(horizons.length)
        : horizons.findIndex((horizon) => horizon.name === mainHorizon),
    classes: classOrder.length,
  }
}
