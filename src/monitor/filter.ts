/** Which rows a filter means, and by which index a store finds them. */
import type { PredictionRow } from './row.ts'
import type { RowFilter } from './store.ts'

/** An index over bar times: all rows, or those with one value of a field. */
export type IndexName = 'time' | 'symbol' | 'side' | 'status' | 'model'

/** How a store reads the rows of a filter. */
export interface ReadPlan {
  readonly index: IndexName
  /** The value of the index's field; none for `time`. */
  readonly prefix: readonly string[]
  /** Whether every row of the index within the times belongs to the filter. */
  readonly exact: boolean
}

/** Whether a row is meant. */
export function matches(row: PredictionRow, filter: RowFilter): boolean {
  const { modelId, symbol, from = -Infinity, to = Infinity, side, status } = filter
  return (
    row.barTime >= from &&
    row.barTime < to &&
    (modelId === undefined || row.modelId === modelId) &&
    (symbol === undefined || row.symbol === symbol) &&
    (side === undefined || row.side === side) &&
    (status === undefined || row.status === status)
  )
}

/** Chooses the index that is likely to hold the fewest rows that do not match: rare values go before common ones. */
export function planRead({ modelId, symbol, side, status }: RowFilter): ReadPlan {
  const candidates: readonly (readonly [IndexName, string | undefined])[] = [
    ['symbol', symbol],
    ['status', status === 'ok' ? undefined : status],
    ['side', side === 'NEUTRAL' ? undefined : side],
    ['model', modelId],
    ['side', side],
    ['status', status],
  ]
  const exact = [modelId, symbol, side, status].filter((value) => value !== undefined).length <= 1
  for (const [index, value] of candidates) if (value !== undefined) return { index, prefix: [value], exact }
  return { index: 'time', prefix: [], exact }
}
