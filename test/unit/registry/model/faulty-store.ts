/** A store that fails, or dies, at a chosen step, and forgets what was not yet on the disk. */
import type { RegistryEvent } from '../../../../src/registry/records.ts'
import type { Decision, EventQuery, RegistryStore, Scope, Snapshot } from '../../../../src/registry/store.ts'
import { Joiner } from '../../../../src/registry/stores/chunks.ts'

/** A moment at which something can go wrong: before a call has done anything, or when its caller has not yet heard. */
export interface Moment {
  readonly call: 'read' | 'update' | 'putChunk' | 'getChunk' | 'getBytes' | 'listEvents' | 'fetch' | 'piece'
  readonly when: 'before' | 'after'
}

/** What is thrown once the page is gone. */
export class Killed extends Error {}

type Bytes = Uint8Array<ArrayBuffer>

/** Passes calls on. Pieces reach the inner store with the next transaction, as the disk would have it. */
export class FaultyStore implements RegistryStore {
  readonly kind: RegistryStore['kind']
  readonly #inner: RegistryStore
  readonly #at: (moment: Moment) => void
  readonly #unwritten = new Map<string, { readonly sha256: string; readonly index: number; readonly bytes: Bytes }>()

  constructor(inner: RegistryStore, at: (moment: Moment) => void) {
    this.kind = inner.kind
    this.#inner = inner
    this.#at = at
  }

  read(scope: Scope): Promise<Snapshot> {
    return this.#through('read', () => this.#inner.read(scope))
  }

  update<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T> {
    return this.#through('update', async () => {
      await this.flush()
      return this.#inner.update(scope, decide)
    })
  }

  putChunk(sha256: string, index: number, bytes: Bytes): Promise<void> {
    const copy = bytes.slice()
    return this.#through('putChunk', async () => {
      this.#unwritten.set(`${sha256} ${index}`, { sha256, index, bytes: copy })
    })
  }

  getChunk(sha256: string, index: number): Promise<Bytes | undefined> {
    return this.#through('getChunk', () => this.#chunk(sha256, index))
  }

  getBytes(sha256: string): Promise<Bytes | undefined> {
    return this.#through('getBytes', async () => {
      const record = (await this.#inner.read({ blobs: [sha256] })).blobs.get(sha256)
      if (record === undefined) return undefined
      const joiner = new Joiner(record)
      for (let i = 0; i < record.chunkCount; i++) if (!joiner.take(await this.#chunk(sha256, i))) return undefined
      return joiner.bytes
    })
  }

  listEvents(query?: EventQuery): Promise<RegistryEvent[]> {
    return this.#through('listEvents', () => this.#inner.listEvents(query))
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  /** Puts on the disk what only looked as if it were. */
  async flush(): Promise<void> {
    for (const { sha256, index, bytes } of this.#unwritten.values()) await this.#inner.putChunk(sha256, index, bytes)
    this.#unwritten.clear()
  }

  async #chunk(sha256: string, index: number): Promise<Bytes | undefined> {
    return this.#unwritten.get(`${sha256} ${index}`)?.bytes.slice() ?? this.#inner.getChunk(sha256, index)
  }

  async #through<T>(call: Moment['call'], work: () => Promise<T>): Promise<T> {
    this.#at({ call, when: 'before' })
    const result = await work()
    this.#at({ call, when: 'after' })
    return result
  }
}
