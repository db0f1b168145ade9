/** The tables of the database, and as much of its interface as reading and writing them takes. */
import type { Channel, RegistryEvent, RegistryMeta, Tombstone } from '../records.ts'
import type { BlobRow, ManifestRow, ModelRow } from './stored-rows.ts'

/**
 * Version of the tables. A higher one only ever adds tables and indexes, so that an older tab still reads; data are never
 * rewritten for it.
 */
export const databaseVersion = 2

/**
 * Where one piece of a blob lies: in the row itself, or in the file that the key names; the row is empty then. The name is
 * in the key so that it can be learnt without reading any bytes.
 */
export type ChunkKey = [sha256: string, index: number] | [sha256: string, index: number, file: string]

/** Keys and rows of each table, in the words of idb. */
export type Schema = {
  manifests: { key: string; value: ManifestRow }
  blobs: { key: string; value: BlobRow }
  chunks: { key: ChunkKey; value: ArrayBuffer }
  models: {
    key: [name: string, version: string]
    value: ModelRow
    indexes: { id: string; status: [name: string, status: string]; modelType: string; sha256: string }
  }
  tombstones: { key: [name: string, version: string]; value: Tombstone }
  channels: { key: string; value: Channel }
  events: { key: number; value: RegistryEvent; indexes: { name: [name: string, seq: number]; type: string } }
  meta: { key: string; value: RegistryMeta }
}

export type TableName = keyof Schema

type Row<T extends TableName> = Schema[T]['value']

/** The key of the only row in `meta` so far. */
export const metaKey = 'registry'

interface Cursor<V> {
  readonly value: V
  continue(): Promise<Cursor<V> | null>
}

/** What is read in order: a table by its key, or by an index. */
export interface Ordered<V> {
  getAll(range?: IDBKeyRange | null): Promise<V[]>
  openCursor(range?: IDBKeyRange | null, direction?: IDBCursorDirection): Promise<Cursor<V> | null>
}

interface Table<T extends TableName> extends Ordered<Row<T>> {
  get(key: Schema[T]['key']): Promise<Row<T> | undefined>
  getAllKeys(range?: IDBKeyRange | null): Promise<Schema[T]['key'][]>
}

interface WritableTable<T extends TableName> extends Table<T> {
  put(row: Row<T>, key?: Schema[T]['key']): Promise<unknown>
  delete(keys: Schema[T]['key'] | IDBKeyRange): Promise<void>
  clear(): Promise<void>
}

interface Ending {
  /** Fulfilled when everything is committed. */
  readonly done: Promise<void>
  abort(): void
}

/** A transaction that reads. */
export interface Reading extends Ending {
  table<T extends TableName>(name: T): Table<T>
  eventsByName(): Ordered<RegistryEvent>
}

/** A transaction that writes. */
export interface Writing extends Reading {
  table<T extends TableName>(name: T): WritableTable<T>
  /** The key of the model that has this id. */
  modelById(id: string): Promise<Schema['models']['key'] | undefined>
}

/** An open database. */
export interface Database {
  read(tables: readonly TableName[]): Reading
  write(tables: readonly TableName[], durability: 'strict' | 'relaxed'): Writing
  close(): void
}

interface TableDefinition {
  readonly keyPath?: string | string[]
  readonly indexes?: Readonly<Record<string, readonly [keyPath: string | string[], options?: IDBIndexParameters]>>
}

const definitions: Readonly<Record<TableName, TableDefinition>> = {
  manifests: { keyPath: 'url' },
  blobs: { keyPath: 'sha256' },
  chunks: {},
  models: {
    keyPath: ['name', 'version'],
    indexes: {
      id: ['id', { unique: true }],
      status: [['name', 'status']],
      modelType: ['metadata.modelType'],
      sha256: ['hashes', { multiEntry: true }],
    },
  },
  tombstones: { keyPath: ['name', 'version'] },
  channels: { keyPath: 'name' },
  events: { keyPath: 'seq', indexes: { name: [['name', 'seq']], type: ['type'] } },
  meta: {},
}

/** Creates the tables that are not there yet, inside an upgrade. */
export function createTables(database: IDBDatabase): void {
  for (const [name, { keyPath, indexes = {} }] of Object.entries(definitions)) {
    if (database.objectStoreNames.contains(name)) continue
    const table = database.createObjectStore(name, keyPath === undefined ? {} : { keyPath })
    for (const [index, [path, options]] of Object.entries(indexes)) table.createIndex(index, path, options)
  }
}

/** All keys that begin with these parts, or are them: an empty list is greater than every number and text. */
export const keysOf = (...parts: (string | number)[]): IDBKeyRange => IDBKeyRange.bound(parts, [...parts, []])
