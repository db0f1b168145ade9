/** Opens the store in IndexedDB. */
import type { RegistryStore } from '../store.ts'
import { Connection } from './connection.ts'
import { IndexedDbBytes } from './indexeddb-bytes.ts'
import { createTables, type Database, databaseVersion, type Schema } from './indexeddb-schema.ts'
import { IndexedDbStore } from './indexeddb-store.ts'
import { openDatabase, type TypedDatabase } from './open-database.ts'
import { ChunkFiles } from './opfs-chunks.ts'

/** Where and how a store is opened. */
export interface IndexedDbStoreOptions {
  /** Name of the database. Default `candlewick-registry`. */
  readonly name?: string | undefined
  /** How long opening may take, in ms. Default 5000. Another tab with an older version may hold it up for ever. */
  readonly openTimeoutMs?: number | undefined
  /**
   * Where the bytes of models are written: into the database, or into files of the Origin Private File System, from which
   * large models are read faster. Records stay in the database, and bytes are found wherever they were written before.
   * Default `indexeddb`.
   */
  readonly bytesIn?: 'indexeddb' | 'opfs' | undefined
}

/** A store in IndexedDB, which also says where it writes bytes. */
export interface IndexedDbRegistryStore extends RegistryStore {
  readonly kind: 'indexeddb'
  /** Where new bytes go. */
  readonly bytesIn: 'indexeddb' | 'opfs'
  /** Why they go to IndexedDB where files were asked for. */
  readonly bytesProblem: string | undefined
}

/**
 * Opens the store, creating its database where there is none and upgrading an older one.
 *
 * @example
 * ```ts
 * const store = await openIndexedDbStore({ name: 'my-models' })
 * const { families } = await store.read({ families: 'all' })
 * ```
 *
 * @throws `store/unavailable` where there is no IndexedDB, it is broken, or another tab holds the opening up
 */
export async function openIndexedDbStore(options: IndexedDbStoreOptions = {}): Promise<IndexedDbRegistryStore> {
  const { name = 'candlewick-registry', openTimeoutMs = 5000, bytesIn = 'indexeddb' } = options
  const opening = { name, version: databaseVersion, timeoutMs: openTimeoutMs, upgrade: createTables }
  const connection = new Connection(`IndexedDB "${name}"`, async (onLost) =>
    adapt(await openDatabase({ ...opening, onLost })),
  )
  const bytes = new IndexedDbBytes(connection, new ChunkFiles(name))
  const store = new IndexedDbStore(connection, bytes)
  try {
    await store.read({})
    if (bytesIn === 'opfs') await bytes.useFiles()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

function adapt(database: TypedDatabase<Schema>): Database {
  return {
    read(tables) {
      const transaction = database.transaction(tables)
      return {
        done: transaction.done,
        abort: () => transaction.abort(),
        table: (name) => transaction.objectStore(name),
        eventsByName: () => transaction.objectStore('events').index('name'),
      }
    },
    write(tables, durability) {
      const transaction = database.transaction(tables, 'readwrite', { durability })
      return {
        done: transaction.done,
        abort: () => transaction.abort(),
        table: (name) => transaction.objectStore(name),
        eventsByName: () => transaction.objectStore('events').index('name'),
        modelById: (id) => transaction.objectStore('models').index('id').getKey(id),
      }
    },
    close: () => database.close(),
  }
}
