/** What can go wrong with rows without anybody waiting for an answer. */

/** Told to the application as it happens. */
export type LogProblem =
  /** The store refused a batch. Its rows wait in memory, and it is tried again. */
  | { readonly kind: 'not-written'; readonly error: unknown; readonly waiting: number }
  /** Rows that no store will have: the memory for waiting ones is full, or the log was closed while the store failed. */
  | { readonly kind: 'lost'; readonly rows: number; readonly error: unknown }
  /** Rows whose prediction was logged before, here or in another tab. The first stays. */
  | { readonly kind: 'duplicate'; readonly ids: readonly string[] }
  /** There is no database, so the log ends with the page. */
  | { readonly kind: 'not-persistent'; readonly error: unknown }
