/** The fields of metadata that the registry itself works with: wrong ones would stop far more than their own version. */
import { CandlewickError } from '../../core/errors.ts'
import type { ModelMetadata } from '../records.ts'

type Loose = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {})

function check(right: boolean, path: string, expected: string, value: unknown): void {
  if (right) return
  const actual = JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
  throw new CandlewickError('registry/metadata-invalid', { path, expected, actual })
}

/**
 * Refuses metadata without a model type, with a date of expiry that cannot be read, or with reference runs whose inputs
 * cannot be found.
 *
 * @throws `registry/metadata-invalid`
 */
export function checkMetadata(metadata: ModelMetadata): void {
  const { modelType, expires, golden }: Loose = metadata
  check(typeof modelType === 'string' && modelType !== '', '$.modelType', 'a text that is not empty', modelType)
  const dated = typeof expires === 'string' && Number.isFinite(Date.parse(expires))
  check(expires === undefined || dated, '$.expires', 'a UTC time such as 2026-01-31T12:00:00Z', expires)
  if (golden === undefined) return
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
