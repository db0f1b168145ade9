import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkOutputSpec, readPrediction, type Side } from '../../../src/signals/index.ts'
import { anyOutput, referenceOutput, referenceSpec } from './predictions.ts'

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

describe('the layout returns4-logits12-risk4', () => {
  it('has twenty values', () => {
    expect(checkOutputSpec(referenceSpec)).toBe(20)
  })

  it('reads returns, logits and risk from their places', () => {
    const raw = referenceOutput([0.01, -0.02, 0.03, -0.04], [2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 1, 1], [0.1, 0.2, 0.3, 0.4])
    const { horizons, risk } = readPrediction(raw, referenceSpec)

    expect(horizons.map((horizon) => horizon.name)).toEqual(['15m', '1h', '4h', '12h'])
    expect(horizons.map((horizon) => horizon.expectedReturn)).toEqual([0.01, -0.02, 0.03, -0.04].map(Math.fround))
    expect(horizons.map((horizon) => horizon.direction)).toEqual(['LONG', 'SHORT', 'NEUTRAL', 'NEUTRAL'])
    expect(horizons[0]!.confidence).toBeCloseTo(Math.exp(2) / (Math.exp(2) + 2), 12)
    expect(risk).toEqual({
      maxDrawdown1h: Math.fround(0.1),
      maxRally1h: Math.fround(0.2),
      maxDrawdown4h: Math.fround(0.3),
      maxRally4h: Math.fround(0.4),
    })
  })

  it('reads the second row of a batch', () => {
    const first = referenceOutput(range(0, 4), range(4, 12), range(16, 4))
    const second = first.map((value) => value / 100)
    const both = Float32Array.from([...first, ...second])

    expect(readPrediction(both, referenceSpec, 1)).toEqual(readPrediction(second, referenceSpec))
  })

  it('gives probabilities that sum to one, whatever the logits', () => {
    fc.assert(
      fc.property(anyOutput, (raw) => {
        for (const { probabilities, confidence, direction } of readPrediction(raw, referenceSpec).horizons) {
          const values = Object.values(probabilities)
          expect(values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
          expect(confidence).toBe(Math.max(...values))
          // Where LONG and SHORT are equal, neither wins.
          if (probabilities.LONG === probabilities.SHORT) expect(direction).toBe('NEUTRAL')
          else expect(probabilities[direction]).toBe(confidence)
        }
      }),
    )
  })

  it('follows the declared class order', () => {
    const order: Side[] = ['SHORT', 'NEUTRAL', 'LONG']
    const raw = referenceOutput([0, 0, 0, 0], range(0, 12), [0, 0, 0, 0])
    const declared = readPrediction(raw, { ...referenceSpec, classOrder: order }).horizons[0]!.probabilities
    const stock = readPrediction(raw, referenceSpec).horizons[0]!.probabilities

    expect(declared).toEqual({ SHORT: stock.LONG, NEUTRAL: stock.SHORT, LONG: stock.NEUTRAL })
  })

  it('refuses a layout, horizons or a class order that it cannot read', () => {
    const refusal = (change: object): unknown => {
      try {
        return checkOutputSpec({ ...referenceSpec, ...change })
      } catch (error) {
        return error
      }
    }
    expect(refusal({ id: 'mystery' })).toMatchObject({ code: 'model/contract', details: { path: 'outputLayout.id' } })
    expect(refusal({ horizons: referenceSpec.horizons.slice(1) })).toMatchObject({
      details: { path: 'outputLayout.horizons' },
    })
    expect(refusal({ horizons: referenceSpec.horizons.toReversed() })).toMatchObject({
      details: { path: 'outputLayout.horizons[1].bars' },
    })
    expect(refusal({ classOrder: ['LONG', 'LONG', 'NEUTRAL'] })).toMatchObject({ details: { path: 'classOrder' } })
  })
})
