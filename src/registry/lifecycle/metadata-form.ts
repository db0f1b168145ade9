/** The fields of metadata that the registry itself works with: wrong ones would stop far more than their own version. */
import { CandlewickError } from '../../core/errors.ts'
import { isJsonObject } from '../json-copy.ts'
import { isSameMeasurement, mostEvaluations } from './evaluations.ts'
import type { ModelEvaluation, ModelMetadata } from '../records.ts'

type Loose = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Loose => (isJsonObject(value) ? value : {})
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const someText = 'a text that is not empty'

function check(right: boolean, path: string, expected: string, value: unknown): void {
  if (right) return
  const actual = typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 80) ?? 'nothing')
  throw new CandlewickError('registry/metadata-invalid', { path, expected, actual })
}

/**
 * Refuses metadata without a model type, with a date of expiry that cannot be read, with reference runs whose inputs cannot
 * be found, or with evaluations that cannot be compared.
 *
 * @throws `registry/metadata-invalid`
 */
export function checkMetadata(metadata: ModelMetadata): void {
  const { modelType, expires, golden, evaluations }: Loose = metadata
  check(isText(modelType), '$.modelType', someText, modelType)
  const dated = typeof expires === 'string' && Number.isFinite(Date.parse(expires))
  check(expires === undefined || dated, '$.expires', 'a UTC time such as 2026-01-31T12:00:00Z', expires)
  if (golden !== undefined) checkGolden(golden)
  if (evaluations !== undefined) checkEvaluations(evaluations)
}

function checkGolden(golden: unknown): void {
  check(Array.isArray(golden), '$.golden', 'an array of reference runs', golden)
  for (const [i, run] of (golden as unknown[]).entries()) {
    const { input, output } = fieldsOf(run)
    const { url, size, sha256 } = fieldsOf(input)
    const path = `$.golden[${i}].input`
    check(typeof url === 'string', `${path}.url`, 'an address', url)
    check(Number.isSafeInteger(size) && Number(size) >= 0, `${path}.size`, 'a count of bytes', size)
    check(
      typeof sha256 === 'string' && /^[0-9a-f]{64}$/u.test(sha256),
      `${path}.sha256`,
      '64 lower-case hex digits',
      sha256,
    )
    check(Array.isArray(output), `$.golden[${i}].output`, 'an array of numbers', output)
  }
}

function checkEvaluations(evaluations: unknown): void {
  check(Array.isArray(evaluations), '$.evaluations', 'an array of evaluations', evaluations)
  const all = evaluations as unknown[]
  check(all.length <= mostEvaluations, '$.evaluations', `at most ${mostEvaluations}`, all.length)
  const seen: ModelEvaluation[] = []
  for (const [i, evaluation] of all.entries()) {
    const path = `$.evaluations[${i}]`
    checkEvaluation(evaluation, path)
    const { recordedAt, evalSetId } = evaluation
    check(Number.isFinite(recordedAt), `${path}.recordedAt`, 'a time in ms', recordedAt)
    const isNew = !seen.some((other) => isSameMeasurement(other, evaluation))
    check(isNew, path, 'another evaluation set or horizon than those before it', evalSetId)
    seen.push(evaluation)
  }
}

/**
 * Refuses an evaluation without its evaluation set, or with metrics that are no finite numbers.
 *
 * @param path how an error names it
 * @throws `registry/metadata-invalid`
 */
export function checkEvaluation(evaluation: unknown, path: string): asserts evaluation is ModelEvaluation {
  check(isJsonObject(evaluation), path, 'an evaluation', evaluation)
  const { evalSetId, horizon, metrics } = fieldsOf(evaluation)
  check(isText(evalSetId), `${path}.evalSetId`, someText, evalSetId)
  check(horizon === undefined || isText(horizon), `${path}.horizon`, someText, horizon)
  check(isJsonObject(metrics), `${path}.metrics`, 'an object of numbers', metrics)
  for (const [name, value] of Object.entries(fieldsOf(metrics)))
    check(Number.isFinite(value), `${path}.metrics.${name}`, 'a finite number', value)
}
