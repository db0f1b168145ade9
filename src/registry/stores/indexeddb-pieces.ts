/** Pieces of blobs inside one transaction: in rows, or in files whose names the rows' keys hold. */
import { type BlobShape, Joiner } from './chunks.ts'
import { type ChunkKey, keysOf, type Reading, type Writing } from './indexeddb-schema.ts'

/** A piece as it was found: its bytes, or the name of the file that has them. */
export type FoundPiece = ArrayBuffer | string

/** A blob of which at least one piece lies in a file, its pieces in their order. */
export interface ScatteredBlob {
  readonly record: BlobShape
  readonly pieces: readonly FoundPiece[]
}

const fileOf = ([, , file]: ChunkKey): string[] => (file === undefined ? [] : [file])

/** Finds one piece. */
export async function readPiece(reading: Reading, sha256: string, index: number): Promise<FoundPiece | undefined> {
  const chunks = reading.table('chunks')
  const bytes = await chunks.get([sha256, index])
  // Where both are there, older code that knows no files has put the row in the file's place.
  return bytes ?? (await chunks.getAllKeys(keysOf(sha256, index))).flatMap(fileOf)[0]
}

/** Finds all pieces of a blob, and joins them where they are all in the table; `undefined` where one is missing. */
export async function readPieces(
  reading: Reading,
  sha256: string,
): Promise<Uint8Array<ArrayBuffer> | ScatteredBlob | undefined> {
  const record = await reading.table('blobs').get(sha256)
  if (record === undefined) return undefined
  const keys = await reading.table('chunks').getAllKeys(keysOf(sha256))
  if (!keys.some((key) => key.length === 3)) return joinRows(reading, sha256, record)
  const files = new Map(keys.flatMap((key) => fileOf(key).map((file) => [key[1], file])))
  for (const key of keys) if (key.length === 2) files.delete(key[1])
  const pieces: FoundPiece[] = []
  for (let i = 0; i < record.chunkCount; i++) {
    const piece = files.get(i) ?? (await reading.table('chunks').get([sha256, i]))
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
  return { record, pieces }
}

/** Bytes that are asked for before they are needed: a browser reads on while others are copied, in bounded memory. */
const aheadBytes = 16_777_216

async function joinRows(
  reading: Reading,
  sha256: string,
  record: BlobShape,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const joiner = new Joiner(record)
  const ahead = Math.max(1, Math.floor(aheadBytes / record.chunkBytes))
  const coming: Promise<ArrayBuffer | undefined>[] = []
  for (let asked = 0, taken = 0; taken < record.chunkCount; taken++) {
    for (; asked < Math.min(taken + ahead, record.chunkCount); asked++) {
      const piece = reading.table('chunks').get([sha256, asked])
      // The first failure is told; those of the others, which end with the transaction, are the same one.
      piece.catch(() => undefined)
      coming.push(piece)
    }
    if (!joiner.take(await coming.shift())) return undefined
  }
  return joiner.bytes
}

/** Names of all files that the table knows. */
export async function readFileNames(reading: Reading): Promise<Set<string>> {
  return new Set((await reading.table('chunks').getAllKeys()).flatMap(fileOf))
}

/**
 * Puts a piece in the place of one that may be there.
 *
 * @returns names of files that nothing needs once this is committed
 */
export async function putPiece(writing: Writing, sha256: string, index: number, piece: FoundPiece): Promise<string[]> {
  const files = await dropPieces(writing, keysOf(sha256, index))
  const chunks = writing.table('chunks')
  await (typeof piece === 'string'
    ? chunks.put(new ArrayBuffer(0), [sha256, index, piece])
    : chunks.put(piece, [sha256, index]))
  return files
}

/**
 * Drops the pieces of these keys.
 *
 * @returns names of files that nothing needs once this is committed
 */
export async function dropPieces(writing: Writing, range: IDBKeyRange): Promise<string[]> {
  const chunks = writing.table('chunks')
  // Both are asked for at once, so that nothing comes between them.
  const [keys] = await Promise.all([chunks.getAllKeys(range), chunks.delete(range)])
  return keys.flatMap(fileOf)
}
