/** What may go when room is needed, and how much there is. Production, canary, shadow and the way back always stay. */
import type { Announcements } from './announcements.ts'
import { orphansOf } from './command-desk.ts'
import { isLocal } from './integrity.ts'
import { type BlobRecord, type Family, filesOf, versionsInUse } from './records.ts'
import type { RegistryStore } from './store.ts'

/** Bytes that no version names stay a day: a download may be under way, or its version about to be registered. */
export const orphanAgeMs = 86_400_000

/** Even when room is short: bytes this young may belong to a version that is just being registered. */
const freshMs = 600_000

/** What the registry holds, and what the platform says about room. */
export interface StorageStats {
  /** Versions by status. */
  readonly models: Readonly<Record<'registered' | 'candidate' | 'production' | 'archived', number>>
  readonly blobs: number
  /** Bytes of all stored files. */
  readonly bytes: number
  /** Bytes of files that no version names. */
  readonly orphanBytes: number
  /** Bytes by model name; a file that several names share counts for each. */
  readonly bytesByName: Readonly<Record<string, number>>
  /** What the platform says of this site, in bytes; advice only, because a browser may round it. */
  readonly estimate: { readonly usage: number | undefined; readonly quota: number | undefined }
  /** Whether the platform has promised not to clear this site's data by itself; `undefined` where it cannot say. */
  readonly persisted: boolean | undefined
  readonly events: number
}

/** Hashes that versions in service, or on the way back from it, need. */
export function inService(families: Iterable<Family>): Set<string> {
  const needed = new Set<string>()
  for (const { models, channel } of families) {
    for (const version of versionsInUse(channel)) {
      const record = models.get(version)
      if (record !== undefined) for (const { sha256 } of filesOf(record)) needed.add(sha256)
    }
  }
  return needed
}

/** Hashes that only archived versions name, and that can be fetched again. */
function archivedOnly(families: readonly Family[]): string[] {
  const records = families.flatMap(({ models }) => [...models.values()])
  const hashes = (status: (archived: boolean) => boolean): Set<string> =>
    new Set(
      records
        .filter((record) => status(record.status === 'archived'))
        .flatMap(filesOf)
        .map(({ sha256 }) => sha256),
    )
  const [archived, others] = [hashes((is) => is), hashes((is) => !is)]
  const local = new Set(records.flatMap(filesOf).flatMap((file) => (isLocal(file) ? file.sha256 : [])))
  return [...archived].filter((sha256) => !others.has(sha256) && !local.has(sha256))
}

/** What a collection freed. */
export interface Collected {
  readonly blobs: number
  readonly bytes: number
}

/**
 * Removes bytes that nothing needs.
 *
 * @param thorough also removes orphans that are not yet a day old and the bytes of archived versions, which can be fetched
 * again; never bytes that are being downloaded now
 */
export async function collectGarbage(
  store: RegistryStore,
  announcements: Announcements,
  { thorough = false, now = Date.now() }: { readonly thorough?: boolean; readonly now?: number } = {},
): Promise<Collected> {
  const collected = await store.update({ families: 'all', blobs: 'all' }, (snapshot) => {
    const families = [...snapshot.families.values()]
    const needed = inService(families)
    const old = ({ storedAt, state }: BlobRecord): boolean =>
      now - storedAt >= (thorough && state === 'ready' ? freshMs : orphanAgeMs)
    const orphans = orphansOf(families, [...snapshot.blobs.values()].filter(old))
    const chosen = [...new Set([...orphans, ...(thorough ? archivedOnly(families) : [])])]
    const gone = chosen
      .flatMap((sha256) => snapshot.blobs.get(sha256) ?? [])
      .filter((blob) => !needed.has(blob.sha256) && (blob.state === 'ready' || old(blob)))
    const bytes = gone.reduce((sum, { size }) => sum + size, 0)
    const event = {
      at: now,
      actor: 'rule',
      type: 'blobs-collected',
      data: { sha256: gone.map((blob) => blob.sha256), bytes },
    }
    return {
      changes: { droppedBlobs: gone.map((blob) => blob.sha256), events: gone.length === 0 ? [] : [event] },
      result: { blobs: gone.length, bytes },
    }
  })
  if (collected.blobs > 0) announcements.say({})
  return collected
}

/** Counts what is stored. */
export async function storageStats(store: RegistryStore): Promise<StorageStats> {
  const { families, blobs, lastEvent } = await store.read({ families: 'all', blobs: 'all' })
  const models = { registered: 0, candidate: 0, production: 0, archived: 0 }
  const bytesByName: Record<string, number> = {}
  for (const family of families.values()) {
    const hashes = new Set<string>()
    for (const record of family.models.values()) {
      models[record.status] += 1
      for (const { sha256 } of filesOf(record)) hashes.add(sha256)
    }
    bytesByName[family.name] = [...hashes].reduce((sum, sha256) => sum + (blobs.get(sha256)?.size ?? 0), 0)
  }
  const orphans = new Set(orphansOf(families.values(), blobs.values()))
  const sum = (rows: readonly BlobRecord[]): number => rows.reduce((total, { size }) => total + size, 0)
  const rows = [...blobs.values()]
  return {
    models,
    blobs: rows.length,
    bytes: sum(rows),
    orphanBytes: sum(rows.filter(({ sha256 }) => orphans.has(sha256))),
    bytesByName,
    ...(await platformRoom()),
    events: lastEvent?.seq ?? 0,
  }
}

async function platformRoom(): Promise<Pick<StorageStats, 'estimate' | 'persisted'>> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage
  try {
    const { usage, quota } = (await storage?.estimate?.()) ?? {}
    return { estimate: { usage, quota }, persisted: await storage?.persisted?.() }
  } catch {
    return { estimate: { usage: undefined, quota: undefined }, persisted: undefined }
  }
}
