import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decide,
  directionOf,
  levelsFor,
  readPrediction,
  scorePrediction,
  type Side,
  strategies,
} from '../../../src/signals/index.ts'
import { anyPrediction, mirrored, referenceOutput, referenceSpec } from './predictions.ts'

const opposite: Record<Side, Side> = { LONG: 'SHORT', SHORT: 'LONG', NEUTRAL: 'NEUTRAL' }

/** Logits that point clearly to a side. */
const towards: Record<Side, number[]> = { LONG: [3, 0, 0], SHORT: [0, 3, 0], NEUTRAL: [0, 0, 3] }

const predictionOf = (directions: Side[], returns = [0.01, 0.01, 0.01, 0.01], risk = [0.01, 0.01, 0.01, 0.01]) =>
  readPrediction(
    referenceOutput(
      returns,
      directions.flatMap((side) => towards[side]),
      risk,
    ),
    referenceSpec,
  )

describe('the direction', () => {
  it.each<[Side[], Side]>([
    [['LONG', 'LONG', 'LONG', 'SHORT'], 'LONG'],
    [['SHORT', 'SHORT', 'SHORT', 'SHORT'], 'SHORT'],
    [['NEUTRAL', 'NEUTRAL', 'NEUTRAL', 'LONG'], 'NEUTRAL'],
    [['LONG', 'LONG', 'NEUTRAL', 'SHORT'], 'LONG'],
    [['SHORT', 'SHORT', 'NEUTRAL', 'NEUTRAL'], 'SHORT'],
    [['NEUTRAL', 'NEUTRAL', 'NEUTRAL', 'NEUTRAL'], 'NEUTRAL'],
  ])('of %j is %s', (directions, side) => {
    expect(directionOf(predictionOf(directions))).toBe(side)
  })

  it('of a tie goes to the clearly heavier side, and is NEUTRAL without one', () => {
    // 15m and 1h weigh as much as 4h and 12h together: the lead is 0.
    expect(directionOf(predictionOf(['LONG', 'LONG', 'SHORT', 'SHORT']))).toBe('NEUTRAL')
    // 4h weighs more than 12h.
    expect(directionOf(predictionOf(['NEUTRAL', 'NEUTRAL', 'LONG', 'SHORT']))).toBe('LONG')
    expect(directionOf(predictionOf(['NEUTRAL', 'NEUTRAL', 'SHORT', 'LONG']))).toBe('SHORT')
  })
})

describe('a decision', () => {
  it('is mirrored when LONG and SHORT are', () => {
    fc.assert(
      fc.property(anyPrediction, fc.constantFrom('conservative', 'moderate', 'aggressive'), (prediction, strategy) => {
        const [plain, mirror] = [decide(prediction, 100, { strategy }), decide(mirrored(prediction), 100, { strategy })]
        expect(mirror.side).toBe(opposite[plain.side])
        expect(mirror.direction).toBe(opposite[plain.direction])
        expect(mirror.scores.quality).toBeCloseTo(plain.scores.quality, 12)
        expect(mirror.rejections.map((r) => r.rule)).toEqual(plain.rejections.map((r) => r.rule))
      }),
      { numRuns: 500 },
    )
  })

  it('that a stricter strategy passes is passed by a looser one', () => {
    fc.assert(
      fc.property(anyPrediction, (prediction) => {
        const rejected = (strategy: 'conservative' | 'moderate' | 'aggressive'): number =>
          decide(prediction, 100, { strategy }).rejections.length
        if (rejected('conservative') === 0) expect(rejected('moderate')).toBe(0)
        if (rejected('moderate') === 0) expect(rejected('aggressive')).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps every score between 0 and 1', () => {
    fc.assert(
      fc.property(anyPrediction, (prediction) => {
        const { scores, strength } = decide(prediction, 100)
        const { riskLevel: _level, ...numbers } = scores
        for (const value of [...Object.values(numbers), strength]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
        }
      }),
    )
  })

  it('with four agreeing horizons passes every strategy', () => {
    for (const strategy of ['conservative', 'moderate', 'aggressive'] as const) {
      const decision = decide(predictionOf(['LONG', 'LONG', 'LONG', 'LONG']), 100, { strategy })
      expect(decision).toMatchObject({ side: 'LONG', strength: 1, rejections: [] })
    }
  })

  it('that is rejected is NEUTRAL, keeps its scores, has no levels and names every rule with value and threshold', () => {
    const decision = decide(
      predictionOf(['LONG', 'LONG', 'NEUTRAL', 'SHORT'], [-0.01, -0.01, 0, 0], [0, 0, 0.05, 0]),
      100,
      { strategy: 'conservative' },
    )
    expect(decision).toMatchObject({ side: 'NEUTRAL', direction: 'LONG', levels: undefined })
    expect(decision.scores.confidence).toBeGreaterThan(0)
    expect(decision.rejections).toEqual(
      expect.arrayContaining([
        { rule: 'minAgreement', value: 2, threshold: 3 },
        { rule: 'minReturn', value: Math.fround(-0.01), threshold: 0.002 },
        { rule: 'maxRisk', value: 'HIGH', threshold: 'MEDIUM' },
      ]),
    )
  })

  it('with a NEUTRAL direction has no levels and nothing to reject', () => {
    expect(decide(predictionOf(['NEUTRAL', 'NEUTRAL', 'NEUTRAL', 'LONG']), 100)).toMatchObject({
      side: 'NEUTRAL',
      levels: undefined,
      rejections: [],
    })
  })

  it("takes risk from the side's own adverse move at 4 h", () => {
    const prediction = predictionOf(['LONG', 'LONG', 'LONG', 'LONG'], undefined, [0, 0, 0.01, 0.03])
    expect(scorePrediction(prediction, 'LONG', 0.04).riskScore).toBeCloseTo(0.25, 6)
    expect(scorePrediction(prediction, 'SHORT', 0.04).riskScore).toBeCloseTo(0.75, 6)
    expect(scorePrediction(prediction, 'NEUTRAL', 0.04).riskScore).toBeCloseTo(0.75, 6)
  })
})

describe('the levels', () => {
  const calm = predictionOf(['LONG', 'LONG', 'LONG', 'LONG'])

  it('widen with quality and lie on the right sides of the close', () => {
    expect(levelsFor('LONG', 100, 0.5, calm)).toEqual({ stopLoss: 99, takeProfit: 102 })
    expect(levelsFor('SHORT', 100, 0.5, calm)).toEqual({ stopLoss: 101, takeProfit: 98 })
    expect(levelsFor('LONG', 100, 1, calm)!.stopLoss).toBeCloseTo(98.8, 12)
    expect(levelsFor('NEUTRAL', 100, 1, calm)).toBeUndefined()
  })

  it('widen by a fifth where the short horizons disagree by more than 2 %', () => {
    const unsettled = predictionOf(['LONG', 'LONG', 'LONG', 'LONG'], [0.03, 0, 0, 0])
    expect(levelsFor('LONG', 100, 0.5, unsettled)!.takeProfit).toBeCloseTo(102.4, 12)
  })

  it('are rounded away from the close', () => {
    expect(levelsFor('LONG', 100.3, 0.5, calm, 0.5)).toEqual({ stopLoss: 99, takeProfit: 102.5 })
    expect(levelsFor('SHORT', 100.3, 0.5, calm, 0.5)).toEqual({ stopLoss: 101.5, takeProfit: 98 })
  })

  it('follow the average true range where it is given, within the same limits', () => {
    expect(levelsFor('LONG', 100, 0.5, calm, 0, 1)).toEqual({ stopLoss: 98.5, takeProfit: 103 })
    expect(levelsFor('SHORT', 100, 0.5, calm, 0, 1)).toEqual({ stopLoss: 101.5, takeProfit: 97 })
    expect(levelsFor('LONG', 100, 0.5, calm, 0, 0.01)).toEqual({ stopLoss: 99.5, takeProfit: 101 })
    expect(levelsFor('LONG', 100, 0.5, calm, 0, 9)).toEqual({ stopLoss: 97.5, takeProfit: 105 })
  })

  it('by the average true range cannot be had without it', () => {
    const decided = decide(calm, 100, { levels: 'atr' }, 1)
    expect(decided).toMatchObject({ side: 'LONG', levels: { stopLoss: 98.5, takeProfit: 103 } })
    expect(() => decide(calm, 100, { levels: 'atr' })).toThrow(TypeError)
    expect(decide(calm, 100, {}, 1).levels).toEqual(decide(calm, 100).levels)
  })
})

describe('thresholds for SHORT alone', () => {
  it('leave LONG as it was, and are reported where a SHORT fails them', () => {
    const strategy = { ...strategies.moderate, short: { minReturn: 0.5, minAgreement: 1 } }
    const [long, short] = [
      decide(predictionOf(['LONG', 'LONG', 'LONG', 'LONG']), 100, { strategy }),
      decide(mirrored(predictionOf(['LONG', 'LONG', 'LONG', 'LONG'])), 100, { strategy }),
    ]
    expect(long.rejections).toEqual([])
    expect(short.rejections).toMatchObject([{ rule: 'minReturn', threshold: 0.5 }])
  })
})
