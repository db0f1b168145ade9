/** A model judged and held against baselines, with the thread free meanwhile. */
import { finishInTurns, partOf, type Steps } from '../steps.ts'
import { comparisonSteps, type ModelComparison } from './compare-models.ts'
import { evaluationSteps } from './evaluate-model.ts'
import type { EvaluationRows } from './evaluation-rows.ts'
import type { EvaluationReport } from './report.ts'
import { SampleMemory } from './sample-memory.ts'
import type { EvaluationOptions } from './settings.ts'

/** What another predictor said of the same rows. */
export interface BaselineRows {
  /** E.g. `always-neutral`. */
  readonly name: string
  /** The model's rows with the other's predictions, in the same order; horizons may be missing. */
  readonly rows: EvaluationRows
}

/** The model held against a baseline; differences are the model's figures - the baseline's. */
export interface BaselineComparison extends ModelComparison {
  readonly baseline: string
}

/** A model judged. */
export interface JudgedModel {
  readonly report: EvaluationReport
  /** In the order of the baselines. */
  readonly comparisons: readonly BaselineComparison[]
}

/** How far judging is. */
export interface JudgeProgress {
  /** The baseline that the model is held against; absent while the model itself is judged. */
  readonly baseline?: string
  /** 0 to 1, never falling. */
  readonly share: number
}

/** How a model is judged, and by whom it may be stopped. */
export interface JudgeOptions extends EvaluationOptions {
  /** What the model is held against. Default: nothing. */
  readonly baselines?: readonly BaselineRows[] | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: JudgeProgress) => void) | undefined
}

/** Which of the works is done now, for progress. */
interface Now {
  baseline?: string
}

function* judgingSteps(rows: EvaluationRows, options: JudgeOptions, now: Now): Steps<JudgedModel> {
  const { timeframe, evalSetId, minSymbols, bootstrap, baselines = [] } = options
  const parts = 1 + baselines.length
  const memory = new SampleMemory()
  const report = yield* partOf(evaluationSteps(rows, options, memory), 0, 1 / parts)
  const comparisons: BaselineComparison[] = []
  for (const [at, { name, rows: others }] of baselines.entries()) {
    now.baseline = name
    const compared = others.horizons.map((horizon) => horizon.name)
    const ours = { ...rows, horizons: rows.horizons.filter((horizon) => compared.includes(horizon.name)) }
    const steps = comparisonSteps(others, ours, { timeframe, evalSetId, minSymbols, bootstrap }, memory)
    comparisons.push({ baseline: name, ...(yield* partOf(steps, (1 + at) / parts, (2 + at) / parts)) })
  }
  return { report, comparisons }
}

/**
 * Judges a model as {@link evaluateModel} does, and holds it against baselines as {@link compareModels} does, with the same
 * numbers to the bit. Intervals take seconds: every 20 ms the thread is free for others, and an abort ends the work there.
 *
 * @param rows the model's, such as those of `SignalOutcomes`
 * @throws as both; the signal's reason when it aborts
 * @example
 * ```ts
 * const { report, comparisons } = await judgeModel(outcomes.rows(), {
 *   timeframe: '15m',
 *   model: engine.info.model.id,
 *   baselines: outcomes.baselines(),
 *   onProgress: ({ share }) => (bar.value = share),
 *   signal: leaving.signal,
 * })
 * ```
 */
export async function judgeModel(rows: EvaluationRows, options: JudgeOptions): Promise<JudgedModel> {
  const { signal, onProgress } = options
  const now: Now = {}
  const judged = await finishInTurns(judgingSteps(rows, options, now), signal, (share) =>
    onProgress?.({ ...now, share }),
  )
  onProgress?.({ ...now, share: 1 })
  return judged
}
