import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { compositeScore, defaultScore, type ScoreRule } from '../../../src/evaluate/index.ts'
import { expectNear } from './golden.ts'
import { failureOf } from './refusal.ts'

const rule: ScoreRule = {
  parts: [
    { metric: 'rankIc', weight: 0.6, worst: 0, best: 0.1 },
    { metric: 'brier', weight: 0.4, worst: 0.6, best: 0.4 },
  ],
}

describe('a composite score', () => {
  it('is the weighted sum of what each metric is worth, shown with its parts', () => {
    const result = compositeScore({ rankIc: 0.05, brier: 0.45 }, rule)
    expectNear(result.score, 0.6 * 0.5 + 0.4 * 0.75, 'score')
    expect(result.parts.map(({ metric, value }) => [metric, value])).toEqual([
      ['rankIc', 0.05],
      ['brier', 0.45],
    ])
    expect(result).toMatchObject({ excluded: [], weightUsed: 1, renormalised: false })
  })

  it('takes worse than the worst for 0 and better than the best for 1', () => {
    expect(compositeScore({ rankIc: -1, brier: 2 }, rule).score).toBe(0)
    expect(compositeScore({ rankIc: 1, brier: 0 }, rule).score).toBe(1)
  })

  it('never falls when a metric gets better', () => {
    const figure = fc.double({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(figure, figure, fc.double({ min: 0, max: 1, noNaN: true }), (rankIc, brier, gain) => {
        const score = (values: { rankIc: number; brier: number }): number => compositeScore(values, rule).score
        const before = score({ rankIc, brier })
        expect(score({ rankIc: rankIc + gain, brier })).toBeGreaterThanOrEqual(before)
        expect(score({ rankIc, brier: brier - gain })).toBeGreaterThanOrEqual(before)
        expect(before).toBeGreaterThanOrEqual(0)
        expect(before).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is refused where a metric is missing, unless it is excluded by declaration', () => {
    const thrown = ((): unknown => {
      try {
        return compositeScore({ rankIc: null, brier: 0.5, mae: 1 }, rule)
      } catch (error) {
        return error
      }
    })()
    if (!isCandlewickError(thrown, 'evaluate/metric-missing')) throw thrown
    expect(thrown.details).toEqual({ metrics: ['rankIc'], known: ['brier', 'mae'] })
    expect(
      failureOf(() =>
        compositeScore({ constructor: 1 }, { parts: [{ metric: 'toString', weight: 1, worst: 0, best: 1 }] }),
      ),
    ).toContain('The score needs toString')
  })

  it('without a metric keeps the declared weights, unless it renormalises them', () => {
    const values = { rankIc: null, brier: 0.4 }
    const kept = compositeScore(values, { ...rule, missing: 'exclude' })
    expect(kept).toMatchObject({ score: 0.4, excluded: ['rankIc'], weightUsed: 0.4, renormalised: false })
    const scaled = compositeScore(values, { ...rule, missing: 'exclude', renormalise: true })
    expect(scaled).toMatchObject({ score: 1, excluded: ['rankIc'], weightUsed: 0.4, renormalised: true })
  })

  it('of nothing is refused', () => {
    expect(failureOf(() => compositeScore({}, { ...rule, missing: 'exclude' }))).toContain(
      'The score needs rankIc, brier',
    )
  })

  it('has a default whose weights sum to 1', () => {
    expectNear(
      defaultScore.parts.reduce((sum, { weight }) => sum + weight, 0),
      1,
      'sum',
    )
    const guessing = { rankIc: 0, icir: 0, macroF1: 1 / 3, hitRate: 1 / 3, brier: 2 / 3 }
    expect(compositeScore(guessing).score).toBe(0)
    expect(compositeScore({ rankIc: 0.1, icir: 1, macroF1: 0.6, hitRate: 0.6, brier: 0.4 }).score).toBe(1)
  })

  it.each([
    [{ parts: [] }, '"parts" is empty.'],
    [{ parts: [{ ...rule.parts[0]!, weight: 0 }] }, '"parts[0].weight" is 0.'],
    [{ parts: [{ ...rule.parts[0]!, weight: 0.5 }] }, 'of weights with the sum 0.5'],
    [{ parts: [{ ...rule.parts[0]!, best: 0 }] }, '"parts[0]" is from 0 to 0.'],
    [{ parts: [rule.parts[0]!, { ...rule.parts[0]!, weight: 0.4 }] }, '"parts[1].metric" is "rankIc" again.'],
  ])('refuses the rule %j', (wrong, message) => {
    expect(failureOf(() => compositeScore({ rankIc: 0 }, wrong))).toContain(message)
  })

  it('refuses a metric that is not finite', () => {
    expect(failureOf(() => compositeScore({ rankIc: Number.NaN, brier: 0.5 }, rule))).toContain(
      '"metrics.rankIc" is NaN.',
    )
  })
})
