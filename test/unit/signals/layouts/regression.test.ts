import { describe, expect, it } from 'vitest'
import { checkOutputSpec, decide, type OutputSpec, readPrediction } from '../../../../src/signals/index.ts'

const spec: OutputSpec = {
  id: 'regression',
  horizons: [
    { name: '1h', bars: 4 },
    { name: '4h', bars: 16 },
  ],
  classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
  residualStd: [0.005, 0.01],
}
const read = (values: readonly number[], changed: Partial<OutputSpec> = {}) =>
  readPrediction(Float32Array.from(values), { ...spec, ...changed })

describe('the layout regression', () => {
  it('has a return for each horizon, and no risk', () => {
    expect(checkOutputSpec(spec)).toBe(2)
    const { horizons, risk } = read([0.25, -0.5])
    expect(horizons.map((horizon) => horizon.expectedReturn)).toEqual([0.25, -0.5])
    expect(risk).toBeUndefined()
  })

  it('gives the probabilities of a normal distribution around the prediction, beyond the neutral band', () => {
    const { probabilities } = read([0.003, 0]).horizons[0]!
    // Python: math.erfc((0.001 - 0.003) / 0.005 / math.sqrt(2)) / 2, and with -0.003
    expect(probabilities.LONG).toBeCloseTo(0.6554217416103242, 7)
    expect(probabilities.SHORT).toBeCloseTo(0.2118553985833967, 7)
    expect(probabilities.NEUTRAL).toBeCloseTo(1 - 0.6554217416103242 - 0.2118553985833967, 7)
  })

  it('takes the band that the publisher gives, and none at all', () => {
    expect(read([0.25, 0.25], { neutralBand: 0 }).horizons[0]!.probabilities).toMatchObject({ LONG: 1, NEUTRAL: 0 })
    expect(read([0, 0], { neutralBand: 0 }).horizons[0]).toMatchObject({ direction: 'NEUTRAL', confidence: 0.5 })
    expect(read([0.003, 0.003], { neutralBand: 0.02 }).horizons[0]!.direction).toBe('NEUTRAL')
  })

  it('scores returns, and not risk', () => {
    const { scores, side } = decide(read([0.02, 0.03]), 100)
    expect(side).toBe('LONG')
    expect(scores.returnScore).toBe(1)
    expect(scores).not.toHaveProperty('riskScore')
    expect(scores.quality).toBeCloseTo((0.35 * scores.agreement + 0.3 * scores.confidence + 0.2) / 0.85, 12)
  })

  it('does not widen the levels for disagreement where there is one horizon', () => {
    const one = { horizons: spec.horizons.slice(0, 1), residualStd: [0.005] }
    const { levels, scores } = decide(read([0.05], one), 100)
    expect(levels!.takeProfit).toBeCloseTo(100 + 2 * (0.8 + 0.4 * scores.quality), 12)
  })

  it.each<[string, Partial<OutputSpec>]>([
    ['outputLayout.residualStd', { residualStd: undefined }],
    ['outputLayout.residualStd', { residualStd: [0.01] }],
    ['outputLayout.residualStd', { residualStd: [0.01, 0] }],
    ['outputLayout.residualStd', { residualStd: [0.01, Infinity] }],
    ['outputLayout.neutralBand', { neutralBand: -0.001 }],
    ['outputLayout.neutralBand', { neutralBand: NaN }],
    ['classOrder', { classOrder: ['LONG', 'SHORT'] }],
  ])('refuses a declaration with a wrong %s', (path, changed) => {
    expect(() => checkOutputSpec({ ...spec, ...changed })).toThrow(
      expect.objectContaining({ code: 'model/contract', details: expect.objectContaining({ path }) as object }),
    )
  })
})
