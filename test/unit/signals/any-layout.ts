/** Outputs of every layout, with any number of horizons, and the same outputs with LONG and SHORT exchanged. */
import fc from 'fast-check'
import { type OutputSpec, type Prediction, readPrediction } from '../../../src/signals/index.ts'
import { anyOutput, referenceSpec } from './predictions.ts'

interface AnyCase {
  readonly spec: OutputSpec
  readonly raw: Float32Array
  readonly swapped: Float32Array
}

/** Two neighbouring values exchanged. */
const exchange = (values: number[], at: number, other = at + 1): void => {
  ;[values[at], values[other]] = [values[other]!, values[at]!]
}

const horizonsOf = (count: number): OutputSpec['horizons'] =>
  Array.from({ length: count }, (_, i) => ({ name: `h${i}`, bars: i + 1 }))

/** What an entry may say about its horizons. */
const anyLead = (count: number): fc.Arbitrary<Partial<OutputSpec>> =>
  fc.record(
    {
      weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: count, maxLength: count }),
      mainHorizon: fc.integer({ min: 0, max: count - 1 }).map((i) => `h${i}`),
    },
    { requiredKeys: [] },
  )

const swappedReturnsAndRisk = (raw: Float32Array): number[] => {
  const swapped = [...raw].map((value, i) => (i < 4 ? -value : value))
  exchange(swapped, 16)
  exchange(swapped, 18)
  return swapped
}

const logits: fc.Arbitrary<AnyCase> = anyOutput.map((raw) => {
  const swapped = swappedReturnsAndRisk(raw)
  for (let i = 0; i < 4; i += 1) exchange(swapped, 4 + 3 * i)
  return { spec: referenceSpec, raw, swapped: Float32Array.from(swapped) }
})

const level = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20)

const levels: fc.Arbitrary<AnyCase> = fc
  .tuple(
    anyOutput,
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
    fc.array(level, { minLength: 8, maxLength: 8 }),
  )
  .map(([output, classes, probabilities]) => {
    const raw = Float32Array.from([...output.slice(0, 4), ...classes, ...probabilities, ...output.slice(16)])
    const swapped = swappedReturnsAndRisk(raw)
    for (let i = 0; i < 4; i += 1) {
      swapped[4 + i] = [1, 0, 2][classes[i]!]!
      exchange(swapped, 8 + i, 12 + i)
    }
    const spec = { ...referenceSpec, id: 'returns4-classes4-levels8-risk4' }
    return { spec, raw, swapped: Float32Array.from(swapped) }
  })

const share = fc.integer({ min: 0, max: 6 })

const classification: fc.Arbitrary<AnyCase> = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 2, max: 3 }))
  .chain(([count, classes]) =>
    fc.tuple(
      fc.constant(classes),
      anyLead(count),
      fc.array(fc.tuple(share, share, share), { minLength: count, maxLength: count }),
    ),
  )
  .map(([classes, lead, rows]) => {
    const values = rows.flatMap((shares) => {
      const used = shares.slice(0, classes)
      const sum = used.reduce((total, value) => total + value, 0)
      return used.map((value) => (sum === 0 ? 1 / classes : value / sum))
    })
    const swapped = [...values]
    for (let i = 0; i < rows.length; i += 1) exchange(swapped, classes * i)
    const classOrder = referenceSpec.classOrder.slice(0, classes)
    const spec = { id: 'classification', horizons: horizonsOf(rows.length), classOrder, ...lead }
    return { spec, raw: Float32Array.from(values), swapped: Float32Array.from(swapped) }
  })

const regression: fc.Arbitrary<AnyCase> = fc
  .integer({ min: 1, max: 7 })
  .chain((count) =>
    fc.tuple(
      anyLead(count),
      fc.array(fc.integer({ min: -60, max: 60 }), { minLength: count, maxLength: count }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: count, maxLength: count }),
      fc.constantFrom(undefined, 0, 0.002),
    ),
  )
  .map(([lead, returns, deviations, neutralBand]) => {
    const raw = Float32Array.from(returns, (thousandths) => thousandths / 1000)
    const residualStd = deviations.map((thousandths) => thousandths / 1000)
    const { classOrder } = referenceSpec
    const spec = {
      id: 'regression',
      horizons: horizonsOf(returns.length),
      classOrder,
      residualStd,
      neutralBand,
      ...lead,
    }
    return { spec, raw, swapped: raw.map((value) => -value) }
  })

/** A prediction of any layout, and what the same model says of the mirrored market. */
export const anyPair: fc.Arbitrary<{ readonly plain: Prediction; readonly mirror: Prediction }> = fc
  .oneof(logits, levels, classification, regression)
  .map(({ spec, raw, swapped }) => ({ plain: readPrediction(raw, spec), mirror: readPrediction(swapped, spec) }))
