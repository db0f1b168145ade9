/** A store that lasts as long as the page: for places without IndexedDB. */
import { CandlewickError } from '../../core/errors.ts'
import type {
  BlobRecord,
  Channel,
  ManifestRecord,
  ModelRecord,
  RegistryEvent,
  RegistryMeta,
  Tombstone,
} from '../records.ts'
import type { Decision, EventQuery, RegistryStore, Scope, Snapshot } from '../store.ts'
import { exactCopy, Joiner } from './chunks.ts'
import { idTaken, type PlannedWrites, planWrites } from './planned-writes.ts'
import { assembleSnapshot, type ScopedRows } from './snapshot.ts'

type Pieces = Map<number, Uint8Array<ArrayBuffer>>

/** Keeps the registry in memory. Each call does its work at once, so no two of them mix. */
export class MemoryStore implements RegistryStore {
  readonly kind = 'memory'
  readonly #models = new Map<string, ModelRecord>()
  readonly #tombstones = new Map<string, Tombstone>()
  readonly #channels = new Map<string, Channel>()
  readonly #blobs = new Map<string, BlobRecord>()
  readonly #chunks = new Map<string, Pieces>()
  readonly #manifests = new Map<string, ManifestRecord>()
  readonly #events: RegistryEvent[] = []
  #meta: RegistryMeta | undefined
  #closed = false

  async read(scope: Scope): Promise<Snapshot> {
    this.#checkOpen()
    return assembleSnapshot(this.#rows(scope), scope)
  }

  async update<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T> {
    this.#checkOpen()
    const { changes, result } = decide(assembleSnapshot(this.#rows(scope), scope))
    const writes = planWrites(changes, this.#events.at(-1))
    this.#checkIds(writes)
    this.#write(writes)
    return result
  }

  async putChunk(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#checkOpen()
    const pieces: Pieces = this.#chunks.get(sha256) ?? new Map()
    this.#chunks.set(sha256, pieces.set(index, exactCopy(bytes)))
  }

  async getChunk(sha256: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#checkOpen()
    return this.#chunks.get(sha256)?.get(index)?.slice()
  }

  async getBytes(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#checkOpen()
    const record = this.#blobs.get(sha256)
    if (record === undefined) return undefined
    const pieces = this.#chunks.get(sha256)
    const joiner = new Joiner(record)
    for (let i = 0; i < record.chunkCount; i++) if (!joiner.take(pieces?.get(i))) return undefined
    return joiner.bytes
  }

  async listEvents({ after = 0, name, last }: EventQuery = {}): Promise<RegistryEvent[]> {
    this.#checkOpen()
    const found = this.#events.filter((line) => line.seq > after && (name === undefined || line.name === name))
    return structuredClone(last === undefined ? found : found.slice(Math.max(0, found.length - Math.max(0, last))))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#clear()
    this.#blobs.clear()
    this.#chunks.clear()
  }

  #checkOpen(): void {
    if (this.#closed) throw new CandlewickError('store/unavailable', { store: 'memory', reason: 'it was closed' })
  }

  /** Copies of the rows within a scope, in the order of their keys as a database gives them. */
  #rows({ families = [], blobs = [], manifests = [] }: Scope): ScopedRows {
    const names = families === 'all' ? families : new Set(families)
    const some = <V>(table: ReadonlyMap<string, V>, keys: readonly string[] | 'all'): V[] =>
      [...(keys === 'all' ? [...table.keys()].sort() : new Set(keys))].flatMap((key) => table.get(key) ?? [])
    const pairs = <V extends { readonly name: string; readonly version: string }>(table: ReadonlyMap<string, V>): V[] =>
      [...table.values()]
        .filter((row) => names === 'all' || names.has(row.name))
        .sort((a, b) => order(a.name, b.name) || order(a.version, b.version))
    return structuredClone({
      models: pairs(this.#models),
      tombstones: pairs(this.#tombstones),
      channels: some(this.#channels, families),
      blobs: some(this.#blobs, blobs),
      manifests: some(this.#manifests, manifests),
      meta: this.#meta,
      lastEvent: this.#events.at(-1),
    })
  }

  #checkIds({ clear, models }: PlannedWrites): void {
    const owners = new Map(clear ? [] : Array.from(this.#models, ([key, model]) => [model.id, key]))
    for (const model of models) {
      const key = keyOf(model)
      const before = this.#models.get(key)?.id
      if (before !== undefined && owners.get(before) === key) owners.delete(before)
      if ((owners.get(model.id) ?? key) !== key) throw idTaken(model.id)
      owners.set(model.id, key)
    }
  }

  #write(writes: PlannedWrites): void {
    if (writes.clear) this.#clear()
    for (const row of writes.models) this.#models.set(keyOf(row), row)
    for (const row of writes.tombstones) {
      this.#models.delete(keyOf(row))
      this.#tombstones.set(keyOf(row), row)
    }
    for (const row of writes.channels) this.#channels.set(row.name, row)
    for (const row of writes.blobs) this.#blobs.set(row.sha256, row)
    for (const sha256 of writes.droppedBlobs) {
      this.#blobs.delete(sha256)
      this.#chunks.delete(sha256)
    }
    for (const row of writes.manifests) this.#manifests.set(row.url, row)
    if (writes.meta !== undefined) this.#meta = writes.meta
    for (const line of writes.events) this.#events.push(line)
  }

  #clear(): void {
    for (const table of [this.#models, this.#tombstones, this.#channels, this.#manifests]) table.clear()
    this.#events.length = 0
    this.#meta = undefined
  }
}

const keyOf = (row: { readonly name: string; readonly version: string }): string =>
  JSON.stringify([row.name, row.version])

/** As databases compare texts: by code unit. */
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
