/** The port behind which the log keeps its rows. */
import type { Side } from '../signals/index.ts'
import type { PredictionRow, PredictionStatus } from './row.ts'

/** Which rows are meant. What is left out does not matter. */
export interface RowFilter {
  readonly modelId?: string | undefined
  readonly symbol?: string | undefined
  /** First bar-open time, ms since the epoch, included. */
  readonly from?: number | undefined
  /** Bar-open time before which the rows end, ms since the epoch. */
  readonly to?: number | undefined
  readonly side?: Side | undefined
  readonly status?: PredictionStatus | undefined
}

/** By bar-open time; rows of the same bar in the order in which they were written. */
export type RowOrder = 'asc' | 'desc'

/** Where in the order a reader stands. */
export interface RowPosition {
  readonly barTime: number
  /** Numbers rows in the order in which they were written. */
  readonly seq: number
}

/** What a reader asks for next. */
export interface PageRequest {
  readonly filter: RowFilter
  readonly order: RowOrder
  /** Behind it; from the start where there is none. */
  readonly after?: RowPosition | undefined
  /** Leaves out rows that were written behind this number, so that a reader sees one state of the log. */
  readonly lastSeq?: number | undefined
  /** Rows looked at, of which all may be given. */
  readonly limit: number
}

/** Rows that match, and where to go on; no place to go on where there are no more. */
export interface Page {
  readonly rows: PredictionRow[]
  readonly next: RowPosition | undefined
}

/** How much is kept. */
export interface Retention {
  /** Rows in all. */
  readonly maxRows: number
  /** Rows predicted before this time go, ms since the epoch. */
  readonly keepFrom: number
  /** Rows that one call removes at most, so that no call takes long. */
  readonly step: number
}

/** What became of rows. */
export interface Appended {
  readonly stored: number
  /** Ids of rows whose key was taken; the row that was first stays. */
  readonly duplicates: readonly string[]
  /** Old rows that went. */
  readonly pruned: number
}

/** Which rows wait for their outcome: those of a symbol with a horizon due at this time or before. */
export interface DueRequest {
  readonly symbol: string
  readonly dueBy: number
  /** Behind it; from the start where there is none. */
  readonly after?: DuePosition | undefined
  readonly limit: number
}

/** Where among the waiting rows of a symbol a caller stands. */
export interface DuePosition {
  readonly dueAt: number
  readonly seq: number
}

/** What a step through waiting rows has done. */
export interface DueStep {
  readonly changed: number
  /** Where to go on; `undefined` where no more are due. */
  readonly next: DuePosition | undefined
}

/**
 * Keeps the rows. A call that writes happens whole or not at all, also where several tabs write at the same time; rows given
 * out are the caller's own. Rows leave from the oldest on only, so the numbers of those that stay have no gaps.
 *
 * All calls throw `store/unavailable`; the writing ones also `store/quota-exceeded`.
 */
export interface LogStore {
  readonly kind: 'indexeddb' | 'memory'
  /** Adds rows whose key is free, and removes old ones. The newest row always stays. */
  append(rows: readonly PredictionRow[], retention: Retention): Promise<Appended>
  page(request: PageRequest): Promise<Page>
  /** The number of the newest row; 0 where there is none. */
  lastSeq(): Promise<number>
  count(filter: RowFilter): Promise<number>
  /** Lets waiting rows be changed. `change` is synchronous, and gives back the very same row for no change. */
  settle(request: DueRequest, change: (row: PredictionRow) => PredictionRow): Promise<DueStep>
  /** Symbols with waiting rows. */
  waitingSymbols(): Promise<string[]>
  /** Removes everything. */
  clear(): Promise<void>
  /** Ends the connection; later calls throw `store/unavailable`. */
  close(): Promise<void>
}
