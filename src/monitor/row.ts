/** One prediction as the log keeps it: what went in, what came out, what was decided and, later, what happened. */
import type { Probabilities, Rejection, RiskLevel, Side } from '../signals/index.ts'

/** In what role a model answered. Only `production` answers are what an application acted on. */
export type Assignment = 'production' | 'canary' | 'shadow' | 'test'

/**
 * How a bar ended: `ok` decided; `skipped` had no usable input; `expired` came from a model past its age; `error` failed;
 * `missed` was never computed, e.g. because the page slept.
 */
export type PredictionStatus = 'ok' | 'skipped' | 'expired' | 'error' | 'missed'

/** Whether the bar that a horizon speaks of has closed: `known`, not yet `pending`, or `expired` where it never came. */
export type OutcomeState = 'pending' | 'known' | 'expired'

/** What tells one prediction from every other. A second row with the same four is refused. */
export interface RowKey {
  /** Id of the model version. */
  readonly modelId: string
  readonly symbol: string
  /** Bar-open time of the candle that decided, ms since the epoch, UTC. */
  readonly barTime: number
  readonly assignment: Assignment
}

/** The input of a prediction, in numbers small enough to keep. All but `named` are of the window as the model saw it. */
export interface FeatureSummary {
  /** Features in one row of the window. */
  readonly count: number
  /** Bars in the window. */
  readonly bars: number
  /** Of the window's float32 values, little-endian, 64 hex digits. */
  readonly sha256: string | null
  /** Values that are NaN or infinite. */
  readonly nonFinite: number
  /** Features that have one and the same value in all bars. */
  readonly constant: number
  /** Of the finite values; `null` where there are none. So are the three that follow. */
  readonly mean: number | null
  /** Population standard deviation. */
  readonly std: number | null
  readonly min: number | null
  readonly max: number | null
  /** The newest bar's values in the order of the model's features, where they were asked for. */
  readonly last: Float32Array | null
  /** Chosen features of the newest bar by their id, as the model saw them. */
  readonly named: Readonly<Record<string, number>>
  /** Dissimilarity index: distance from what the model was trained on, where somebody measured it. */
  readonly dissimilarity: number | null
}

/** One horizon: what was expected and, once its bar has closed, what came. What is not known is `null`, never 0. */
export interface HorizonRow {
  /** For people, e.g. `4h`. */
  readonly name: string
  /** Distance in bars of the model's timeframe. */
  readonly bars: number
  /** When the bar it speaks of closes, ms since the epoch. */
  readonly dueAt: number
  /** Simple return as a fraction; `null` where the model gives none. */
  readonly expectedReturn: number | null
  /** The most probable side; `null` where the model gives no probabilities. */
  readonly direction: Side | null
  /** Probability of `direction`. */
  readonly confidence: number | null
  readonly probabilities: Probabilities | null
  /** Return beyond which an outcome is LONG or SHORT, as a fraction; without one there is no `actualDirection`. */
  readonly threshold: number | null
  readonly outcome: OutcomeState
  /** close at `dueAt` / `closePrice` - 1. */
  readonly actualReturn: number | null
  readonly actualDirection: Side | null
  /** `actualReturn` - `expectedReturn`. */
  readonly returnError: number | null
  /** Whether `direction` is `actualDirection`. */
  readonly correct: boolean | null
}

/** How long each stage took, in ms, measured where it ran; `null` where nobody measured. */
export interface StageTimings {
  readonly featuresMs: number | null
  readonly scaleMs: number | null
  readonly inferenceMs: number | null
  readonly decisionMs: number | null
}

/** One line of the log. Plain data; what is not known is `null`. */
export interface PredictionRow extends RowKey {
  /** The four parts of the {@link RowKey} in one text. */
  readonly id: string
  readonly timeframe: string
  /** When it was decided, by the device's clock, ms since the epoch. Retention goes by it. */
  readonly predictedAt: number
  /** Move of the production pointer under which the model answered. */
  readonly epoch: number | null
  /** Name of the comparison that the prediction belongs to. */
  readonly experiment: string | null
  readonly status: PredictionStatus
  /** Why the status is not `ok`. */
  readonly reason: string | null
  /** What computed it, e.g. `wasm`. */
  readonly backend: string | null
  /** The deciding candle's close, in quote currency. */
  readonly closePrice: number | null
  readonly features: FeatureSummary | null
  /** The model's raw output for this bar. */
  readonly outputs: Float32Array | null
  /** Shortest first; empty where there is no prediction. */
  readonly horizons: readonly HorizonRow[]
  /** Expected adverse and favourable moves by name, as positive fractions. */
  readonly risk: Readonly<Record<string, number>> | null
  /** 0 to 1. */
  readonly riskScore: number | null
  readonly riskLevel: RiskLevel | null
  /** The decision, after all rules. */
  readonly side: Side | null
  /** The side that the horizons point to, before any rule. */
  readonly direction: Side | null
  /** 0 to 1. */
  readonly confidence: number | null
  /** 0 to 1. */
  readonly strength: number | null
  /** 0 to 1. */
  readonly quality: number | null
  /** Quote currency; `null` for NEUTRAL. */
  readonly stopLoss: number | null
  /** Quote currency; `null` for NEUTRAL. */
  readonly takeProfit: number | null
  /** Every rule that failed. */
  readonly rejections: readonly Rejection[]
  readonly timings: StageTimings
}

const assignments: readonly string[] = ['production', 'canary', 'shadow', 'test'] satisfies Assignment[]
const statuses: readonly string[] = ['ok', 'skipped', 'expired', 'error', 'missed'] satisfies PredictionStatus[]

/** The key as one text; different keys give different texts, because neither model ids nor the last two parts hold a bar. */
export function rowId({ modelId, symbol, barTime, assignment }: RowKey): string {
  return `${modelId}|${symbol}|${barTime}|${assignment}`
}

/** When the earliest horizon that is not settled is due; `undefined` where all are. */
export function nextDue({ horizons }: Pick<PredictionRow, 'horizons'>): number | undefined {
  const due = horizons.filter(({ outcome }) => outcome === 'pending').map(({ dueAt }) => dueAt)
  return due.length === 0 ? undefined : Math.min(...due)
}

/** A copy that shares nothing. A view would be copied with the whole buffer behind it, which may be a window. */
export function copyRow(row: PredictionRow): PredictionRow {
  const features = row.features && { ...row.features, last: row.features.last?.slice() ?? null }
  return structuredClone({ ...row, features, outputs: row.outputs?.slice() ?? null })
}

/**
 * Checks what the log finds rows by, so that one bad row cannot hold up those written with it.
 *
 * @throws TypeError
 */
export function checkRow(row: PredictionRow): void {
  const refuse = (field: string, value: unknown, rule: string): never => {
    throw new TypeError(`A row of the log has ${field} "${String(value)}". It must be ${rule}.`)
  }
  const whole = (field: string, value: number): void => {
    if (!Number.isSafeInteger(value)) refuse(field, value, 'whole milliseconds since the epoch')
  }
  for (const field of ['modelId', 'symbol', 'timeframe'] as const)
    if (typeof row[field] !== 'string' || row[field] === '') refuse(field, row[field], 'a text that is not empty')
  if (row.modelId.includes('|')) refuse('modelId', row.modelId, 'an id without "|"')
  if (!assignments.includes(row.assignment)) refuse('assignment', row.assignment, assignments.join(' or '))
  if (!statuses.includes(row.status)) refuse('status', row.status, statuses.join(' or '))
  if (row.side !== null && typeof row.side !== 'string') refuse('side', row.side, 'a side or null')
  if (row.id !== rowId(row)) refuse('id', row.id, `"${rowId(row)}"`)
  if (row.closePrice !== null && !(row.closePrice > 0 && row.closePrice < Infinity))
    refuse('closePrice', row.closePrice, 'a positive finite price or null')
  whole('barTime', row.barTime)
  whole('predictedAt', row.predictedAt)
  for (const { name, dueAt } of row.horizons) whole(`horizons "${name}" dueAt`, dueAt)
}
