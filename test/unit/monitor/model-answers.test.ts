import { describe, expect, it } from 'vitest'
import { modelAnswers } from '../../../src/monitor/index.ts'

const entry = {
  outputLayout: { id: 'classification', horizons: [{ name: '1h', bars: 4 }] },
  classOrder: ['SHORT', 'NEUTRAL', 'LONG'],
} as const

describe('the answers of a model', () => {
  it('are its raw numbers, and probabilities in the order of the sides', async () => {
    const outputs = Float32Array.of(0.25, 0.25, 0.5, 0.125, 0.125, 0.75)
    const ask = modelAnswers({ predict: async () => outputs }, entry)
    const answers = await ask(new Float32Array(2), 2)
    expect(answers.outputs).toBe(outputs)
    expect(answers.probabilities).toEqual({ '1h': [0.5, 0.25, 0.25, 0.75, 0.125, 0.125] })
  })

  it('are calibrated, as those of signals are', async () => {
    const calibration = { method: 'temperature', temperatures: [2] } as const
    const ask = modelAnswers({ predict: async () => Float32Array.of(0.2, 0.2, 0.6) }, { ...entry, calibration })
    const { probabilities } = await ask(new Float32Array(1), 1)
    // The square roots of the probabilities, scaled to the sum 1.
    const sum = Math.sqrt(0.6) + 2 * Math.sqrt(0.2)
    expect(probabilities['1h']![0]).toBeCloseTo(Math.sqrt(0.6) / sum, 6)
  })

  it('are refused where nobody knows how to read them', () => {
    const odd = { ...entry, outputLayout: { ...entry.outputLayout, id: 'unheard-of' } }
    expect(() => modelAnswers({ predict: async () => new Float32Array(3) }, odd)).toThrow('unheard-of')
  })
})
