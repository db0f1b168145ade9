/** Reads and writes the tables inside one transaction. Only its own requests are awaited: all else would end it. */
import type { RegistryEvent } from '../records.ts'
import type { EventQuery, Scope } from '../store.ts'
import { Refusal } from './connection.ts'
import { Joiner } from './chunks.ts'
import {
  keysOf,
  metaKey,
  type Ordered,
  type Reading,
  type Schema,
  type TableName,
  type Writing,
} from './indexeddb-schema.ts'
import { idTaken, type PlannedWrites } from './planned-writes.ts'
import type { ScopedRows } from './snapshot.ts'
import { blobOf, manifestOf, modelOf, modelRow } from './stored-rows.ts'

/** Reads everything within a scope. */
export async function readRows(reading: Reading, scope: Scope): Promise<ScopedRows> {
  const [families, blobs, manifests, [meta], [lastEvent]] = await Promise.all([
    readFamilies(reading, scope.families ?? []),
    readSome(reading, 'blobs', scope.blobs ?? []),
    readSome(reading, 'manifests', scope.manifests ?? []),
    readSome(reading, 'meta', [metaKey]),
    newest(reading.table('events'), null, 1),
  ])
  return { ...families, blobs: blobs.map(blobOf), manifests: manifests.map(manifestOf), meta, lastEvent }
}

type FamilyRows = Pick<ScopedRows, 'models' | 'tombstones' | 'channels'>

async function readFamilies(reading: Reading, names: readonly string[] | 'all'): Promise<FamilyRows> {
  const pairs = async <T extends 'models' | 'tombstones'>(table: T): Promise<Schema[T]['value'][]> => {
    if (names === 'all') return reading.table(table).getAll()
    const lists = Array.from(new Set(names), (name) => reading.table(table).getAll(keysOf(name)))
    return (await Promise.all(lists)).flat()
  }
  const [models, tombstones, channels] = await Promise.all([
    pairs('models'),
    pairs('tombstones'),
    readSome(reading, 'channels', names),
  ])
  return { models: models.map(modelOf), tombstones, channels }
}

async function readSome<T extends 'blobs' | 'manifests' | 'channels' | 'meta'>(
  reading: Reading,
  table: T,
  keys: readonly string[] | 'all',
): Promise<Schema[T]['value'][]> {
  if (keys === 'all') return reading.table(table).getAll()
  const rows = await Promise.all(Array.from(new Set(keys), (key) => reading.table(table).get(key)))
  return rows.filter((row) => row !== undefined)
}

/** The last `count` rows, in their order. */
async function newest<V>(table: Ordered<V>, range: IDBKeyRange | null, count: number): Promise<V[]> {
  const rows: V[] = []
  if (count <= 0) return rows
  let cursor = await table.openCursor(range, 'prev')
  while (cursor !== null) {
    rows.push(cursor.value)
    if (rows.length >= count) break
    cursor = await cursor.continue()
  }
  return rows.toReversed()
}

/** Reads a part of the log. */
export async function readEvents(reading: Reading, query: EventQuery): Promise<RegistryEvent[]> {
  const { after = 0, name, last } = query
  const byNumber = name === undefined
  const table = byNumber ? reading.table('events') : reading.eventsByName()
  const range = byNumber ? IDBKeyRange.lowerBound(after, true) : IDBKeyRange.bound([name, after], [name, []], true)
  return last === undefined ? table.getAll(range) : newest(table, range, last)
}

/** Reads all pieces of a blob into one buffer, one at a time, which takes the least memory and is the fastest. */
export async function readBytes(reading: Reading, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const record = await reading.table('blobs').get(sha256)
  if (record === undefined) return undefined
  const joiner = new Joiner(record)
  for (let i = 0; i < record.chunkCount; i++)
    if (!joiner.take(await reading.table('chunks').get([sha256, i]))) return undefined
  return joiner.bytes
}

const cleared: readonly TableName[] = ['models', 'tombstones', 'channels', 'manifests', 'events', 'meta']

/** Issues all writes, in their order. */
export async function writeAll(writing: Writing, writes: PlannedWrites): Promise<void> {
  if (writes.clear) await Promise.all(cleared.map(async (table) => writing.table(table).clear()))
  for (const model of writes.models) {
    const owner = await writing.modelById(model.id)
    if (owner !== undefined && (owner[0] !== model.name || owner[1] !== model.version))
      throw new Refusal('The id is taken.', { cause: idTaken(model.id) })
    await writing.table('models').put(modelRow(model))
  }
  const put = async <T extends TableName>(
    table: T,
    row: Schema[T]['value'],
    key?: Schema[T]['key'],
  ): Promise<unknown> => writing.table(table).put(row, key)
  await Promise.all([
    ...writes.tombstones.map(async ({ name, version }) => writing.table('models').delete([name, version])),
    ...writes.tombstones.map((row) => put('tombstones', row)),
    ...writes.channels.map((row) => put('channels', row)),
    ...writes.blobs.map((row) => put('blobs', row)),
    ...writes.droppedBlobs.map((sha256) => dropBlob(writing, sha256)),
    ...writes.manifests.map((row) => put('manifests', row)),
    ...(writes.meta === undefined ? [] : [put('meta', writes.meta, metaKey)]),
    ...writes.events.map((row) => put('events', row)),
  ])
}

async function dropBlob(writing: Writing, sha256: string): Promise<void> {
  await Promise.all([writing.table('blobs').delete(sha256), writing.table('chunks').delete(keysOf(sha256))])
}
