/** A store in IndexedDB. Nothing but database requests is awaited inside a transaction: all else would end it. */
import { type DBSchema, type IDBPDatabase, openDB, type OpenDBCallbacks } from 'idb'

import { CandlewickError, isCandlewickError, reasonOf } from '../../core/errors.ts'
import type { ModelStore, StoredBlob, StoredManifest } from '../store.ts'

/** Bytes in one stored piece of a blob; only the last piece may be shorter. */
export const chunkBytes = 4_194_304

/** Where and how a store is opened. */
export interface IndexedDbStoreOptions {
  /** Name of the database. Default `candlewick-registry`. */
  readonly name?: string | undefined
  /** How long opening may take, in ms. Default 5000. Another tab with an older version may hold it up for ever. */
  readonly openTimeoutMs?: number | undefined
}

interface Schema extends DBSchema {
  manifests: { key: string; value: StoredManifest }
  blobs: { key: string; value: StoredBlob & { readonly chunkBytes: number; readonly chunkCount: number } }
  chunks: { key: [sha256: string, index: number]; value: ArrayBuffer }
}

type Database = IDBPDatabase<Schema>

/**
 * Opens the store, creating its database where there is none.
 *
 * @throws `store/unavailable` where there is no IndexedDB, it is broken, or another tab holds the opening up
 */
export async function openIndexedDbStore(options: IndexedDbStoreOptions = {}): Promise<ModelStore> {
  const store = new IndexedDbStore(options.name ?? 'candlewick-registry', options.openTimeoutMs ?? 5000)
  await store.listBlobs()
  return store
}

/**
 * Opens or upgrades the database. Versions only ever add, so a database that newer code has upgraded still serves: it is
 * opened as it is.
 */
function openDatabase(name: string, timeoutMs: number, onLost: () => void): Promise<Database> {
  return new Promise((resolve, reject) => {
    let reason = `opening took longer than ${timeoutMs} ms`
    let late = false
    let opened: Database | undefined
    const callbacks: OpenDBCallbacks<Schema> = {
      upgrade(database) {
        database.createObjectStore('manifests', { keyPath: 'url' })
        database.createObjectStore('blobs', { keyPath: 'sha256' })
        database.createObjectStore('chunks')
      },
      blocked: () => void (reason = 'another tab keeps an older version of it open; close that tab'),
      blocking() {
        opened?.close()
        onLost()
      },
      terminated: onLost,
    }
    const opening = openDB<Schema>(name, 1, callbacks).catch((error: unknown) => {
      if (nameOf(error) === 'VersionError') return openDB<Schema>(name, undefined, callbacks)
      throw error
    })
    const timer = setTimeout(() => {
      late = true
      reject(new Error(reason))
    }, timeoutMs)
    const arrive = (database: Database): void => {
      opened = database
      if (late) database.close()
      resolve(database)
    }
    opening.then(arrive, reject).finally(() => clearTimeout(timer))
  })
}

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '')

/**
 * Runs work in a transaction and waits until it is committed. Near the quota a browser may report no request's failure
 * but only the transaction's, and the requests then say no more than `AbortError`.
 */
async function settle<T>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<T>,
): Promise<T> {
  const ended = transaction.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  let outcome: { readonly value: T } | { readonly thrown: unknown }
  try {
    outcome = { value: await work() }
  } catch (thrown) {
    outcome = { thrown }
    try {
      transaction.abort()
    } catch {
      // It has ended by itself.
    }
  }
  const failed = await ended
  if (failed !== undefined && nameOf(failed.error) !== 'AbortError') throw failed.error
  if ('thrown' in outcome) throw outcome.thrown
  if (failed !== undefined) throw failed.error
  return outcome.value
}

// What a connection answers that the platform has ended, and a transaction that ended with it.
const lost = new Set(['InvalidStateError', 'TransactionInactiveError', 'UnknownError', 'AbortError'])

async function freeBytes(): Promise<number | undefined> {
  try {
    const { quota, usage } = await navigator.storage.estimate()
    return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage)
  } catch {
    return undefined
  }
}

class IndexedDbStore implements ModelStore {
  readonly kind = 'indexeddb'
  readonly #name: string
  readonly #openTimeoutMs: number
  #connection: Promise<Database> | undefined
  #closed = false

  constructor(name: string, openTimeoutMs: number) {
    this.#name = name
    this.#openTimeoutMs = openTimeoutMs
  }

  getManifest(url: string): Promise<StoredManifest | undefined> {
    return this.#run(0, (database) => database.get('manifests', url))
  }

  async putManifest(manifest: StoredManifest, admit?: (current: StoredManifest | undefined) => void): Promise<void> {
    const { url, text, storedAt } = manifest
    const refused = await this.#run(text.length, (database) => {
      const transaction = database.transaction('manifests', 'readwrite', { durability: 'strict' })
      return settle(transaction, async () => {
        const current = await transaction.store.get(url)
        try {
          admit?.(current)
        } catch (error) {
          return { error }
        }
        await transaction.store.put({ url, text, storedAt })
        return undefined
      })
    })
    if (refused !== undefined) throw refused.error
  }

  getBlob(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#run(0, (database) => {
      const transaction = database.transaction(['blobs', 'chunks'])
      return settle(transaction, async () => {
        const row = await transaction.objectStore('blobs').get(sha256)
        if (row === undefined) return undefined
        const bytes = new Uint8Array(row.size)
        let at = 0
        for (let i = 0; i < row.chunkCount; i++) {
          const chunk = await transaction.objectStore('chunks').get([sha256, i])
          if (chunk === undefined || at + chunk.byteLength > row.size) return undefined
          bytes.set(new Uint8Array(chunk), at)
          at += chunk.byteLength
        }
        return at === row.size ? bytes : undefined
      })
    })
  }

  async putBlob(sha256: string, bytes: Uint8Array<ArrayBuffer>, meta: { readonly url: string }): Promise<void> {
    const size = bytes.byteLength
    const chunkCount = Math.ceil(size / chunkBytes)
    const row = { sha256, size, storedAt: Date.now(), url: meta.url, chunkBytes, chunkCount }
    await this.#run(size, (database) => {
      const transaction = database.transaction(['blobs', 'chunks'], 'readwrite', { durability: 'strict' })
      const chunks = transaction.objectStore('chunks')
      return settle(transaction, () =>
        Promise.all([
          chunks.delete(allChunks(sha256)),
          transaction.objectStore('blobs').put(row),
          // A view would be stored with the whole buffer behind it, so each piece is a copy of its own length.
          ...Array.from({ length: chunkCount }, async (_, i) =>
            chunks.put(bytes.slice(i * chunkBytes, (i + 1) * chunkBytes).buffer, [sha256, i]),
          ),
        ]),
      )
    })
  }

  async deleteBlob(sha256: string): Promise<void> {
    await this.#run(0, (database) => {
      const transaction = database.transaction(['blobs', 'chunks'], 'readwrite')
      return settle(transaction, () =>
        Promise.all([
          transaction.objectStore('chunks').delete(allChunks(sha256)),
          transaction.objectStore('blobs').delete(sha256),
        ]),
      )
    })
  }

  async listBlobs(): Promise<StoredBlob[]> {
    const rows = await this.#run(0, (database) => database.getAll('blobs'))
    return rows.map(({ sha256, size, storedAt, url }) => ({ sha256, size, storedAt, url }))
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#connection !== undefined) await this.#disconnect(this.#connection)
  }

  #connect(): Promise<Database> {
    // The promise is kept, not the connection: of several openings that race, only the first hears of trouble.
    const connection = (this.#connection ??= openDatabase(this.#name, this.#openTimeoutMs, () => {
      if (this.#connection === connection) this.#connection = undefined
    }))
    return connection
  }

  async #disconnect(connection: Promise<Database>): Promise<void> {
    if (this.#connection === connection) this.#connection = undefined
    const database = await connection.catch(() => undefined)
    database?.close()
  }

  /** Runs work on the connection; a connection that the platform ended is opened again, once. */
  async #run<T>(neededBytes: number, work: (database: Database) => Promise<T>): Promise<T> {
    for (let retried = false; ; retried = true) {
      if (this.#closed) throw this.#unavailable('it was closed')
      const connection = this.#connect()
      try {
        return await work(await connection)
      } catch (cause) {
        // After a failed write a connection may answer nothing but errors, so the next call gets a new one.
        await this.#disconnect(connection)
        if (isCandlewickError(cause)) throw cause
        if (nameOf(cause) === 'QuotaExceededError') {
          const details = { neededBytes, freeBytes: await freeBytes() }
          throw new CandlewickError('store/quota-exceeded', details, { cause })
        }
        if (retried || !lost.has(nameOf(cause))) throw this.#unavailable(reasonOf(cause), cause)
      }
    }
  }

  #unavailable(reason: string, cause?: unknown): CandlewickError<'store/unavailable'> {
    return new CandlewickError('store/unavailable', { store: `IndexedDB "${this.#name}"`, reason }, { cause })
  }
}

const allChunks = (sha256: string): IDBKeyRange => IDBKeyRange.bound([sha256, 0], [sha256, Infinity])
