/** The port behind which the registry keeps everything. */
import type {
  BlobRecord,
  Channel,
  EventDraft,
  Family,
  ManifestRecord,
  ModelRecord,
  RegistryEvent,
  RegistryMeta,
  Tombstone,
} from './records.ts'

/** What a transaction looks at. Parts that are left out are empty in the snapshot. */
export interface Scope {
  /** Model names. */
  readonly families?: readonly string[] | 'all' | undefined
  /** Hashes. */
  readonly blobs?: readonly string[] | 'all' | undefined
  /** Addresses. */
  readonly manifests?: readonly string[] | 'all' | undefined
}

/** What a transaction sees: the caller's own copy. */
export interface Snapshot {
  /** By name; every name asked for is there, empty where nothing is known of it. */
  readonly families: ReadonlyMap<string, Family>
  readonly blobs: ReadonlyMap<string, BlobRecord>
  readonly manifests: ReadonlyMap<string, ManifestRecord>
  readonly meta: RegistryMeta | undefined
  readonly lastEvent: RegistryEvent | undefined
}

/** What a transaction writes, in this order. */
export interface Changes {
  /** Empties everything but blobs and chunks first. */
  readonly clear?: boolean | undefined
  readonly models?: readonly ModelRecord[] | undefined
  /** Replaces the record of the same name and version. */
  readonly tombstones?: readonly Tombstone[] | undefined
  readonly channels?: readonly Channel[] | undefined
  readonly blobs?: readonly BlobRecord[] | undefined
  /** Hashes whose record and chunks go. */
  readonly droppedBlobs?: readonly string[] | undefined
  readonly manifests?: readonly ManifestRecord[] | undefined
  readonly meta?: RegistryMeta | undefined
  /** A log that is taken over as it is, after {@link clear}. Whoever gives it has verified it. */
  readonly log?: readonly RegistryEvent[] | undefined
  /** Get their number and their hash here. */
  readonly events?: readonly EventDraft[] | undefined
}

/** What is decided inside a transaction. */
export interface Decision<T> {
  readonly changes: Changes
  readonly result: T
}

/** Which part of the log is wanted. */
export interface EventQuery {
  /** Only lines after this number. */
  readonly after?: number | undefined
  /** Only lines of this model name. */
  readonly name?: string | undefined
  /** At most so many, the newest of those that match; given oldest first. */
  readonly last?: number | undefined
}

/**
 * Keeps the registry. A call happens whole or not at all, also where several tabs write at the same time. Stores do not
 * verify bytes: whoever reads them checks their hash.
 *
 * All calls throw `store/unavailable`; the writing ones also `store/quota-exceeded`.
 */
export interface RegistryStore {
  readonly kind: 'indexeddb' | 'memory'

  read(scope: Scope): Promise<Snapshot>

  /**
   * Reads, decides and writes in one transaction. `decide` is synchronous, so nothing foreign can be awaited while the
   * transaction lives. It may be called again where the connection had to be opened anew, so it must have no effects.
   *
   * @throws what `decide` throws, untouched; nothing is written then
   */
  update<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T>

  /** Stores a copy of one piece of a blob; it survives a crash soon, not at once. */
  putChunk(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>

  /** The caller's own copy of one piece. */
  getChunk(sha256: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined>

  /** The caller's own copy of all pieces in one buffer; `undefined` also where pieces are missing or too long. */
  getBytes(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>

  listEvents(query?: EventQuery): Promise<RegistryEvent[]>

  /** Ends the connection; later calls throw `store/unavailable`. */
  close(): Promise<void>
}
