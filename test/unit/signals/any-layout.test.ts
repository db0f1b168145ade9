import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, directionOf, readPrediction, type Prediction, type Side } from '../../../src/signals/index.ts'
import { anyPair } from './any-layout.ts'

const opposite: Record<Side, Side> = { LONG: 'SHORT', SHORT: 'LONG', NEUTRAL: 'NEUTRAL' }
const strategies = ['conservative', 'moderate', 'aggressive'] as const

describe('a decision about a model of any layout', () => {
  it('is mirrored when LONG and SHORT are exchanged in the output', () => {
    fc.assert(
      fc.property(anyPair, fc.constantFrom(...strategies), ({ plain, mirror }, strategy) => {
        const [left, right] = [decide(plain, 100, { strategy }), decide(mirror, 100, { strategy })]
        expect(right.direction).toBe(opposite[left.direction])
        expect(right.side).toBe(opposite[left.side])
        expect(right.scores.quality).toBeCloseTo(left.scores.quality, 12)
        expect(right.scores.riskLevel).toBe(left.scores.riskLevel)
        expect(right.rejections.map(({ rule }) => rule)).toEqual(left.rejections.map(({ rule }) => rule))
      }),
      { numRuns: 1000 },
    )
  })

  it('that a stricter strategy passes is passed by a looser one', () => {
    fc.assert(
      fc.property(anyPair, ({ plain }) => {
        const passed = strategies.map((strategy) => decide(plain, 100, { strategy }).rejections.length === 0)
        for (const [i, strict] of passed.entries()) if (strict) expect(passed.slice(i)).not.toContain(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('has probabilities that sum to one, and scores from 0 to 1 for what the model speaks of', () => {
    fc.assert(
      fc.property(anyPair, ({ plain }) => {
        for (const { probabilities, confidence, direction } of plain.horizons) {
          const values = Object.values(probabilities)
          expect(values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
          expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
          expect(confidence).toBe(Math.max(...values))
          if (probabilities.LONG !== probabilities.SHORT) expect(probabilities[direction]).toBe(confidence)
        }
        const { scores, strength } = decide(plain, 100)
        const { riskLevel, ...numbers } = scores
        for (const value of [...Object.values(numbers), strength]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
        }
        expect('riskScore' in scores).toBe(plain.risk !== undefined)
        expect(riskLevel !== undefined).toBe(plain.risk !== undefined)
        expect('returnScore' in scores).toBe(plain.horizons[0]!.expectedReturn !== undefined)
      }),
    )
  })

  it('rejects nothing for what the model does not speak of', () => {
    fc.assert(
      fc.property(anyPair, ({ plain }) => {
        const rules = decide(plain, 100, { strategy: 'conservative' }).rejections.map(({ rule }) => rule)
        if (plain.risk === undefined) expect(rules).not.toContain('maxRisk')
        if (plain.horizons[0]!.expectedReturn === undefined) expect(rules).not.toContain('minReturn')
      }),
    )
  })
})

/** A classifier's answer that points clearly to a side at each horizon. */
function towards(letters: string): Prediction {
  const sides: Record<string, readonly number[]> = {
    L: [0.75, 0.125, 0.125],
    S: [0.125, 0.75, 0.125],
    N: [0.125, 0.125, 0.75],
  }
  return readPrediction(Float32Array.from(letters.split('').flatMap((letter) => sides[letter]!)), {
    id: 'classification',
    horizons: letters.split('').map((_, i) => ({ name: `h${i}`, bars: i + 1 })),
    classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
  })
}

describe('any number of horizons', () => {
  it.each<[string, Side]>([
    ['L', 'LONG'],
    ['N', 'NEUTRAL'],
    ['LN', 'LONG'],
    ['SS', 'SHORT'],
    ['LS', 'NEUTRAL'],
    ['LNN', 'NEUTRAL'],
    ['LLN', 'LONG'],
    ['NSS', 'SHORT'],
    ['LNNNS', 'NEUTRAL'],
    ['LLSNN', 'NEUTRAL'],
    ['LLLSN', 'LONG'],
    ['LLSSN', 'NEUTRAL'],
    ['LLLSSS', 'NEUTRAL'],
    ['SSSLNN', 'SHORT'],
  ])('point together: %s to %s', (letters, side) => {
    expect(directionOf(towards(letters))).toBe(side)
  })

  it('agree where all of them do, even if the strategy asks for more than there are', () => {
    for (const letters of ['L', 'LL', 'LLL'])
      expect(decide(towards(letters), 100, { strategy: 'conservative' })).toMatchObject({
        side: 'LONG',
        rejections: [],
      })
    expect(decide(towards('LN'), 100, { strategy: 'moderate' }).rejections).toContainEqual({
      rule: 'minAgreement',
      value: 1,
      threshold: 2,
    })
  })
})
