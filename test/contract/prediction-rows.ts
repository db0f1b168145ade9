/** Rows for the suites of the log. */
import type { HorizonRow, PredictionRow, RowKey } from '../../src/monitor/index.ts'

export const barMs = 900_000
/** A bar-open time on the grid of quarter hours. */
export const start = Date.UTC(2026, 0, 31, 12)

export const horizon = (dueAt: number, more: Partial<HorizonRow> = {}): HorizonRow => ({
  name: '15m',
  bars: 1,
  dueAt,
  expectedReturn: 0.01,
  direction: 'LONG',
  confidence: 0.5,
  probabilities: { LONG: 0.5, SHORT: 0.25, NEUTRAL: 0.25 },
  threshold: 0.0015,
  outcome: 'pending',
  actualReturn: null,
  actualDirection: null,
  returnError: null,
  correct: null,
  ...more,
})

/** A row of the bar of this number, with everything in it. */
export function row(bar: number, more: Partial<PredictionRow> = {}): PredictionRow {
  const key: RowKey = {
    modelId: more.modelId ?? 'm_v1.0.0',
    symbol: more.symbol ?? 'BTCUSDT',
    barTime: more.barTime ?? start + bar * barMs,
    assignment: more.assignment ?? 'production',
  }
  return {
    id: `${key.modelId}|${key.symbol}|${key.barTime}|${key.assignment}`,
    ...key,
    timeframe: '15m',
    predictedAt: key.barTime + barMs + 5,
    epoch: 3,
    experiment: null,
    status: 'ok',
    reason: null,
    backend: 'wasm',
    closePrice: 100,
    features: {
      count: 2,
      bars: 96,
      sha256: 'a'.repeat(64),
      nonFinite: 0,
      constant: 1,
      mean: 0.5,
      std: 1,
      min: -1,
      max: 2,
      last: new Float32Array([0.1, -0]),
      named: { rsi_14: 55.5 },
      dissimilarity: null,
    },
    outputs: new Float32Array([0.1, -2, 3]),
    horizons: [
      horizon(key.barTime + 2 * barMs),
      horizon(key.barTime + 5 * barMs, { name: '1h', bars: 4, threshold: 0.003 }),
    ],
    risk: { maxDrawdown1h: 0.01, maxRally1h: 0.02 },
    riskScore: 0.25,
    riskLevel: 'LOW',
    side: 'LONG',
    direction: 'LONG',
    confidence: 0.6,
    strength: 0.75,
    quality: 0.7,
    stopLoss: 99,
    takeProfit: 102,
    rejections: [],
    timings: { featuresMs: 1.5, scaleMs: null, inferenceMs: 3.25, decisionMs: null },
    ...more,
  }
}

/** A row of the same shape in which nothing waits. */
export const settledRow = (bar: number, more: Partial<PredictionRow> = {}): PredictionRow =>
  row(bar, { horizons: [], ...more })
