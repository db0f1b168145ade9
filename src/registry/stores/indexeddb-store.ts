/** The registry's store in IndexedDB: one call is one transaction. */
import type { RegistryEvent } from '../records.ts'
import type { Decision, EventQuery, RegistryStore, Scope, Snapshot } from '../store.ts'
import { type Connection, Refusal, settle } from './connection.ts'
import type { IndexedDbBytes } from './indexeddb-bytes.ts'
import { type Database, type Reading, type TableName } from './indexeddb-schema.ts'
import { readEvents, readRows, writeAll } from './indexeddb-transactions.ts'
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

/** Keeps the registry in a database; its bytes are kept by a part of their own. */
export class IndexedDbStore implements RegistryStore {
  readonly kind = 'indexeddb'
  readonly #connection: Connection<Database>
  readonly #bytes: IndexedDbBytes

  constructor(connection: Connection<Database>, bytes: IndexedDbBytes) {
    this.#connection = connection
    this.#bytes = bytes
  }

  get bytesIn(): 'indexeddb' | 'opfs' {
    return this.#bytes.place
  }

  get bytesProblem(): string | undefined {
    return this.#bytes.problem
  }

  read(scope: Scope): Promise<Snapshot> {
    return this.#read(tablesOf(scope), async (reading) => assembleSnapshot(await readRows(reading, scope), scope))
  }

  async update<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T> {
    let planned: PlannedWrites | undefined
    const neededBytes = (): number => (planned === undefined ? 0 : weigh(planned))
    const { result, files } = await this.#connection.run(neededBytes, (database) => {
      const writing = database.write(allTables, 'strict')
      return settle(writing, async () => {
        const { result, writes } = decideOn(await readRows(writing, scope), scope, decide)
        planned = writes
        return { result, files: await writeAll(writing, writes) }
      })
    })
    // Only now: had the transaction failed, they would still be needed.
    await this.#bytes.removeFiles(files)
    return result
  }

  putChunk(sha256: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#bytes.put(sha256, index, bytes)
  }

  getChunk(sha256: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#bytes.get(sha256, index)
  }

  getBytes(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#bytes.getAll(sha256)
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
