/** Predictions for tests. */
import fc from 'fast-check'
import type { OutputSpec, Prediction, Side } from '../../../src/signals/index.ts'
import { readPrediction } from '../../../src/signals/index.ts'

export const referenceSpec: OutputSpec = {
  id: 'returns4-logits12-risk4',
  horizons: [
    { name: '15m', bars: 1 },
    { name: '1h', bars: 4 },
    { name: '4h', bars: 16 },
    { name: '12h', bars: 48 },
  ],
  classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
}

export function referenceOutput(
  returns: readonly number[],
  logits: readonly number[],
  risk: readonly number[],
): Float32Array {
  return Float32Array.from([...returns, ...logits, ...risk])
}

/** Any output a model may give. */
export const anyOutput: fc.Arbitrary<Float32Array> = fc
  .tuple(
    fc.array(fc.float({ min: Math.fround(-0.06), max: Math.fround(0.06), noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    }),
    fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 }),
    fc.array(fc.float({ min: Math.fround(-0.01), max: Math.fround(0.08), noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    }),
  )
  .map(([returns, logits, risk]) => referenceOutput(returns, logits, risk))

export const anyPrediction: fc.Arbitrary<Prediction> = anyOutput.map((raw) => readPrediction(raw, referenceSpec))

/** The same prediction with LONG and SHORT exchanged. */
export function mirrored(prediction: Prediction): Prediction {
  const other: Record<Side, Side> = { LONG: 'SHORT', SHORT: 'LONG', NEUTRAL: 'NEUTRAL' }
  const { risk } = prediction
  return {
    ...prediction,
    horizons: prediction.horizons.map((horizon) => ({
      ...horizon,
      ...(horizon.expectedReturn === undefined ? {} : { expectedReturn: -horizon.expectedReturn }),
      direction: other[horizon.direction],
      probabilities: {
        LONG: horizon.probabilities.SHORT,
        SHORT: horizon.probabilities.LONG,
        NEUTRAL: horizon.probabilities.NEUTRAL,
      },
    })),
    risk: risk && {
      maxDrawdown1h: risk.maxRally1h,
      maxRally1h: risk.maxDrawdown1h,
      maxDrawdown4h: risk.maxRally4h,
      maxRally4h: risk.maxDrawdown4h,
    },
  }
}
