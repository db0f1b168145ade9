/** Writes a backup: the state of one moment first, then the bytes, each hashed before it is promised. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

import { packageVersion } from '../../core/version.ts'
import { isStoreError } from '../opening.ts'
import type { BlobRecord, RegistryEvent } from '../records.ts'
import type { RegistryStore, Snapshot } from '../store.ts'
import { invalidBackup } from './byte-reader.ts'
import { headerFault } from './check-header.ts'
import {
  type BackupHeader,
  type BackupProgress,
  backupSchema,
  type BackupScope,
  firstLine,
  headerLimit,
  trailerBytes,
} from './format.ts'
import { type Inventory, provenPieces, takeInventory } from './stored-bytes.ts'

/** How a backup is made. */
export interface BackupOptions {
  /** Which bytes go along. Default `all`. */
  readonly scope?: BackupScope | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined
}

/** What a backup is made of. */
export interface BackupParts {
  readonly store: RegistryStore
  readonly namespace: string
  /** ms since the epoch. */
  readonly now: () => number
}

/**
 * The pieces of a backup, in order.
 *
 * @throws `backup/invalid` for a registry that could not be restored, `store/unavailable`; the signal's reason when aborted
 */
export async function* backupPieces(
  parts: BackupParts,
  { scope = 'all', signal, onProgress }: BackupOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { store } = parts
  const { snapshot, events } = await momentOf(store)
  const inventory = await takeInventory(store, snapshot, scope, {
    signal,
    onProgress: (loaded, total) => onProgress?.({ phase: 'check', loaded, total }),
  })
  const header = headerOf(parts, scope, snapshot, events, inventory)
  const hash = sha256.create()
  const { head, total } = encode(header)
  let loaded = 0
  for await (const piece of contentPieces(store, head, inventory.blobs)) {
    signal?.throwIfAborted()
    hash.update(piece)
    onProgress?.({ phase: 'write', loaded: (loaded += piece.byteLength), total })
    yield piece
  }
  const trailer = hash.digest()
  onProgress?.({ phase: 'write', loaded: total, total })
  yield trailer
  await noteBackup(parts, header, total, bytesToHex(trailer))
}

/** Everything but the bytes, as it was at one moment: the log is cut where the records were read. */
async function momentOf(store: RegistryStore): Promise<{ snapshot: Snapshot; events: RegistryEvent[] }> {
  for (;;) {
    const snapshot = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
    const last = snapshot.lastEvent
    const events = (await store.listEvents()).slice(0, last?.seq ?? 0)
    // Another log may have taken its place between the two readings.
    if (events.at(-1)?.hash === last?.hash) return { snapshot, events }
  }
}

function headerOf(
  { namespace, now }: BackupParts,
  scope: BackupScope,
  { families, manifests }: Snapshot,
  events: readonly RegistryEvent[],
  { blobs, missing }: Inventory,
): BackupHeader {
  const header: BackupHeader = {
    schema: backupSchema,
    createdAt: now(),
    namespace,
    scope,
    packageVersion,
    families: Array.from(families.values(), ({ name, models, tombstones, channel }) => ({
      name,
      models: [...models.values()],
      tombstones: [...tombstones.values()],
      channel,
    })),
    // A text without an edition was stored by an early version of the package; nothing is read from it any more.
    manifests: [...manifests.values()]
      .filter(({ version }) => version > 0)
      .map(({ url, text, storedAt }) => ({ url, text, storedAt })),
    events,
    blobs: blobs.map(({ sha256, size, url }) => ({ sha256, size, url })),
    missing,
  }
  const fault = headerFault(header)
  if (fault !== undefined)
    throw invalidBackup(`the registry is at fault itself, and what it holds would not be let in again: ${fault}`)
  return header
}

function encode(header: BackupHeader): { head: Uint8Array; total: number } {
  const json = new TextEncoder().encode(JSON.stringify(header))
  if (json.byteLength > headerLimit)
    throw invalidBackup(
      `its records and its log have ${json.byteLength} bytes, more than the ${headerLimit} there is room for`,
    )
  const line = new TextEncoder().encode(`${firstLine(json.byteLength)}\n`)
  const head = new Uint8Array(line.byteLength + json.byteLength)
  head.set(line)
  head.set(json, line.byteLength)
  const bytes = header.blobs.reduce((sum, { size }) => sum + size, 0)
  return { head, total: head.byteLength + bytes + trailerBytes }
}

async function* contentPieces(
  store: RegistryStore,
  head: Uint8Array,
  blobs: readonly BlobRecord[],
): AsyncGenerator<Uint8Array, void, void> {
  yield head
  for (const blob of blobs) yield* provenPieces(store, blob)
}

async function noteBackup(
  { store, now }: BackupParts,
  { scope, createdAt, blobs, missing }: BackupHeader,
  bytes: number,
  sha256: string,
): Promise<void> {
  const data = { scope, createdAt, bytes, sha256, blobs: blobs.length, missing: missing.length }
  try {
    await store.update({}, ({ meta }) => ({
      changes: {
        ...(meta && { meta: { ...meta, lastBackupAt: createdAt } }),
        events: [{ at: now(), actor: 'host', type: 'backup-made', data }],
      },
      result: undefined,
    }))
  } catch (error) {
    // The backup is whole. A device that is full must not be kept from being backed up by the note of it.
    if (!isStoreError(error)) throw error
  }
}
