import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readPrediction } from '../../../src/signals/layout.ts'
import { agreementOf, confidenceOf, returnScoreOf } from '../../../src/signals/scores.ts'
import { referenceOutput, referenceSpec } from './predictions.ts'

interface GoldenCase {
  readonly returns: number[]
  readonly logits: number[]
  readonly risk: number[]
  readonly directions: number[]
  readonly agreement: number
  readonly confidence: number
  readonly returnScore: number
}

const file = new URL('../../../../shared/golden/decisions.json', import.meta.url)

describe.skipIf(!existsSync(file))('the reference decisions (needs ../shared)', () => {
  const cases = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as GoldenCase[]) : []

  it('are met in direction, agreement, confidence and return score', () => {
    expect(cases.length).toBe(120)
    for (const golden of cases) {
      const raw = referenceOutput(golden.returns, golden.logits, golden.risk)
      const prediction = readPrediction(raw, referenceSpec)
      const classes = prediction.horizons.map((horizon) => referenceSpec.classOrder.indexOf(horizon.direction))
      expect(classes).toEqual(golden.directions)

      // The reference measures agreement for the most frequent class, the lowest class number on a tie.
      const counts = [0, 1, 2].map((label) => golden.directions.filter((d) => d === label).length)
      const dominant = referenceSpec.classOrder[counts.indexOf(Math.max(...counts))]!
      // The model speaks float32, the reference cases are float64.
      expect(agreementOf(prediction, dominant)).toBeCloseTo(golden.agreement, 6)
      expect(confidenceOf(prediction)).toBeCloseTo(golden.confidence, 6)
      expect(returnScoreOf(prediction)).toBeCloseTo(golden.returnScore, 5)
    }
  })
})
