/** The one table of the log's database, its indexes, and the ranges in which rows are found. */
import { type PredictionRow, nextDue } from '../row.ts'
import type { IndexName, ReadPlan } from '../filter.ts'
import type { DueRequest, PageRequest, RowPosition } from '../store.ts'

/** Version of the table. A higher one only ever adds tables and indexes, so that an older tab still reads. */
export const databaseVersion = 1

/** A row as it is stored. */
export type StoredRow = PredictionRow & {
  /** Numbers rows in the order of writing, without gaps. */
  readonly seq: number
  /** When the earliest outcome is due; absent where none is waited for, so that the index holds waiting rows only. */
  readonly nextDueAt?: number
}

/** Keys and rows, in the words of idb. */
export type Schema = {
  predictions: {
    key: number
    value: StoredRow
    indexes: {
      key: [modelId: string, symbol: string, barTime: number, assignment: string]
      time: [barTime: number, seq: number]
      symbol: [symbol: string, barTime: number, seq: number]
      model: [modelId: string, barTime: number, seq: number]
      side: [side: string, barTime: number, seq: number]
      status: [status: string, barTime: number, seq: number]
      waiting: [symbol: string, nextDueAt: number, seq: number]
    }
  }
}

const indexes: Readonly<Record<IndexName | 'key' | 'waiting', readonly [keyPath: string[], unique?: boolean]>> = {
  key: [['modelId', 'symbol', 'barTime', 'assignment'], true],
  time: [['barTime', 'seq']],
  symbol: [['symbol', 'barTime', 'seq']],
  model: [['modelId', 'barTime', 'seq']],
  side: [['side', 'barTime', 'seq']],
  status: [['status', 'barTime', 'seq']],
  waiting: [['symbol', 'nextDueAt', 'seq']],
}

/** Creates what is not there yet, inside an upgrade. */
export function createTable(database: IDBDatabase): void {
  if (database.objectStoreNames.contains('predictions')) return
  const table = database.createObjectStore('predictions', { keyPath: 'seq' })
  for (const [name, [keyPath, unique = false]] of Object.entries(indexes)) table.createIndex(name, keyPath, { unique })
}

/** The stored form of a row. */
export function storedRow(row: PredictionRow, seq: number): StoredRow {
  const nextDueAt = nextDue(row)
  return { ...row, seq, ...(nextDueAt !== undefined && { nextDueAt }) }
}

/** The row as it was given. */
export function givenRow(stored: StoredRow): PredictionRow {
  const { seq: _seq, nextDueAt: _nextDueAt, ...row } = stored
  return row
}

export const keyOf = (row: PredictionRow): Schema['predictions']['indexes']['key'] => [
  row.modelId,
  row.symbol,
  row.barTime,
  row.assignment,
]

/** Greater than every number and text, as keys are compared. */
const top: readonly IDBValidKey[] = []

/** Keys within a range, after `behind` where it is given; `undefined` where there can be none. */
function between(low: IDBValidKey, high: IDBValidKey, lowOpen: boolean, highOpen: boolean): IDBKeyRange | undefined {
  const order = indexedDB.cmp(low, high)
  if (order > 0 || (order === 0 && (lowOpen || highOpen))) return undefined
  return IDBKeyRange.bound(low, high, lowOpen, highOpen)
}

/** The part of the plan's index that a page is read from. */
export function pageRange({ prefix }: ReadPlan, { filter, order, after }: PageRequest): IDBKeyRange | undefined {
  const place = ({ barTime, seq }: RowPosition): IDBValidKey => [...prefix, barTime, seq]
  const low: IDBValidKey = [...prefix, ...(filter.from === undefined ? [] : [filter.from])]
  const high: IDBValidKey = [...prefix, filter.to ?? [...top]]
  if (after === undefined) return between(low, high, false, true)
  return order === 'asc' ? between(place(after), high, true, true) : between(low, place(after), false, true)
}

/** The waiting rows of a request. */
export function dueRange({ symbol, dueBy, after }: DueRequest): IDBKeyRange | undefined {
  const low = after === undefined ? [symbol] : [symbol, after.dueAt, after.seq]
  return between(low, [symbol, dueBy, [...top]], true, true)
}

/** Behind every key that begins with this text. */
export const behind = (symbol: string): IDBKeyRange => IDBKeyRange.lowerBound([symbol, [...top]])
