/** Asks a model of the registry directly, and reads its answers as its entry declares them. */
import type { AskModel } from '../evaluate/index.ts'
import { sideNames } from '../evaluate/metrics/classification.ts'
import type { ModelEntry, ModelHandle } from '../registry/index.ts'
import { calibrated, checkOutputSpec, type OutputSpec, parseCalibration, readPrediction } from '../signals/index.ts'

/**
 * Makes a model answer windows with its raw outputs and, for each horizon, the calibrated probabilities of LONG, SHORT and
 * NEUTRAL: what `noiseCheck` of `candlewick/evaluate` asks for.
 *
 * @param model of `registry.getModel`; it stays open
 * @param entry of `registry.load`, of the same model
 * @throws `model/contract` where the entry declares an output that cannot be read; asking throws what the model does
 * @example
 * ```ts
 * await using model = await registry.getModel('patchtst_v1.0.0')
 * const { entry } = await registry.load('patchtst_v1.0.0')
 * const { probabilities } = await modelAnswers(model, entry)(windows, 1)
 * ```
 */
export function modelAnswers(
  model: Pick<ModelHandle, 'predict'>,
  { outputLayout, classOrder, calibration: declared }: Pick<ModelEntry, 'outputLayout' | 'classOrder' | 'calibration'>,
): AskModel {
  const output: OutputSpec = { ...outputLayout, classOrder }
  checkOutputSpec(output)
  const calibration = parseCalibration(declared, output)
  return async (windows, count) => {
    const outputs = await model.predict(windows)
    const probabilities: Record<string, number[]> = {}
    for (let row = 0; row < count; row++)
      for (const horizon of calibrated(readPrediction(outputs, output, row), calibration).horizons) {
        const column = (probabilities[horizon.name] ??= [])
        for (const side of sideNames) column.push(horizon.probabilities[side as keyof typeof horizon.probabilities])
      }
    return { outputs, probabilities }
  }
}
