import { describe, expect, it } from 'vitest'
import { checkOutputSpec, decide, type OutputSpec, readPrediction } from '../../../../src/signals/index.ts'

const oneHour = { name: '1h', bars: 4 }
const oneDay = { name: '1d', bars: 96 }
const spec: OutputSpec = {
  id: 'classification',
  horizons: [oneHour, oneDay],
  classOrder: ['SHORT', 'NEUTRAL', 'LONG'],
}
const read = (values: readonly number[], changed: Partial<OutputSpec> = {}) =>
  readPrediction(Float32Array.from(values), { ...spec, ...changed })

describe('the layout classification', () => {
  it('has a value for each class of each horizon', () => {
    expect(checkOutputSpec(spec)).toBe(6)
    expect(checkOutputSpec({ ...spec, horizons: [oneHour], classOrder: ['LONG', 'SHORT'] })).toBe(2)
  })

  it('reads probabilities by the class order, horizon after horizon, without returns and risk', () => {
    const prediction = read([0.25, 0.125, 0.625, 0.5, 0.375, 0.125])
    expect(prediction).toEqual({
      horizons: [
        {
          ...oneHour,
          probabilities: { LONG: 0.625, SHORT: 0.25, NEUTRAL: 0.125 },
          direction: 'LONG',
          confidence: 0.625,
        },
        { ...oneDay, probabilities: { LONG: 0.125, SHORT: 0.5, NEUTRAL: 0.375 }, direction: 'SHORT', confidence: 0.5 },
      ],
      weights: [0.5, 0.5],
      mainHorizon: 1,
      classes: 3,
    })
  })

  it('never says NEUTRAL of its own accord where the model knows two classes, but does where they are equal', () => {
    const two: Partial<OutputSpec> = { horizons: [oneHour], classOrder: ['SHORT', 'LONG'] }
    expect(read([0.25, 0.75], two).horizons[0]).toMatchObject({
      direction: 'LONG',
      probabilities: { LONG: 0.75, SHORT: 0.25, NEUTRAL: 0 },
    })
    expect(read([0.5, 0.5], two).horizons[0]).toMatchObject({ direction: 'NEUTRAL', confidence: 0.5 })
  })

  it('lets two classes that are nearly as likely decide nothing', () => {
    const two: Partial<OutputSpec> = { horizons: [oneHour], classOrder: ['SHORT', 'LONG'] }
    expect(decide(read([0.45, 0.55], two), 100, { strategy: 'aggressive' })).toMatchObject({
      side: 'NEUTRAL',
      direction: 'LONG',
      rejections: [{ rule: 'minSignalConfidence' }],
    })
    expect(decide(read([0.25, 0.75], two), 100).side).toBe('LONG')
  })

  it('evens out what rounding leaves, up to a thousandth', () => {
    const { LONG, SHORT, NEUTRAL } = read([0.25, 0.125, 0.6255, 1, 0, 0]).horizons[0]!.probabilities
    expect(LONG + SHORT + NEUTRAL).toBeCloseTo(1, 15)
    expect(read([1.0000001, -1e-7, 0, 1, 0, 0]).horizons[0]!.probabilities.NEUTRAL).toBe(0)
  })

  it.each([
    ['logits', [2.5, -1, 0.25, 0, 0, 0], 'output[0]', '2.5'],
    ['logits that lie between 0 and 1', [0.5, 0.25, 0.125, 1, 0, 0], 'output[0] to [2]', 'a sum of 0.875'],
    ['logits of a later horizon', [1, 0, 0, 0.5, 0.5, 0.5], 'output[3] to [5]', 'a sum of 1.5'],
    ['a sum of 1 with a value below 0', [0.75, -0.25, 0.5, 1, 0, 0], 'output[1]', '-0.25'],
    ['percent', [25, 50, 25, 1, 0, 0], 'output[0]', '25'],
    ['what is not a number', [NaN, 0.5, 0.5, 1, 0, 0], 'output[0]', 'NaN'],
  ])('refuses %s, and says what to append', (_, values, path, actual) => {
    expect(() => read(values)).toThrow(
      expect.objectContaining({
        code: 'model/contract',
        details: { path, actual, expected: expect.stringContaining('append a Softmax') as string },
      }),
    )
  })

  it('refuses a row that is not there', () => {
    expect(() => readPrediction(Float32Array.of(1, 0, 0), spec)).toThrow(/6 values in row 0, found 3/)
  })

  it.each<[string, Partial<OutputSpec>]>([
    ['outputLayout.horizons', { horizons: [] }],
    ['outputLayout.horizons[1].bars', { horizons: [oneDay, oneHour] }],
    ['classOrder', { classOrder: ['LONG', 'NEUTRAL'] }],
    ['classOrder', { classOrder: [] }],
    ['outputLayout.weights', { weights: [1] }],
    ['outputLayout.weights', { weights: [1, 0] }],
    ['outputLayout.weights', { weights: [1, NaN] }],
    ['outputLayout.mainHorizon', { mainHorizon: '4h' }],
  ])('refuses a declaration with a wrong %s', (path, changed) => {
    expect(() => checkOutputSpec({ ...spec, ...changed })).toThrow(
      expect.objectContaining({ code: 'model/contract', details: expect.objectContaining({ path }) as object }),
    )
  })

  it('lets a publisher say which horizon leads and how much each counts', () => {
    const values = [0, 0, 1, 1, 0, 0]
    expect(read(values, { weights: [3, 1], mainHorizon: '1h' })).toMatchObject({
      weights: [0.75, 0.25],
      mainHorizon: 0,
    })
    // One horizon for each side: the heavier one decides.
    expect(decide(read(values, { weights: [3, 1] }), 100).direction).toBe('LONG')
    expect(decide(read(values, { weights: [1, 3] }), 100).direction).toBe('SHORT')
    expect(decide(read(values), 100).direction).toBe('NEUTRAL')
  })
})
