/** Bytes of the store on their way out: chosen, proven, and handed on a piece at a time. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import { publicUrl } from '../public-url.ts'
import { type BlobRecord, type Family, filesOf } from '../records.ts'
import { inService } from '../retention.ts'
import type { RegistryStore } from '../store.ts'
import { invalidBackup } from './byte-reader.ts'
import type { BackupBlob, BackupScope, MissingBlob } from './format.ts'

/** The files that a scope asks for, by hash and in its order. */
function filesInScope(families: Iterable<Family>, scope: BackupScope): Map<string, BackupBlob> {
  if (scope === 'metadata') return new Map()
  const all = [...families]
  const wanted = scope === 'production' ? inService(all) : undefined
  const files = all.flatMap(({ models }) => [...models.values()].flatMap(filesOf))
  const chosen = files
    .filter((file) => wanted?.has(file.sha256) ?? true)
    .map(({ sha256, size, url }): [string, BackupBlob] => [sha256, { sha256, size, url: publicUrl(url) }])
  return new Map(chosen.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The pieces of a blob in order, one in memory at a time; it ends early where one is missing or not as long as it must be. */
async function* piecesOf(
  store: RegistryStore,
  { sha256, size, chunkBytes, chunkCount }: BlobRecord,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for (let index = 0; index < chunkCount; index++) {
    const piece = await store.getChunk(sha256, index)
    if (piece === undefined || piece.byteLength !== Math.min(chunkBytes, size - index * chunkBytes)) return
    yield piece
  }
}

/**
 * The pieces of a blob that was proven good before; what came of them since is proven again.
 *
 * @throws `backup/invalid` after the last piece where they are not its bytes any more
 */
export async function* provenPieces(
  store: RegistryStore,
  blob: BlobRecord,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const hash = sha256.create()
  for await (const piece of piecesOf(store, blob)) {
    hash.update(piece)
    yield piece
  }
  if (bytesToHex(hash.digest()) !== blob.sha256)
    throw invalidBackup(`the bytes of "${blob.sha256}" were lost while it was written; make it again`)
}

/** What is there of the files of a scope, and what is not. */
export interface Inventory {
  readonly blobs: readonly BlobRecord[]
  readonly missing: readonly MissingBlob[]
}

/**
 * Hashes all files of a scope.
 *
 * @param onProgress hears of bytes hashed, and of how many there are
 * @throws `store/unavailable`; the signal's reason when aborted
 */
export async function takeInventory(
  store: RegistryStore,
  { families, blobs }: { families: ReadonlyMap<string, Family>; blobs: ReadonlyMap<string, BlobRecord> },
  scope: BackupScope,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (loaded: number, total: number) => void },
): Promise<Inventory> {
  const files = [...filesInScope(families.values(), scope).values()]
  const here = files.flatMap(({ sha256 }) => blobs.get(sha256) ?? []).filter(({ state }) => state === 'ready')
  const total = here.reduce((sum, blob) => sum + blob.size, 0)
  const good = new Map<string, BlobRecord>()
  let loaded = 0
  for (const blob of here) {
    const hash = sha256.create()
    for await (const piece of piecesOf(store, blob)) {
      signal?.throwIfAborted()
      hash.update(piece)
      onProgress?.((loaded += piece.byteLength), total)
    }
    if (bytesToHex(hash.digest()) === blob.sha256) good.set(blob.sha256, blob)
  }
  const stored = new Set(here.map((blob) => blob.sha256))
  const missing = files
    .filter(({ sha256 }) => !good.has(sha256))
    .map((file): MissingBlob => ({ ...file, reason: stored.has(file.sha256) ? 'corrupt' : 'absent' }))
  return { blobs: [...good.values()], missing }
}
