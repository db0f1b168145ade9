import { describe, expect, it } from 'vitest'

import type { EngineInfo, TimedSignal } from '../../../src/engine/core.ts'
import { type PredictionRow, rowOf, rowOfUnanswered } from '../../../src/monitor/index.ts'
import { createSignal, decide, type OutputSpec, readPrediction, withinAge } from '../../../src/signals/index.ts'

const spec: OutputSpec = {
  id: 'returns4-logits12-risk4',
  horizons: [
    { name: '15m', bars: 1 },
    { name: '1h', bars: 4 },
    { name: '4h', bars: 16 },
    { name: '12h', bars: 48 },
  ],
  classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
}
const returns = [0.004, 0.006, 0.01, 0.02]
const logits = [3, 0, 1, 3, 0, 1, 3, 0, 1, 0, 3, 1]
const raw = Float32Array.from([...returns, ...logits, 0.002, 0.01, 0.004, 0.02])
const time = Date.UTC(2026, 0, 31, 12)
const prediction = readPrediction(raw, spec)
const decision = decide(prediction, 100)
const signalContext = {
  model: 'm_v1.0.0',
  epoch: 7,
  symbol: 'BTC|USDT',
  timeframe: '15m',
  timeframeMs: 900_000,
  time,
  close: 100,
  provisional: false,
}
const signal = createSignal(signalContext, prediction, decision)
const context = { horizons: spec.horizons, backend: 'wasm', epoch: 7 }

/** What engines give today suffices; it need not run to be held to its types. */
export const rowOfEngine = (timed: TimedSignal, { model, epoch, backend }: EngineInfo): PredictionRow =>
  rowOf(timed, { horizons: model.horizons, epoch, backend }, Date.now())

describe('The row of a signal', () => {
  it('has what the signal says, by name', () => {
    const timed = {
      signal,
      featuresMs: 1,
      inferenceMs: 2,
      outputs: raw,
      risk: { ...prediction.risk },
      direction: decision.direction,
    }
    const row = rowOf(timed, context, time + 900_123)
    expect(row).toMatchObject({
      id: `m_v1.0.0|BTC|USDT|${time}|production`,
      modelId: 'm_v1.0.0',
      symbol: 'BTC|USDT',
      barTime: time,
      predictedAt: time + 900_123,
      epoch: 7,
      status: 'ok',
      reason: null,
      side: 'LONG',
      direction: 'LONG',
      closePrice: 100,
      confidence: signal.confidence,
      strength: signal.strength,
      quality: signal.quality,
      stopLoss: signal.stopLoss,
      takeProfit: signal.takeProfit,
      riskScore: signal.risk.score,
      risk: { maxDrawdown1h: raw[16], maxRally1h: raw[17], maxDrawdown4h: raw[18], maxRally4h: raw[19] },
      timings: { featuresMs: 1, scaleMs: null, inferenceMs: 2, decisionMs: null },
    })
    expect(
      row.horizons.map(({ name, direction, confidence, expectedReturn, threshold }) => ({
        name,
        direction,
        confidence,
        expectedReturn,
        threshold,
      })),
    ).toEqual(
      prediction.horizons.map(({ name, direction, confidence, expectedReturn }, i) => ({
        name,
        direction,
        confidence,
        expectedReturn,
        threshold: [0.0015, 0.003, 0.007, 0.01][i],
      })),
    )
    expect(
      row.horizons.map(({ dueAt }) => (dueAt - time) / 900_000),
      'closes are one bar after opens',
    ).toEqual([2, 5, 17, 49])
    expect(new Set(row.horizons.map(({ outcome }) => outcome))).toEqual(new Set(['pending']))
  })

  it('takes the direction from the signal where nothing else tells it', () => {
    expect(rowOf({ signal: { ...signal, direction: 'SHORT' } }, context, 0).direction).toBe('SHORT')
  })

  it('keeps the outputs when the engine reuses its array', () => {
    const outputs = raw.slice()
    const row = rowOf({ signal, outputs }, context, 0)
    outputs.fill(0)
    expect(row.outputs).toEqual(raw)
  })

  it('says null, never 0, for what the model or the engine does not tell', () => {
    const {
      risk: _risk,
      returns: _returns,
      probabilities: _probabilities,
      quality: _quality,
      direction: _direction,
      ...sparse
    } = signal
    const row = rowOf({ signal: sparse }, { horizons: spec.horizons }, 0)
    expect(row).toMatchObject({
      quality: null,
      riskScore: null,
      riskLevel: null,
      risk: null,
      features: null,
      outputs: null,
    })
    expect(row).toMatchObject({ direction: null, epoch: null, backend: null, experiment: null })
    for (const horizon of row.horizons)
      expect(horizon).toMatchObject({ expectedReturn: null, direction: null, confidence: null, probabilities: null })
    expect(rowOf({ signal: { ...signal, risk: {} } }, context, 0)).toMatchObject({ riskScore: null, riskLevel: null })
  })

  it('takes thresholds that are given, and none where a name means other bars than in training', () => {
    const horizons = [
      { name: '4h', bars: 4 },
      { name: '15m', bars: 1 },
      { name: '1d', bars: 96 },
    ]
    const thresholds = (given?: Record<string, number>): (number | null)[] =>
      rowOf({ signal }, { horizons, thresholds: given }, 0).horizons.map(({ threshold }) => threshold)
    expect(thresholds()).toEqual([null, 0.0015, null])
    expect(thresholds({ '1d': 0.02, '15m': 0 })).toEqual([null, 0, 0.02])
  })

  it('is expired, with the reason, where the model is too old', () => {
    const aged = withinAge(decision, time + 90 * 3_600_000, { trainedAt: time, hours: 10 })
    const row = rowOf({ signal: createSignal(signalContext, prediction, aged) }, context, 0)
    expect(row).toMatchObject({ status: 'expired', side: 'NEUTRAL', stopLoss: null })
    expect(row.reason).toMatchInlineSnapshot(`"The model is 90 hours old; its publisher allows 10."`)
  })

  it('is refused for a provisional signal', () => {
    expect(() => rowOf({ signal: { ...signal, provisional: true } }, context, 0)).toThrow(/provisional/)
  })
})

describe('The row of a bar without an answer', () => {
  it('has the reason and no number that could be taken for a prediction', () => {
    const bar = {
      modelId: 'm_v1.0.0',
      symbol: 'A',
      timeframe: '15m',
      barTime: time,
      status: 'missed',
      reason: 'The page slept.',
    } as const
    const row = rowOfUnanswered(bar, { assignment: 'canary', experiment: 'e' }, 5)
    expect(row).toMatchObject({
      status: 'missed',
      reason: 'The page slept.',
      assignment: 'canary',
      experiment: 'e',
      horizons: [],
    })
    const { barTime: _, predictedAt: __, ...rest } = row
    expect(Object.values(rest).filter((value) => typeof value === 'number')).toEqual([])
    expect(row.id).toBe(`m_v1.0.0|A|${time}|canary`)
  })
})
