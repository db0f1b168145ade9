import { describe, expect, it } from 'vitest'
import { checkOutputSpec, outputParts, readPrediction } from '../../../../src/signals/index.ts'
import { referenceSpec } from '../predictions.ts'

const spec = { ...referenceSpec, id: 'returns4-classes4-levels8-risk4' }
const returns = [0.25, -0.5, 0.125, 0]
const longLevels = [0.75, 0.5, 0.5, 0.25]
const shortLevels = [0.25, 0.25, 0, 0]
const risk = [0.125, 0.25, 0.5, 0.75]

const outputOf = (classes: readonly number[], longs = longLevels): Float32Array =>
  Float32Array.from([...returns, ...classes, ...longs, ...shortLevels, ...risk])

describe('the layout returns4-classes4-levels8-risk4', () => {
  it('has twenty values, each with a place and a name', () => {
    expect(checkOutputSpec(spec)).toBe(20)
    expect(outputParts(spec).map(({ name, to }) => [name, to])).toEqual([
      ['returns', 4],
      ['classes', 8],
      ['long levels', 12],
      ['short levels', 16],
      ['risk', 20],
    ])
  })

  it('reads returns, class numbers by the class order, and risk', () => {
    const { horizons, risk: moves } = readPrediction(outputOf([0, 1, 2, 0]), spec)
    expect(horizons.map((horizon) => horizon.expectedReturn)).toEqual(returns)
    expect(horizons.map((horizon) => horizon.direction)).toEqual(['LONG', 'SHORT', 'NEUTRAL', 'LONG'])
    expect(moves).toEqual({ maxDrawdown1h: 0.125, maxRally1h: 0.25, maxDrawdown4h: 0.5, maxRally4h: 0.75 })

    const turned = readPrediction(outputOf([0, 1, 2, 0]), { ...spec, classOrder: ['SHORT', 'NEUTRAL', 'LONG'] })
    expect(turned.horizons.map((horizon) => horizon.direction)).toEqual(['SHORT', 'NEUTRAL', 'LONG', 'SHORT'])
  })

  it('gives the class a third, and of the rest as much as its levels are likely', () => {
    const [long, short, neutral] = readPrediction(outputOf([0, 1, 2, 0]), spec).horizons
    // Means of the levels: 0.5 for LONG and 0.125 for SHORT, so nothing happens with 1 - 0.5.
    expect(long!.confidence).toBeCloseTo(1 / 3 + (2 / 3) * 0.5, 12)
    expect(short!.confidence).toBeCloseTo(1 / 3 + (2 / 3) * 0.125, 12)
    expect(neutral!.confidence).toBeCloseTo(1 / 3 + (2 / 3) * 0.5, 12)
    expect(long!.probabilities.SHORT).toBeCloseTo(1 / 6, 12)
    expect(long!.probabilities.NEUTRAL).toBeCloseTo(1 / 6, 12)
  })

  it('takes a class number that is a hundredth off, and refuses one that is further off or unknown', () => {
    expect(
      readPrediction(outputOf([0.009, 0.991, 2.009, -0.009]), spec).horizons.map(({ direction }) => direction),
    ).toEqual(['LONG', 'SHORT', 'NEUTRAL', 'LONG'])
    for (const odd of [0.02, 1.5, 3, -1])
      expect(() => readPrediction(outputOf([0, 0, odd, 0]), spec)).toThrow(
        expect.objectContaining({
          code: 'model/contract',
          details: expect.objectContaining({ path: 'output[6]' }) as object,
        }),
      )
  })

  it('refuses levels that are no probabilities, and says what to append', () => {
    expect(() => readPrediction(outputOf([0, 0, 0, 0], [0, 1.25, 0, 0]), spec)).toThrow(/output\[9\].*append a Sigmoid/)
    expect(() => readPrediction(outputOf([0, 0, 0, 0], [0, 0, -2, 0]), spec)).toThrow(/output\[10\].*found -2/)
  })
})
