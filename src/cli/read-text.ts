/** Text files of users. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { CandlewickError, reasonOf } from '../core/errors.ts'

/**
 * The text of a file; gzip is known by its first two bytes.
 *
 * @throws `file/unreadable`
 */
export async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    return (zipped ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw new CandlewickError('file/unreadable', { path, reason: reasonOf(cause) }, { cause })
  }
}
