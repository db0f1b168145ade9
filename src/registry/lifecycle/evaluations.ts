/** How the evaluations of a version are kept: one of each evaluation set and horizon, the oldest first, not too many. */
import { canonicalJson, isJsonObject } from '../json-copy.ts'
import type { ModelEvaluation, ModelMetadata, ModelRecord, RecordedEvaluation } from '../records.ts'

/** So many evaluations of a version are kept; the oldest make room. */
export const mostEvaluations = 50

/** What was measured: the evaluation set and the horizon, which two models may call the same and not mean as long. */
export interface Measured extends Pick<ModelEvaluation, 'evalSetId' | 'horizon'> {
  readonly bars?: unknown
}

/** Whether two were measured on the same evaluation set and at the same horizon. */
export function isSameMeasurement(a: Measured, b: Measured): boolean {
  return a.evalSetId === b.evalSetId && a.horizon === b.horizon && a.bars === b.bars
}

const isEvaluation = (value: unknown): value is RecordedEvaluation =>
  isJsonObject(value) && typeof value['evalSetId'] === 'string' && isJsonObject(value['metrics'])

/** The evaluations recorded of a version, the oldest first. What else an older record has under that name is left alone. */
export function evaluationsOf({ metadata }: Pick<ModelRecord, 'metadata'>): readonly RecordedEvaluation[] {
  const { evaluations }: { readonly evaluations?: unknown } = metadata
  return Array.isArray(evaluations) ? evaluations.filter(isEvaluation) : []
}

/** Whether two evaluations say the same, whenever they were recorded. */
export function tellsTheSame(a: ModelEvaluation, b: ModelEvaluation): boolean {
  const [left, right] = [a, b].map((evaluation) => canonicalJson({ ...evaluation, recordedAt: undefined }))
  return left === right
}

/** Metadata with one evaluation more; it takes the place of an earlier one of the same set and horizon. */
export function withEvaluation(metadata: ModelMetadata, evaluation: ModelEvaluation, at: number): ModelMetadata {
  const others = evaluationsOf({ metadata }).filter((one) => !isSameMeasurement(one, evaluation))
  return { ...metadata, evaluations: [...others, { ...evaluation, recordedAt: at }].slice(-mostEvaluations) }
}
