/** What a transaction will write, checked and copied before the first row is touched; the same for every store. */
import { CandlewickError } from '../../core/errors.ts'
import { appendEvent } from '../event-chain.ts'
import { copyJson } from '../json-copy.ts'
import type {
  BlobRecord,
  Channel,
  ManifestRecord,
  ModelRecord,
  RegistryEvent,
  RegistryMeta,
  Tombstone,
} from '../records.ts'
import type { Changes } from '../store.ts'

/** Changes in which nothing is left to decide. They share nothing with what the caller gave. */
export interface PlannedWrites {
  /** Everything but blobs and chunks goes first. */
  readonly clear: boolean
  readonly models: readonly ModelRecord[]
  /** Each takes the place of the model of its name and version. */
  readonly tombstones: readonly Tombstone[]
  readonly channels: readonly Channel[]
  readonly blobs: readonly BlobRecord[]
  /** After {@link blobs}, with all their pieces. */
  readonly droppedBlobs: readonly string[]
  readonly manifests: readonly ManifestRecord[]
  readonly meta: RegistryMeta | undefined
  /** Numbered and chained; lines of a log that is taken over come first. */
  readonly events: readonly RegistryEvent[]
}

/**
 * Plans what changes write.
 *
 * @param last the last line of the stored log
 * @throws `registry/metadata-invalid` for what is not JSON; `registry/log-broken` for a log that would be written over
 * another one
 */
export function planWrites(changes: Changes, last: RegistryEvent | undefined): PlannedWrites {
  const { log = [], events = [], ...rows } = copyJson(changes)
  const clear = rows.clear === true
  const before = clear ? undefined : last
  if (before !== undefined && log.length > 0) {
    const reason = 'another log is to be written over it, which takes an emptied registry'
    throw new CandlewickError('registry/log-broken', { seq: before.seq, reason })
  }
  const lines = [...log]
  for (const draft of events) lines.push(appendEvent(lines.at(-1) ?? before, draft))
  return {
    clear,
    models: rows.models ?? [],
    tombstones: rows.tombstones ?? [],
    channels: rows.channels ?? [],
    blobs: rows.blobs ?? [],
    droppedBlobs: rows.droppedBlobs ?? [],
    manifests: rows.manifests ?? [],
    meta: rows.meta,
    events: lines,
  }
}

/** Every id names one version only, over all names. */
export function idTaken(id: string): CandlewickError<'registry/metadata-invalid'> {
  const expected = 'an id that no other version has'
  return new CandlewickError('registry/metadata-invalid', { path: '$.id', expected, actual: JSON.stringify(id) })
}

/** About how many bytes these writes need: what is said where there is no room. */
export function weigh(writes: PlannedWrites): number {
  return JSON.stringify(writes).length
}
