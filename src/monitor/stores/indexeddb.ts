/** The log in IndexedDB, in a database of its own: clearing it, or failing in it, never touches the models. */
import { Connection, settle } from '../../registry/stores/connection.ts'
import { openDatabase, type TypedDatabase } from '../../registry/stores/open-database.ts'
import type { PredictionRow } from '../row.ts'
import type { Appended, DueRequest, DueStep, LogStore, Page, PageRequest, Retention, RowFilter } from '../store.ts'
import { createTable, databaseVersion, type Schema } from './indexeddb-schema.ts'
import {
  appendRows,
  countByIndex,
  numberAt,
  type Reading,
  readPage,
  readWaitingSymbols,
  settleRows,
  type Writing,
} from './indexeddb-transactions.ts'

/** Where and how the log is opened. */
export interface IndexedDbLogOptions {
  /** Name of the database. Default `candlewick-log`. */
  readonly name?: string | undefined
  /** How long opening may take, in ms. Default 5000. */
  readonly openTimeoutMs?: number | undefined
  /**
   * `relaxed` (the default): a batch survives the end of the page and of the browser, and reaches the disk when the system
   * writes it there; power that fails within seconds may take it. `strict` waits for the disk at every batch.
   */
  readonly durability?: 'relaxed' | 'strict' | undefined
}

interface Database {
  read(): Reading
  write(): Writing
  close(): void
}

/**
 * Opens the store, creating its database where there is none.
 *
 * @example
 * ```ts
 * const store = await openIndexedDbLogStore({ name: 'my-log' })
 * const log = new PredictionLog(store, { onProblem: console.warn })
 * ```
 *
 * @throws `store/unavailable` where there is no IndexedDB, it is broken, or another tab holds the opening up
 */
export async function openIndexedDbLogStore(options: IndexedDbLogOptions = {}): Promise<LogStore> {
  const { name = 'candlewick-log', openTimeoutMs = 5000, durability = 'relaxed' } = options
  const opening = { name, version: databaseVersion, timeoutMs: openTimeoutMs, upgrade: createTable }
  const connection = new Connection(`IndexedDB "${name}"`, async (onLost) =>
    adapt(await openDatabase({ ...opening, onLost }), durability),
  )
  const store = new IndexedDbLogStore(connection)
  try {
    await store.count({ from: 0, to: 0 })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

function adapt(database: TypedDatabase<Schema>, durability: 'relaxed' | 'strict'): Database {
  return {
    read() {
      const transaction = database.transaction('predictions')
      return {
        done: transaction.done,
        abort: () => transaction.abort(),
        rows: transaction.store,
        index: (name) => transaction.store.index(name),
      }
    },
    write() {
      const transaction = database.transaction('predictions', 'readwrite', { durability })
      const { store } = transaction
      return {
        done: transaction.done,
        abort: () => transaction.abort(),
        rows: store,
        index: (name) => store.index(name),
        // What is refused at once is a rejection too, so that whoever waits for several hears of it and of all others.
        find: async (key) => store.index('key').getKey(key),
        put: async (row) => store.put(row),
        delete: (range) => store.delete(range),
        clear: () => store.clear(),
      }
    },
    close: () => database.close(),
  }
}

/** About what a row takes, apart from its arrays. */
const rowBytes = 2500

const weigh = (rows: readonly PredictionRow[]): number =>
  rows.reduce(
    (sum, { outputs, features }) => sum + rowBytes + (outputs?.byteLength ?? 0) + (features?.last?.byteLength ?? 0),
    0,
  )

const nothing = (): number => 0

/** Rows that one call may read or write while others wait. */
const countPage = 512

/** Keeps the log in a database: one call is one transaction. */
class IndexedDbLogStore implements LogStore {
  readonly kind = 'indexeddb'
  readonly #connection: Connection<Database>

  constructor(connection: Connection<Database>) {
    this.#connection = connection
  }

  append(rows: readonly PredictionRow[], retention: Retention): Promise<Appended> {
    return this.#write(
      () => weigh(rows),
      (writing) => appendRows(writing, rows, retention),
    )
  }

  page(request: PageRequest): Promise<Page> {
    return this.#read((reading) => readPage(reading, request))
  }

  lastSeq(): Promise<number> {
    return this.#read(async ({ rows }) => (await numberAt(rows, 'prev')) ?? 0)
  }

  async count(filter: RowFilter): Promise<number> {
    const quick = await this.#read((reading) => countByIndex(reading, filter))
    if (quick !== undefined) return quick
    let count = 0
    let after: PageRequest['after']
    do {
      const { rows, next } = await this.page({ filter, order: 'asc', after, limit: countPage })
      count += rows.length
      after = next
    } while (after !== undefined)
    return count
  }

  settle(request: DueRequest, change: (row: PredictionRow) => PredictionRow): Promise<DueStep> {
    return this.#write(
      () => request.limit * rowBytes,
      (writing) => settleRows(writing, request, change),
    )
  }

  waitingSymbols(): Promise<string[]> {
    return this.#read(readWaitingSymbols)
  }

  clear(): Promise<void> {
    return this.#write(nothing, (writing) => writing.clear())
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  #read<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#connection.run(nothing, (database) => {
      const reading = database.read()
      return settle(reading, () => work(reading))
    })
  }

  #write<T>(neededBytes: () => number, work: (writing: Writing) => Promise<T>): Promise<T> {
    return this.#connection.run(neededBytes, (database) => {
      const writing = database.write()
      return settle(writing, () => work(writing))
    })
  }
}
