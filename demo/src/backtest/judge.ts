/** The predictions of a backtest judged, and the judgement kept with the model. */
import { openRegistry } from 'candlewick'
import { type JudgedModel, judgeModel, registryEvaluation } from 'candlewick/evaluate'
import { registryOf } from '../publisher.ts'
import type { Outcome } from './run.ts'

/** Samples behind the intervals: enough for two digits, in some seconds. */
const resamples = 400

/**
 * Holds every prediction against what came, and against two predictors that know nothing.
 *
 * @throws what `judgeModel` throws; the signal's reason
 */
export async function judge(
  { model, outcomes, result: { timeframe, curve, trades } }: Outcome,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<JudgedModel> {
  return judgeModel(outcomes.rows(), {
    timeframe,
    model,
    evalSetId: await outcomes.evaluationSetId(),
    trading: { curve, trades },
    baselines: outcomes.baselines(),
    bootstrap: { resamples },
    signal,
    onProgress: ({ share }) => onProgress(share),
  })
}

/**
 * Keeps a judgement with the model, a record for each horizon.
 *
 * @param manifest address of the model's manifest
 * @throws where nothing can be kept on this device; what `openRegistry` and `recordEvaluation` throw
 */
export async function keepWithModel(manifest: string, model: string, { report }: JudgedModel): Promise<void> {
  const registry = await openRegistry(registryOf(manifest))
  try {
    if (registry.storeProblem !== undefined) throw new Error(`Nothing lasts on this device: ${registry.storeProblem}`)
    for (const { name } of report.horizons) await registry.recordEvaluation(model, registryEvaluation(report, name))
  } finally {
    await registry.close()
  }
}
