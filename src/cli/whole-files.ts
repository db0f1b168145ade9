/** Files that are read, or written, whole. */
import { readFile } from 'node:fs/promises'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { UnfinishedFile } from './unfinished-file.ts'

/**
 * The bytes of a file.
 *
 * @throws `file/unreadable`
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new CandlewickError('file/unreadable', { path, reason: reasonOf(cause) }, { cause })
  }
}

/**
 * Writes a file whole or not at all.
 *
 * @throws `file/unwritable`
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await UnfinishedFile.create(path)
  try {
    await file.write(new TextEncoder().encode(text))
    await file.complete()
  } finally {
    await file.discard()
  }
}
