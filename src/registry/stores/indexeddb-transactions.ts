/** Reads and writes the tables of records inside one transaction. Only its own requests are awaited: all else would end it. */
import type { RegistryEvent } from '../records.ts'
import type { EventQuery, Scope } from '../store.ts'
import { Refusal } from './connection.ts'
import {
  keysOf,
  metaKey,
  type Ordered,
  type Reading,
  type Schema,
  type TableName,
  type Writing,
} from './indexeddb-schema.ts'
import { dropPieces } from './indexeddb-pieces.ts'
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

const cleared: readonly TableName[] = ['models', 'tombstones', 'channels', 'manifests', 'events', 'meta']

/**
 * Issues all writes, in their order.
 *
 * @returns names of files that nothing needs once this is committed
 */
export async function writeAll(writing: Writing, writes: PlannedWrites): Promise<string[]> {
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
  const dropped: string[][] = []
  await Promise.all([
    ...writes.tombstones.map(async ({ name, version }) => writing.table('models').delete([name, version])),
    ...writes.tombstones.map((row) => put('tombstones', row)),
    ...writes.channels.map((row) => put('channels', row)),
    ...writes.blobs.map((row) => put('blobs', row)),
    ...writes.droppedBlobs.map(async (sha256) => dropped.push(await dropBlob(writing, sha256))),
    ...writes.manifests.map((row) => put('manifests', row)),
    ...(writes.meta === undefined ? [] : [put('meta', writes.meta, metaKey)]),
    ...writes.events.map((row) => put('events', row)),
  ])
  return dropped.flat()
}

async function dropBlob(writing: Writing, sha256: string): Promise<string[]> {
  const [files] = await Promise.all([dropPieces(writing, keysOf(sha256)), writing.table('blobs').delete(sha256)])
  return files
}
