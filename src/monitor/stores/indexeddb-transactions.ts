/** Reads and writes the log inside one transaction. Only its own requests are awaited: all else would end it. */
import { planRead, matches, type IndexName } from '../filter.ts'
import type { PredictionRow } from '../row.ts'
import type { Appended, DueRequest, DueStep, Page, PageRequest, Retention, RowFilter } from '../store.ts'
import { behind, dueRange, givenRow, keyOf, pageRange, storedRow, type StoredRow } from './indexeddb-schema.ts'

/** What is found at a place of the table or of an index. */
interface Spot {
  readonly key: IDBValidKey
}

interface Walk<V> extends Spot {
  readonly value: V
  continue(): Promise<Walk<V> | null>
}

interface Ordered {
  getAll(range: IDBKeyRange | null, count: number): Promise<StoredRow[]>
  openCursor(range: IDBKeyRange | null, direction: IDBCursorDirection): Promise<Walk<StoredRow> | null>
  openKeyCursor(range: IDBKeyRange | null, direction: IDBCursorDirection): Promise<Spot | null>
  count(range: IDBKeyRange): Promise<number>
}

/** A transaction that reads. */
export interface Reading {
  readonly done: Promise<void>
  abort(): void
  readonly rows: Ordered
  index(name: IndexName | 'waiting'): Ordered
}

/** A transaction that writes. */
export interface Writing extends Reading {
  /** The number of the row with this key. */
  find(key: ReturnType<typeof keyOf>): Promise<number | undefined>
  put(row: StoredRow): Promise<unknown>
  delete(range: IDBKeyRange): Promise<void>
  clear(): Promise<void>
}

/** The number of the first or the last row. */
export const numberAt = async (table: Ordered, direction: IDBCursorDirection): Promise<number | undefined> => {
  const key = (await table.openKeyCursor(null, direction))?.key
  return typeof key === 'number' ? key : undefined
}

/** Adds rows whose key is free, then removes old ones. */
export async function appendRows(
  writing: Writing,
  rows: readonly PredictionRow[],
  retention: Retention,
): Promise<Appended> {
  const [last, found] = await Promise.all([
    numberAt(writing.rows, 'prev'),
    Promise.all(rows.map((row) => writing.find(keyOf(row)))),
  ])
  const taken = new Set(rows.filter((_, i) => found[i] !== undefined).map(({ id }) => id))
  const duplicates: string[] = []
  const puts: Promise<unknown>[] = []
  let seq = last ?? 0
  for (const row of rows) {
    if (taken.has(row.id)) duplicates.push(row.id)
    else puts.push(writing.put(storedRow(row, ++seq)))
    taken.add(row.id)
  }
  await Promise.all(puts)
  return { stored: puts.length, duplicates, pruned: await prune(writing, seq, retention) }
}

/** Numbers have no gaps, so the first and the last tell how many rows there are; counting them would read every key. */
async function prune(writing: Writing, last: number, { maxRows, keepFrom, step }: Retention): Promise<number> {
  const first = await numberAt(writing.rows, 'next')
  if (first === undefined) return 0
  const removable = Math.min(step, last - first)
  const surplus = Math.min(Math.max(last - first + 1 - maxRows, 0), removable)
  const count = surplus + (await countOld(writing, first + surplus, removable - surplus, keepFrom))
  if (count > 0) await writing.delete(IDBKeyRange.upperBound(first + count - 1))
  return count
}

/** How many rows from this number on are too old. Looks at one row where the first is not. */
async function countOld(writing: Writing, from: number, limit: number, keepFrom: number): Promise<number> {
  const old = async (start: number, count: number): Promise<number> => {
    if (count <= 0) return 0
    const rows = await writing.rows.getAll(IDBKeyRange.lowerBound(start), count)
    const kept = rows.findIndex(({ predictedAt }) => predictedAt >= keepFrom)
    return kept < 0 ? rows.length : kept
  }
  const first = await old(from, Math.min(limit, 1))
  return first === 0 ? 0 : 1 + (await old(from + 1, limit - 1))
}

/** Reads a page, of which the rows that do not match are left out. */
export async function readPage(reading: Reading, request: PageRequest): Promise<Page> {
  const { filter, order, limit, lastSeq = Infinity } = request
  const plan = planRead(filter)
  const range = pageRange(plan, request)
  if (range === undefined) return { rows: [], next: undefined }
  const table = reading.index(plan.index)
  const seen = order === 'asc' ? await table.getAll(range, limit) : await backward(table, range, limit)
  const last = seen.at(-1)
  const next = seen.length < limit || last === undefined ? undefined : { barTime: last.barTime, seq: last.seq }
  const rows = seen.filter((row) => row.seq <= lastSeq && matches(row, filter))
  return { rows: rows.map(givenRow), next }
}

async function backward(table: Ordered, range: IDBKeyRange, limit: number): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  let cursor = limit > 0 ? await table.openCursor(range, 'prev') : null
  while (cursor !== null) {
    rows.push(cursor.value)
    if (rows.length >= limit) break
    cursor = await cursor.continue()
  }
  return rows
}

/** Counts by the index alone; `undefined` where rows must be looked at. */
export async function countByIndex(reading: Reading, filter: RowFilter): Promise<number | undefined> {
  const plan = planRead(filter)
  if (!plan.exact) return undefined
  const range = pageRange(plan, { filter, order: 'asc', limit: 0 })
  return range === undefined ? 0 : reading.index(plan.index).count(range)
}

/** Lets the next waiting rows be changed. */
export async function settleRows(
  writing: Writing,
  request: DueRequest,
  change: (row: PredictionRow) => PredictionRow,
): Promise<DueStep> {
  const range = dueRange(request)
  if (range === undefined) return { changed: 0, next: undefined }
  const due = await writing.index('waiting').getAll(range, request.limit)
  const changed = due.flatMap((stored) => {
    const before = givenRow(stored)
    const row = change(before)
    return row === before ? [] : [storedRow(row, stored.seq)]
  })
  await Promise.all(changed.map((row) => writing.put(row)))
  const last = due.at(-1)
  const more = due.length === request.limit && last?.nextDueAt !== undefined
  return { changed: changed.length, next: more ? { dueAt: last.nextDueAt, seq: last.seq } : undefined }
}

/** Symbols with waiting rows: one look for each, however many rows wait. */
export async function readWaitingSymbols(reading: Reading): Promise<string[]> {
  const symbols: string[] = []
  let spot = await reading.index('waiting').openKeyCursor(null, 'next')
  while (spot !== null) {
    const [symbol] = spot.key as [string]
    symbols.push(symbol)
    spot = await reading.index('waiting').openKeyCursor(behind(symbol), 'next')
  }
  return symbols
}
