import { describe, expect, it } from 'vitest'
import { localChoice, measuredChoice, onlyChoice } from '../../../src/engine/choice.ts'
import type { Configuration, FailedCandidate, Measurement } from '../../../src/inference/calibrate.ts'

const one: Configuration = { backend: 'wasm', threads: 1, workers: 1 }
const two: Configuration = { backend: 'wasm', threads: 2, workers: 1 }
const gpu: Configuration = { backend: 'webgpu', threads: 1, workers: 1 }
const took = (configuration: Configuration, medianMs: number, symbols = 1): Measurement => ({
  ...configuration,
  symbols,
  medianMs,
  spreadMs: 0.1,
})
const failed = (configuration: Configuration, reason: string): FailedCandidate => ({ ...configuration, reason })
const at = '2026-03-01T10:00:00.000Z'

describe('a choice', () => {
  it('says what there is to choose from where that is one', () => {
    expect(onlyChoice(one, { ruledOut: ['no adapter', 'not isolated'] })).toEqual({
      ...one,
      how: 'only-candidate',
      reason: 'There is nothing else to measure: no adapter; not isolated.',
      measured: [],
      tried: [],
    })
  })

  it('is none for an engine in the calling thread, unless the options name it', () => {
    const running: Configuration = { backend: 'wasm', threads: 1, workers: 0 }
    expect(localChoice(running, {})).toMatchObject({ ...running, how: 'only-candidate', measured: [], tried: [] })
    expect(localChoice(running, { backends: ['wasm'] }).how).toBe('only-candidate')
    expect(localChoice(running, { backends: ['wasm'], threads: 1 }).how).toBe('forced')
  })

  it('takes what is faster, and says by how much', () => {
    const outcomes = [took(one, 2.5), took(two, 1.7), failed(gpu, 'it broke')]
    expect(measuredChoice(one, outcomes, at)).toEqual({
      ...two,
      how: 'measured',
      reason: 'WASM with 2 threads in 1 worker took 1.70 ms for 1 symbol; WASM with 1 thread in 1 worker took 2.50 ms.',
      measured: outcomes.slice(0, 2),
      tried: [failed(gpu, 'it broke')],
      at,
    })
  })

  it('stays with the simple where little is gained', () => {
    const { threads, reason } = measuredChoice(one, [took(one, 250, 100), took(two, 240, 100)], at)
    expect(threads).toBe(1)
    expect(reason).toBe(
      'WASM with 1 thread in 1 worker took 250 ms for 100 symbols; WASM with 2 threads in 1 worker took 240 ms, which is not worth the effort.',
    )
  })

  it('stays with what runs where the simplest could not be measured', () => {
    const choice = measuredChoice(one, [failed(one, 'the time was over'), took(two, 1)], at)
    expect(choice).toMatchObject({ ...one, how: 'default', measured: [took(two, 1)] })
    expect(choice.reason).toBe(
      'Nothing was compared: WASM with 1 thread in 1 worker could not be measured, because the time was over.',
    )
    expect(choice.at).toBeUndefined()
  })

  it('says that nothing else could be measured', () => {
    const choice = measuredChoice(one, [took(one, 2.5), failed(two, 'it broke')], at)
    expect(choice).toMatchObject({ ...one, how: 'measured', tried: [failed(two, 'it broke')] })
    expect(choice.reason).toContain('nothing else could be measured')
  })
})
