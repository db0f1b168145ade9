import { describe, expect, it } from 'vitest'
import { evaluateModel, registryEvaluation, registryMetrics } from '../../../src/evaluate/index.ts'
import { failureOf } from './refusal.ts'
import { barMs, madeRows } from './rows.ts'

const options = { timeframe: '15m', evalSetId: 'made', bootstrap: { resamples: 20 } } as const

describe('an evaluation for a registry', () => {
  it('holds figures and bounds by the names of a registry, and says of which bars', () => {
    const report = evaluateModel(madeRows(200), options)
    const evaluation = registryEvaluation(report, '1h')
    expect(evaluation).toMatchObject({
      evalSetId: 'made',
      horizon: '1h',
      bars: 4,
      n: 200,
      from: '1970-01-01T00:00:00.000Z',
      to: new Date(199 * barMs).toISOString(),
      packageVersion: report.packageVersion,
    })
    expect(evaluation.metrics).toEqual(registryMetrics(report, '1h'))
    const { macroF1 } = report.horizons[0]!.intervals
    expect(evaluation.intervals['f1_score']).toEqual({ low: macroF1!.low, high: macroF1!.high })
    expect(evaluation.intervals['rank_ic']!.low).toBeLessThan(evaluation.metrics['rank_ic']!)
    for (const name of Object.keys(evaluation.intervals)) expect(evaluation.metrics).toHaveProperty(name)
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
  })

  it('leaves out bounds that are not there', () => {
    const report = evaluateModel(madeRows(200), { ...options, bootstrap: false })
    expect(registryEvaluation(report, '1h').intervals).toEqual({})
  })

  it('is refused without a name of the bars, and for a horizon that was not judged', () => {
    const nameless = evaluateModel(madeRows(200), { timeframe: '15m', bootstrap: false })
    expect(failureOf(() => registryEvaluation(nameless, '1h'))).toContain('"evalSetId" is absent.')
    const report = evaluateModel(madeRows(200), { ...options, bootstrap: false })
    expect(failureOf(() => registryEvaluation(report, '4h'))).toContain('It must be one of 1h.')
  })
})
