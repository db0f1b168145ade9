/** Reads the log page by page, so that neither a long log nor a slow reader holds anything up. */
import { throwIfAborted } from '../core/abort.ts'
import type { PredictionRow } from './row.ts'
import type { LogStore, PageRequest, RowFilter, RowOrder } from './store.ts'

/** Which rows are wanted, in which order, and how many. */
export interface LogQuery extends RowFilter {
  /** By bar-open time. Default `asc`, oldest first. */
  readonly order?: RowOrder | undefined
  /** Rows at most. Default: all. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rows read at once. */
const pageRows = 256

/** Rows of a query, of those that were written up to a number. Each page is a transaction of its own. */
export async function* readRows(
  store: LogStore,
  query: LogQuery,
  lastSeq: number,
): AsyncGenerator<PredictionRow, void, undefined> {
  const { order = 'asc', limit = Infinity, signal, ...filter } = query
  let left = limit
  let after: PageRequest['after']
  while (left > 0) {
    throwIfAborted(signal)
    const { rows, next } = await store.page({ filter, order, after, lastSeq, limit: Math.min(pageRows, left) })
    for (const row of rows) {
      throwIfAborted(signal)
      yield row
    }
    left -= rows.length
    if (next === undefined) return
    after = next
  }
}
