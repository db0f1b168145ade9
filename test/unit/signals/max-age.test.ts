import { expect, it } from 'vitest'

import type { Decision } from '../../../src/signals/decide.ts'
import { withinAge } from '../../../src/signals/max-age.ts'

const hour = 3_600_000
const decision: Decision = {
  side: 'LONG',
  direction: 'LONG',
  strength: 0.9,
  scores: {
    agreement: 1,
    confidence: 0.8,
    returnScore: 0.5,
    quality: 0.7,
    riskScore: 0.1,
    riskLevel: 'LOW',
    filterStrength: 0.7,
  },
  levels: { stopLoss: 90, takeProfit: 120 },
  rejections: [],
}

it('lets a model decide up to the hour its publisher gave it', () => {
  expect(withinAge(decision, 10 * hour, { trainedAt: 0, hours: 10 })).toBe(decision)
})

it('makes every later signal NEUTRAL and says why, with no levels and nothing that looks like a number of the model', () => {
  expect(withinAge(decision, 10 * hour + 1, { trainedAt: 0, hours: 10 })).toEqual({
    ...decision,
    side: 'NEUTRAL',
    levels: undefined,
    rejections: [{ rule: 'maxAgeHours', value: 10 + 1 / hour, threshold: 10 }],
  })
})

it('keeps the other reasons behind its own', () => {
  const rejected = { ...decision, rejections: [{ rule: 'minQuality', value: 0.1, threshold: 0.5 }] }
  const rules = withinAge(rejected, 11 * hour, { trainedAt: 0, hours: 10 }).rejections.map(({ rule }) => rule)
  expect(rules).toEqual(['maxAgeHours', 'minQuality'])
})

it('takes 0 hours, and none at all, for never', () => {
  expect(withinAge(decision, 1e15, { trainedAt: 0, hours: 0 })).toBe(decision)
  expect(withinAge(decision, 1e15, undefined)).toBe(decision)
})
