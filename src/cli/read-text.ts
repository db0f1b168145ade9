/** Text files of users. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { CandlewickError, reasonOf } from '../core/errors.ts'

/** A text file, and what tells it from every other. */
export interface TextSource {
  readonly path: string
  readonly text: string
  /** Of the bytes as they lie on the disk, 64 hex digits. */
  readonly sha256: string
}

/**
 * The text of a file with its hash; gzip is known by its first two bytes.
 *
 * @throws `file/unreadable`
 */
export async function readSource(path: string): Promise<TextSource> {
  try {
    const bytes = await readFile(path)
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b
    const text = (zipped ? gunzipSync(bytes) : bytes).toString('utf8')
    return { path, text, sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (cause) {
    throw new CandlewickError('file/unreadable', { path, reason: reasonOf(cause) }, { cause })
  }
}

/**
 * The text of a file; gzip is known by its first two bytes.
 *
 * @throws `file/unreadable`
 */
export async function readText(path: string): Promise<string> {
  return (await readSource(path)).text
}
