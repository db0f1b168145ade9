import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  applyIsotonicMap,
  type Calibration,
  calibrated,
  type IsotonicMap,
  parseCalibration,
} from '../../../src/signals/calibration.ts'
import { type Answered, fitIsotonicMap, fitTemperature } from '../../../src/signals/fit-calibration.ts'
import { type Prediction, readPrediction, type Side } from '../../../src/signals/index.ts'
import { anyOutput, anyPrediction, mirrored, referenceOutput, referenceSpec } from './predictions.ts'

const sides: readonly Side[] = ['LONG', 'SHORT', 'NEUTRAL']
const temperature = (...temperatures: number[]): Calibration => ({ method: 'temperature', temperatures })
const anyTemperatures = fc.array(fc.double({ min: 0.2, max: 5, noNaN: true }), { minLength: 4, maxLength: 4 })

/** Maps that never fall. */
const anyMap: fc.Arbitrary<IsotonicMap> = fc
  .uniqueArray(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 6,
    selector: ([x]) => x,
  })
  .map((points) => {
    const rising = (values: number[]): number[] => values.sort((a, b) => a - b)
    return { x: rising(points.map(([x]) => x)), y: rising(points.map(([, y]) => y)) }
  })

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const sumsToOne = (prediction: Prediction): void => {
  for (const { probabilities, confidence, direction } of prediction.horizons) {
    expect(probabilities.LONG + probabilities.SHORT + probabilities.NEUTRAL).toBeCloseTo(1, 12)
    expect(confidence).toBe(Math.max(...Object.values(probabilities)))
    if (direction !== 'NEUTRAL') expect(probabilities[direction]).toBe(confidence)
  }
}

describe('a temperature', () => {
  it('is the same as logits divided by it', () => {
    fc.assert(
      fc.property(anyOutput, anyTemperatures, (raw, temperatures) => {
        const cooled = raw.map((value, i) =>
          i >= 4 && i < 16 ? value / temperatures[Math.floor((i - 4) / 3)]! : value,
        )
        const expected = readPrediction(cooled, referenceSpec)
        const actual = calibrated(readPrediction(raw, referenceSpec), temperature(...temperatures))
        for (const [i, { probabilities }] of actual.horizons.entries())
          for (const side of sides)
            expect(probabilities[side]).toBeCloseTo(expected.horizons[i]!.probabilities[side], 5)
      }),
    )
  })

  it('never changes a direction, and makes less sure above 1, surer below', () => {
    fc.assert(
      fc.property(anyPrediction, anyTemperatures, (prediction, temperatures) => {
        const after = calibrated(prediction, temperature(...temperatures))
        sumsToOne(after)
        for (const [i, { direction, confidence }] of after.horizons.entries()) {
          const before = prediction.horizons[i]!
          expect(direction).toBe(before.direction)
          if (temperatures[i]! > 1) expect(confidence).toBeLessThanOrEqual(before.confidence + 1e-12)
          else expect(confidence).toBeGreaterThanOrEqual(before.confidence - 1e-12)
        }
      }),
    )
  })

  it('of 1 changes nothing that counts', () => {
    const prediction = readPrediction(
      referenceOutput([0, 0, 0, 0], [3, 1, 0, 0, 2, 1, 0, 0, 5, 1, 1, 0], [0, 0, 0, 0]),
      referenceSpec,
    )
    for (const [i, { probabilities }] of calibrated(prediction, temperature(1, 1, 1, 1)).horizons.entries())
      for (const side of sides) expect(probabilities[side]).toBeCloseTo(prediction.horizons[i]!.probabilities[side], 12)
  })
})

describe('isotonic maps', () => {
  it('never fall, and never leave their points', () => {
    fc.assert(
      fc.property(
        anyMap,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (map, a, b) => {
          const [low, high] = [applyIsotonicMap(map, Math.min(a, b)), applyIsotonicMap(map, Math.max(a, b))]
          expect(low).toBeLessThanOrEqual(high + 1e-12)
          expect(low).toBeGreaterThanOrEqual(map.y[0]!)
          expect(high).toBeLessThanOrEqual(map.y.at(-1)! + 1e-12)
        },
      ),
    )
  })

  it('pass through their points', () => {
    const map = { x: [0.2, 0.5, 0.9], y: [0.1, 0.4, 0.4] }
    expect([0, 0.2, 0.35, 0.5, 0.7, 0.9, 1].map((at) => applyIsotonicMap(map, at))).toEqual([
      0.1, 0.1, 0.25, 0.4, 0.4, 0.4, 0.4,
    ])
  })

  it('treat LONG and SHORT alike where their maps do', () => {
    fc.assert(
      fc.property(anyPrediction, anyMap, anyMap, (prediction, one, other) => {
        const maps = { LONG: one, SHORT: one, NEUTRAL: other }
        const calibration: Calibration = { method: 'isotonic', maps: [maps, maps, maps, maps] }
        const after = calibrated(prediction, calibration)
        sumsToOne(after)
        const turned = calibrated(mirrored(prediction), calibration)
        for (const [i, { probabilities }] of mirrored(after).horizons.entries())
          for (const side of sides) expect(turned.horizons[i]!.probabilities[side]).toBeCloseTo(probabilities[side], 12)
      }),
    )
  })

  it('leave a horizon alone when they make nothing of it', () => {
    const [prediction] = fc.sample(anyPrediction, { numRuns: 1, seed: 1 })
    const nothing = { x: [0.5], y: [0] }
    const maps = { LONG: nothing, SHORT: nothing, NEUTRAL: nothing }
    const after = calibrated(prediction!, { method: 'isotonic', maps: [maps, {}, {}, {}] })
    expect(after.horizons[0]!.probabilities).toEqual(prediction!.horizons[0]!.probabilities)
  })
})

it('changes neither returns nor risk', () => {
  const [prediction] = fc.sample(anyPrediction, { numRuns: 1, seed: 2 })
  const after = calibrated(prediction!, temperature(2, 2, 2, 2))
  expect(after.risk).toEqual(prediction!.risk)
  expect(after.horizons.map((horizon) => horizon.expectedReturn)).toEqual(
    prediction!.horizons.map((horizon) => horizon.expectedReturn),
  )
  expect(calibrated(prediction!, undefined)).toBe(prediction)
})

describe('a calibration in a manifest', () => {
  it('is taken as it is when it fits', () => {
    expect(parseCalibration(undefined, referenceSpec)).toBeUndefined()
    expect(parseCalibration(temperature(1, 2, 3, 4), referenceSpec)).toEqual(temperature(1, 2, 3, 4))
    const isotonic = { method: 'isotonic', maps: [{}, { LONG: { x: [0, 1], y: [0, 1] } }, {}, {}] }
    expect(parseCalibration(isotonic, referenceSpec)).toEqual(isotonic)
  })

  it.each([
    ['calibration', 'warm'],
    ['calibration.method', { method: 'platt' }],
    ['calibration.temperatures', { method: 'temperature', temperatures: [1, 1, 1] }],
    ['calibration.temperatures', { method: 'temperature', temperatures: [1, 1, 1, 0] }],
    ['calibration.maps', { method: 'isotonic', maps: [{}] }],
    ['calibration.maps[1]', { method: 'isotonic', maps: [{}, { UP: { x: [0], y: [0] } }, {}, {}] }],
    ['calibration.maps[0].LONG.x', { method: 'isotonic', maps: [{ LONG: { x: [1, 0], y: [0, 1] } }, {}, {}, {}] }],
    ['calibration.maps[0].LONG.y', { method: 'isotonic', maps: [{ LONG: { x: [0, 1], y: [1, 0] } }, {}, {}, {}] }],
    ['calibration.maps[0].SHORT.y', { method: 'isotonic', maps: [{ SHORT: { x: [0, 1], y: [0, 1.5] } }, {}, {}, {}] }],
    ['calibration.maps[0].SHORT', { method: 'isotonic', maps: [{ SHORT: 3 }, {}, {}, {}] }],
  ])('is refused at %s when it does not', (path, value) => {
    expect(thrownBy(() => parseCalibration(value, referenceSpec))).toMatchObject({
      code: 'model/contract',
      details: { path },
    })
  })
})

/** Answers of a model that says `said` of LONG and is right with `true`. */
function answers(said: number, right: number, count: number): Answered[] {
  const rest = (1 - said) / 2
  return Array.from({ length: count }, (_, i) => ({
    probabilities: { LONG: said, SHORT: rest, NEUTRAL: rest },
    actual: i < right * count ? 'LONG' : i % 2 === 0 ? 'SHORT' : 'NEUTRAL',
  }))
}

describe('fitting a temperature', () => {
  it('finds the one with which the model says what comes true', () => {
    const fitted = fitTemperature(answers(0.9, 0.6, 1000))
    const [prediction] = fc.sample(anyPrediction, { numRuns: 1, seed: 3 })
    const said = { ...prediction!.horizons[0]!, probabilities: { LONG: 0.9, SHORT: 0.05, NEUTRAL: 0.05 } }
    const after = calibrated({ ...prediction!, horizons: [said] }, temperature(fitted))
    expect(after.horizons[0]!.probabilities.LONG).toBeCloseTo(0.6, 4)
  })

  it('leaves a model alone that says the truth, and one of which nothing is known', () => {
    expect(fitTemperature(answers(0.6, 0.6, 1000))).toBeCloseTo(1, 3)
    expect(fitTemperature([])).toBe(1)
  })
})

describe('fitting an isotonic map', () => {
  it('gives the values that pooling adjacent violators gives', () => {
    const map = fitIsotonicMap([0.1, 0.2, 0.3, 0.4, 0.5], [false, true, false, true, true])
    expect(map).toEqual({ x: [0.1, 0.2, 0.3, 0.4, 0.5], y: [0, 0.5, 0.5, 1, 1] })
  })

  it('keeps the mean, never falls, and no other map of the pools has a smaller error', () => {
    const anySample = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(anySample, fc.integer({ min: -5, max: 5 }), (sample, nudge) => {
        const said = sample.map(([p]) => p / 20)
        const came = sample.map(([, yes]) => yes)
        const map = fitIsotonicMap(said, came)
        const values = said.map((p) => applyIsotonicMap(map, p))
        const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length
        expect(mean(values)).toBeCloseTo(mean(came.map(Number)), 9)
        for (const [i, x] of map.x.entries()) {
          expect(x).toBeGreaterThan(map.x[i - 1] ?? -1)
          expect(map.y[i]).toBeGreaterThanOrEqual(map.y[i - 1] ?? 0)
        }
        const error = (fit: readonly number[]): number => mean(fit.map((value, i) => (value - Number(came[i])) ** 2))
        const straight = said.map((p) => Math.min(Math.max(0.5 + nudge * (p - 0.5), 0), 1))
        if (nudge >= 0) expect(error(values)).toBeLessThanOrEqual(error(straight) + 1e-12)
      }),
    )
  })

  it('wants as many outcomes as probabilities', () => {
    expect(() => fitIsotonicMap([], [])).toThrow(TypeError)
    expect(() => fitIsotonicMap([0.1], [])).toThrow(TypeError)
  })
})
