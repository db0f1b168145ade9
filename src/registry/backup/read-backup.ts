/** Reads a backup: every byte is proven before anything of it counts. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import * as v from 'valibot'

import { reasonOf } from '../../core/errors.ts'
import { type ByteReader, invalidBackup } from './byte-reader.ts'
import { headerFault } from './check-header.ts'
import {
  type BackupBlob,
  backupEdition,
  type BackupHeader,
  type BackupProgress,
  firstLineLimit,
  firstLinePattern,
  headerLimit,
  headerSchema,
  trailerBytes,
} from './format.ts'

/** Takes the next piece of one file. */
export type TakePiece = (piece: Uint8Array) => Promise<void>

/** Takes files: called for each in order, it answers with what takes its pieces. */
export type TakeBlob = (blob: BackupBlob) => Promise<TakePiece>

/**
 * Reads a backup to its end. Pieces are given to `takeBlob` before they are proven; all are proven when this returns.
 *
 * @throws `backup/invalid`; what `takeBlob` throws; the signal's reason when aborted
 */
export async function readBackup(
  reader: ByteReader,
  takeBlob: TakeBlob,
  onProgress: ((progress: BackupProgress) => void) | undefined,
): Promise<BackupHeader> {
  const length = await readFirstLine(reader)
  const header = await readHeader(reader, length)
  const bytes = header.blobs.reduce((sum, { size }) => sum + size, 0)
  const total = reader.offset + bytes + trailerBytes
  const report = (): void => onProgress?.({ phase: 'read', loaded: reader.offset, total })
  report()
  for (const blob of header.blobs) await readBlob(reader, blob, await takeBlob(blob), report)
  const expected = reader.digest()
  const at = reader.offset
  const trailer = await reader.exactly(trailerBytes)
  if (bytesToHex(trailer) !== bytesToHex(expected)) throw invalidBackup('its hash is not the hash of what it says', at)
  await reader.end()
  report()
  return header
}

/** How many bytes the header has. */
async function readFirstLine(reader: ByteReader): Promise<number> {
  const [, edition, length] = firstLinePattern.exec(await reader.line(firstLineLimit)) ?? []
  if (edition === undefined) throw invalidBackup('it does not begin as a backup does', 0)
  if (Number(edition) > backupEdition)
    throw invalidBackup(
      `it was written in edition ${edition} of the form, and this version of the package reads up to ${backupEdition}; update the package`,
      0,
    )
  const bytes = Number(length)
  if (edition !== String(backupEdition) || !(bytes > 0) || bytes > headerLimit || String(bytes) !== length)
    throw invalidBackup('its first line is not one of a backup', 0)
  return bytes
}

async function readHeader(reader: ByteReader, length: number): Promise<BackupHeader> {
  const at = reader.offset
  const bytes = await reader.exactly(length)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw invalidBackup(`its header is not JSON (${reasonOf(cause)})`, at, { cause })
  }
  const result = checkForm(header, at)
  const fault = headerFault(result)
  if (fault !== undefined) throw invalidBackup(fault, at)
  return result
}

/** The header itself and not the schema's copy of it, which would lose fields of unusual names. */
function checkForm(header: unknown, at: number): BackupHeader {
  try {
    if (v.is(headerSchema, header)) return header
    const { issues } = v.safeParse(headerSchema, header, { abortEarly: true })
    const [first] = issues ?? []
    const path = first === undefined ? undefined : v.getDotPath(first)
    throw invalidBackup(
      `its header has ${first?.received} at ${path ?? '$'}, not ${first?.expected ?? first?.message}`,
      at,
    )
  } catch (cause) {
    // What was parsed can still be nested too deeply to be looked through.
    if (cause instanceof RangeError) throw invalidBackup(reasonOf(cause), at, { cause })
    throw cause
  }
}

async function readBlob(reader: ByteReader, blob: BackupBlob, take: TakePiece, report: () => void): Promise<void> {
  const at = reader.offset
  const hash = sha256.create()
  for await (const piece of reader.pieces(blob.size)) {
    hash.update(piece)
    await take(piece)
    report()
  }
  if (bytesToHex(hash.digest()) !== blob.sha256)
    throw invalidBackup(`the bytes of "${blob.sha256}" are not its bytes`, at)
}
