/** From an engine's answer to a row of the log. Pure; all that is needed comes in, and nothing that comes in is kept. */
import { parseTimeframe, timeframeMs } from '../core/timeframe.ts'
import type { Horizon, Probabilities, Rejection, RiskLevel, Side } from '../signals/index.ts'
import { mostProbable } from '../signals/layouts/family.ts'
import {
  type Assignment,
  type FeatureSummary,
  type HorizonRow,
  type PredictionRow,
  type PredictionStatus,
  rowId,
  type StageTimings,
} from './row.ts'

/** A signal as far as the log reads it. Models without returns, probabilities or risk leave those fields out. */
export interface LoggableSignal {
  readonly model: string
  readonly symbol: string
  readonly timeframe: string
  readonly time: number
  readonly side: Side
  /** The side the horizons point to, before any rule. */
  readonly direction?: Side | undefined
  readonly confidence?: number | null | undefined
  readonly strength?: number | null | undefined
  readonly quality?: number | null | undefined
  readonly risk?: { readonly score?: number | undefined; readonly level?: RiskLevel | undefined } | null | undefined
  readonly entry: number
  readonly stopLoss: number | null
  readonly takeProfit: number | null
  readonly returns?: Readonly<Record<string, number>> | null | undefined
  readonly probabilities?: Readonly<Record<string, Probabilities>> | null | undefined
  readonly rejections: readonly Rejection[]
  readonly provisional: boolean
}

/** A signal and what its engine measured on the way to it. */
export interface LoggablePrediction {
  readonly signal: LoggableSignal
  readonly featuresMs?: number | undefined
  readonly scaleMs?: number | undefined
  readonly inferenceMs?: number | undefined
  readonly decisionMs?: number | undefined
  /** The model's raw output for this bar alone. */
  readonly outputs?: Float32Array | undefined
  /** Of the window that was run. */
  readonly features?: FeatureSummary | undefined
  /** The model's risk outputs by name. */
  readonly risk?: Readonly<Record<string, number>> | undefined
  /** Default: the signal's own. */
  readonly direction?: Side | undefined
}

/** Under what circumstances a model answered. The same for all its bars until the production pointer moves. */
export interface PredictionContext {
  /** The model's horizons, as its manifest declares them. */
  readonly horizons: readonly Horizon[]
  /** Default `production`. */
  readonly assignment?: Assignment | undefined
  readonly epoch?: number | undefined
  readonly experiment?: string | undefined
  readonly backend?: string | undefined
  /**
   * Return beyond which an outcome is LONG or SHORT, by horizon name; 0 for models that know no NEUTRAL. Default:
   * {@link directionThresholds}, where name and bars are the same, else none.
   */
  readonly thresholds?: Readonly<Record<string, number>> | undefined
}

/** A bar that a model should have answered and did not. */
export interface UnansweredBar {
  readonly modelId: string
  readonly symbol: string
  readonly timeframe: string
  /** Bar-open time, ms since the epoch. */
  readonly barTime: number
  readonly status: Exclude<PredictionStatus, 'ok' | 'expired'>
  readonly reason: string
  readonly closePrice?: number | undefined
  readonly features?: FeatureSummary | undefined
}

/**
 * The thresholds by which training data of this package's targets are labelled. They belong to a name together with its bar
 * count: `4h` of 4 one-hour bars is another horizon than `4h` of 16 quarter-hours, and has none here.
 */
export const directionThresholds: readonly (Horizon & { readonly threshold: number })[] = [
  { name: '15m', bars: 1, threshold: 0.0015 },
  { name: '1h', bars: 4, threshold: 0.003 },
  { name: '4h', bars: 16, threshold: 0.007 },
  { name: '12h', bars: 48, threshold: 0.01 },
]

/** Return beyond which an outcome of a horizon is LONG or SHORT, as a fraction; `null` where nobody knows one. */
export function thresholdOf(
  { name, bars }: Horizon,
  { thresholds }: Pick<PredictionContext, 'thresholds'>,
): number | null {
  const given = thresholds?.[name]
  if (given !== undefined) return given
  return directionThresholds.find((known) => known.name === name && known.bars === bars)?.threshold ?? null
}

function horizonRows(signal: LoggableSignal, context: PredictionContext): HorizonRow[] {
  const barMs = timeframeMs(parseTimeframe(signal.timeframe))
  return context.horizons.map((horizon) => {
    const { name, bars } = horizon
    const probabilities = signal.probabilities?.[name] ?? null
    const direction = probabilities === null ? null : mostProbable(probabilities)
    return {
      name,
      bars,
      // The candle closes one bar after its open.
      dueAt: signal.time + (bars + 1) * barMs,
      expectedReturn: signal.returns?.[name] ?? null,
      direction,
      confidence: probabilities === null || direction === null ? null : probabilities[direction],
      probabilities: probabilities === null ? null : { ...probabilities },
      threshold: thresholdOf(horizon, context),
      outcome: 'pending',
      actualReturn: null,
      actualDirection: null,
      returnError: null,
      correct: null,
    }
  })
}

const noTimings: StageTimings = { featuresMs: null, scaleMs: null, inferenceMs: null, decisionMs: null }

const timingsOf = (prediction: LoggablePrediction): StageTimings => ({
  featuresMs: prediction.featuresMs ?? null,
  scaleMs: prediction.scaleMs ?? null,
  inferenceMs: prediction.inferenceMs ?? null,
  decisionMs: prediction.decisionMs ?? null,
})

/** The rule by which a model that is too old decides nothing; see the signals' `maxAgeHours`. */
function ageOf({ rejections }: LoggableSignal): Pick<PredictionRow, 'status' | 'reason'> {
  const aged = rejections.find(({ rule }) => rule === 'maxAgeHours')
  if (aged === undefined) return { status: 'ok', reason: null }
  return { status: 'expired', reason: `The model is ${aged.value} hours old; its publisher allows ${aged.threshold}.` }
}

/**
 * Makes the row of an answered bar. Arrays are copied, so an engine may reuse its own.
 *
 * @param prediction an engine's `TimedSignal`, with as much besides as the engine knows
 * @param predictedAt the device's clock, ms since the epoch
 *
 * @example
 * ```ts
 * const timed = await engine.push(candle, symbol)
 * if (timed !== undefined && !timed.signal.provisional) log.append(rowOf(timed, context, Date.now()))
 * ```
 *
 * @throws TypeError for a provisional signal, which is no decision
 * @throws `timeframe/unknown`
 */
export function rowOf(prediction: LoggablePrediction, context: PredictionContext, predictedAt: number): PredictionRow {
  const { signal } = prediction
  if (signal.provisional)
    throw new TypeError(`The signal of ${signal.symbol} at ${signal.time} is provisional. Log closed candles only.`)
  const { assignment = 'production', epoch = null, experiment = null, backend = null } = context
  const key = { modelId: signal.model, symbol: signal.symbol, barTime: signal.time, assignment }
  return {
    id: rowId(key),
    ...key,
    timeframe: signal.timeframe,
    predictedAt,
    epoch,
    experiment,
    ...ageOf(signal),
    backend,
    closePrice: signal.entry,
    features: prediction.features ?? null,
    outputs: prediction.outputs?.slice() ?? null,
    horizons: horizonRows(signal, context),
    risk: prediction.risk === undefined ? null : { ...prediction.risk },
    riskScore: signal.risk?.score ?? null,
    riskLevel: signal.risk?.level ?? null,
    side: signal.side,
    direction: prediction.direction ?? signal.direction ?? null,
    confidence: signal.confidence ?? null,
    strength: signal.strength ?? null,
    quality: signal.quality ?? null,
    stopLoss: signal.stopLoss,
    takeProfit: signal.takeProfit,
    rejections: signal.rejections,
    timings: timingsOf(prediction),
  }
}

/** Makes the row of a bar without an answer: it has a reason, and no number that could be taken for a prediction. */
export function rowOfUnanswered(
  bar: UnansweredBar,
  context: Omit<PredictionContext, 'horizons'>,
  predictedAt: number,
): PredictionRow {
  const { modelId, symbol, barTime, timeframe, status, reason, closePrice = null, features = null } = bar
  const { assignment = 'production', epoch = null, experiment = null, backend = null } = context
  const key = { modelId, symbol, barTime, assignment }
  return {
    id: rowId(key),
    ...key,
    timeframe,
    predictedAt,
    epoch,
    experiment,
    status,
    reason,
    backend,
    closePrice,
    features,
    outputs: null,
    horizons: [],
    risk: null,
    riskScore: null,
    riskLevel: null,
    side: null,
    direction: null,
    confidence: null,
    strength: null,
    quality: null,
    stopLoss: null,
    takeProfit: null,
    rejections: [],
    timings: noTimings,
  }
}
