/** The registry's store in IndexedDB: one call is one transaction. */
import type { RegistryEvent } from '../records.ts'
import type { Decision, EventQuery, RegistryStore, Scope, Snapshot } from '../store.ts'
import { exactCopy } from './chunks.ts'
import { type Connection, Refusal, settle } from './connection.ts'
import { type Database, type Reading, type TableName } from './indexeddb-schema.ts'
import { readBytes, readEvents, readRows, writeAll } from './indexeddb-transactions.ts'
import { type PlannedWrites, planWrites, weigh } from './planned-writes.ts'
import { assembleSnapshot, type ScopedRows } from './snapshot.ts'

const allTables: readonly TableName[] = [
  'models',
  'tombstones',
  'channels',
  'blobs',
  'chunks',
  'manifests',
  'meta',
  'events',
]

/** The tables that a scope lies in. */
function tablesOf({ families = [], blobs = [], manifests = [] }: Scope): TableName[] {
  const tables: TableName[] = ['meta', 'events']
  if (families.length > 0) tables.push('models', 'tombstones', 'channels')
  if (blobs.length > 0) tables.push('blobs')
  if (manifests.length > 0) tables.push('manifests')
  return tables
}

const noRoom = (): number => 0

/** Keeps the registry in a database. */
export class IndexedDbStore implements RegistryStore {
  readonly kind = 'indexeddb'
  readonly #connection: Connection<Database>

  constructor(connection: Connection<Database>) {
    this.#connection = connection
  }

  read(scope: Scope): Promise<Snapshot> {
    return this.#read(tablesOf(scope), async (reading) => assembleSnapshot(await readRows(reading, scope), scope))
  }

  update<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T> {
    let planned: PlannedWrites | undefined
    const neededBytes = (): number => (planned === undefined ? 0 : weigh(planned))
    return this.#connection.run(neededBytes, (database) => {
      const writing = database.write(allTables, 'strict')
      return settle(writing, async () => {
        const { result, writes } = decideOn(await readRows(writing, scope), scope, decide)
        planned = writes
        await writeAll(writing, writes)
        return result
      })
    })
  }

  async putChunk(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { buffer } = exactCopy(bytes)
    await this.#connection.run(
      () => buffer.byteLength,
      (database) => {
        const writing = database.write(['chunks'], 'relaxed')
        return settle(writing, () => writing.table('chunks').put(buffer, [sha256, index]))
      },
    )
  }

  async getChunk(sha256: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const buffer = await this.#read(['chunks'], (reading) => reading.table('chunks').get([sha256, index]))
    return buffer === undefined ? undefined : new Uint8Array(buffer)
  }

  getBytes(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#read(['blobs', 'chunks'], (reading) => readBytes(reading, sha256))
  }

  listEvents(query: EventQuery = {}): Promise<RegistryEvent[]> {
    return this.#read(['events'], (reading) => readEvents(reading, query))
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  #read<T>(tables: readonly TableName[], work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#connection.run(noRoom, (database) => {
      const reading = database.read(tables)
      return settle(reading, () => work(reading))
    })
  }
}

/** Decides on rows, of which the decision may do with its copy what it likes. */
function decideOn<T>(rows: ScopedRows, scope: Scope, decide: (snapshot: Snapshot) => Decision<T>) {
  const last = structuredClone(rows.lastEvent)
  try {
    const { changes, result } = decide(assembleSnapshot(rows, scope))
    return { result, writes: planWrites(changes, last) }
  } catch (cause) {
    throw new Refusal('The decision was against it.', { cause })
  }
}
