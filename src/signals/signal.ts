/** The answer that an application receives: plain data that survives a worker, a log and JSON. */
import type { Decision } from './decide.ts'
import type { Rejection } from './filter.ts'
import type { Prediction, Probabilities, Side } from './prediction.ts'
import type { RiskLevel, Scores } from './scores.ts'

/** A decision about one bar of one market by one model. */
export interface Signal {
  /** Model, symbol and bar: the same bar gives the same id. */
  readonly id: string
  readonly symbol: string
  readonly timeframe: string
  /** Bar-open time of the candle that decided, ms since the epoch, UTC. */
  readonly time: number
  readonly side: Side
  /** The side that the horizons point to, before any rule. */
  readonly direction: Side
  /** 0 to 1. */
  readonly confidence: number
  /** 0 to 1. */
  readonly strength: number
  /** 0 to 1. */
  readonly quality: number
  /** `score` is 0 to 1. Empty where the model says nothing about risk. */
  readonly risk: { readonly score?: number | undefined; readonly level?: RiskLevel | undefined }
  /** The close that the levels refer to, in quote currency. */
  readonly entry: number
  /** Quote currency; `null` for NEUTRAL. */
  readonly stopLoss: number | null
  /** Quote currency; `null` for NEUTRAL. */
  readonly takeProfit: number | null
  /** Expected simple return by horizon name, as a fraction; empty where the model gives none. */
  readonly returns: Readonly<Record<string, number>>
  /** Probabilities of the sides by horizon name. */
  readonly probabilities: Readonly<Record<string, Probabilities>>
  /** Id of the model version. */
  readonly model: string
  /** Counts the moves of the production pointer of the model's name; 0 before one was promoted. */
  readonly epoch: number
  /** Why a LONG or SHORT direction became NEUTRAL, and `maxAgeHours` wherever the model is too old; empty otherwise. */
  readonly rejections: readonly Rejection[]
  /** When the signal is stale: the open of the bar after next, ms since the epoch. */
  readonly expiresAt: number
  /** True where the deciding candle was still forming. */
  readonly provisional: boolean
}

/** What a signal is about. */
export interface SignalContext {
  readonly model: string
  readonly epoch: number
  readonly symbol: string
  readonly timeframe: string
  readonly timeframeMs: number
  /** Bar-open time in ms. */
  readonly time: number
  readonly close: number
  readonly provisional: boolean
}

const riskOf = ({ riskScore, riskLevel }: Scores): Signal['risk'] =>
  riskScore === undefined ? {} : { score: riskScore, level: riskLevel }

/** Puts a decision and the prediction behind it into the form that applications receive. */
export function createSignal(context: SignalContext, prediction: Prediction, decision: Decision): Signal {
  const { model, epoch, symbol, timeframe, time, close, provisional } = context
  return {
    id: `${model}|${symbol}|${time}${provisional ? '|provisional' : ''}`,
    symbol,
    timeframe,
    time,
    side: decision.side,
    direction: decision.direction,
    confidence: decision.scores.confidence,
    strength: decision.strength,
    quality: decision.scores.quality,
    risk: riskOf(decision.scores),
    entry: close,
    stopLoss: decision.levels?.stopLoss ?? null,
    takeProfit: decision.levels?.takeProfit ?? null,
    returns: Object.fromEntries(
      prediction.horizons.flatMap(({ name, expectedReturn }) =>
        expectedReturn === undefined ? [] : [[name, expectedReturn]],
      ),
    ),
    probabilities: Object.fromEntries(prediction.horizons.map((horizon) => [horizon.name, horizon.probabilities])),
    model,
    epoch,
    rejections: decision.rejections,
    // The candle closes one bar after its open; the decision holds for one more bar.
    expiresAt: time + 2 * context.timeframeMs,
    provisional,
  }
}
