/** What a transaction sees, put together from stored rows; the same for every store. */
import {
  type BlobRecord,
  type Channel,
  emptyFamily,
  type Family,
  type ManifestRecord,
  type ModelRecord,
  type RegistryEvent,
  type RegistryMeta,
  type Tombstone,
} from '../records.ts'
import type { Scope, Snapshot } from '../store.ts'

/** The rows within a scope: nothing else may be among them. */
export interface ScopedRows {
  readonly models: readonly ModelRecord[]
  readonly tombstones: readonly Tombstone[]
  readonly channels: readonly Channel[]
  readonly blobs: readonly BlobRecord[]
  readonly manifests: readonly ManifestRecord[]
  readonly meta: RegistryMeta | undefined
  readonly lastEvent: RegistryEvent | undefined
}

/** The snapshot that these rows are. It takes them over: they must be nobody else's. */
export function assembleSnapshot(rows: ScopedRows, scope: Scope): Snapshot {
  return {
    families: assembleFamilies(rows, scope.families ?? []),
    blobs: new Map(rows.blobs.map((blob) => [blob.sha256, blob])),
    manifests: new Map(rows.manifests.map((manifest) => [manifest.url, manifest])),
    meta: rows.meta,
    lastEvent: rows.lastEvent,
  }
}

function assembleFamilies(rows: ScopedRows, asked: readonly string[] | 'all'): ReadonlyMap<string, Family> {
  const { models, tombstones, channels } = rows
  const names = asked === 'all' ? [...models, ...tombstones, ...channels].map((row) => row.name).sort() : asked
  const [modelsOf, tombstonesOf] = [byNameAndVersion(models), byNameAndVersion(tombstones)]
  const channelOf = new Map(channels.map((channel) => [channel.name, channel]))
  return new Map(
    names.map((name) => {
      const empty = emptyFamily(name)
      const models = modelsOf.get(name) ?? empty.models
      const tombstones = tombstonesOf.get(name) ?? empty.tombstones
      return [name, { name, models, tombstones, channel: channelOf.get(name) ?? empty.channel }]
    }),
  )
}

function byNameAndVersion<T extends { readonly name: string; readonly version: string }>(
  rows: readonly T[],
): Map<string, Map<string, T>> {
  const names = new Map<string, Map<string, T>>()
  for (const row of rows) {
    const versions = names.get(row.name) ?? new Map<string, T>()
    names.set(row.name, versions.set(row.version, row))
  }
  return names
}
