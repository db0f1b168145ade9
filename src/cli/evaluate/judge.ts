/** Judges collected rows, and holds the model against baselines. */
import { breathe, throwIfAborted } from '../../core/abort.ts'
import {
  compareModels,
  evaluateModel,
  type EvaluationOptions,
  type EvaluationReport,
  type EvaluationRows,
  type ModelComparison,
} from '../../evaluate/index.ts'
import type { ProgressLine } from '../progress-line.ts'
import type { CollectedRows } from './collected-rows.ts'

/** The model held against something that knows nothing. */
export interface BaselineComparison extends ModelComparison {
  readonly baseline: string
}

/** What is said of a model. */
export interface Judged {
  readonly report: EvaluationReport
  readonly comparisons: readonly BaselineComparison[]
}

/** How one evaluation is judged. */
export interface Judging {
  readonly evaluation: EvaluationOptions
  readonly baselines: boolean
  readonly stop: AbortSignal
  readonly line: ProgressLine
}

/** The model's report, and what it is beside baselines: a horizon at a time, because the bootstrap of each takes its time. */
export async function judge(collected: CollectedRows, { evaluation, baselines, stop, line }: Judging): Promise<Judged> {
  const { timeframe, evalSetId, bootstrap } = evaluation
  const model = collected.rows()
  const others = baselines ? collected.baselines() : []
  const parts: EvaluationReport[] = []
  const comparisons = others.map(({ name }) => ({ name, parts: [] as ModelComparison[] }))
  const only = (rows: EvaluationRows, at: number): EvaluationRows => ({ ...rows, horizons: [rows.horizons[at]!] })
  for (const at of model.horizons.keys()) {
    line.tell('Judging', at / model.horizons.length)
    await breathe()
    throwIfAborted(stop)
    parts.push(evaluateModel(only(model, at), evaluation))
    for (const [i, { rows }] of others.entries()) {
      await breathe()
      throwIfAborted(stop)
      comparisons[i]!.parts.push(compareModels(only(rows, at), only(model, at), { timeframe, evalSetId, bootstrap }))
    }
  }
  // Without a horizon it says what is missing.
  const report = parts[0] ?? evaluateModel(model, evaluation)
  return {
    report: { ...report, horizons: parts.flatMap(({ horizons }) => horizons) },
    comparisons: comparisons.flatMap(({ name: baseline, parts }) =>
      parts.slice(0, 1).map((first) => ({ baseline, ...first, horizons: parts.flatMap(({ horizons }) => horizons) })),
    ),
  }
}
