/** Gathers rows and writes them in batches: after so many rows, after so much time, and when the page goes out of sight. */
import type { Clock } from '../core/clock.ts'
import { Mutex } from '../core/mutex.ts'
import type { LogProblem } from './problem.ts'
import { checkRow, copyRow, type PredictionRow } from './row.ts'
import type { LogStore, Retention } from './store.ts'

/** How rows are gathered. */
export interface BatchLimits {
  /** Rows in one transaction, and how many make a batch due. */
  readonly batchRows: number
  /** How long a row waits for others, ms. */
  readonly flushAfterMs: number
  /** Rows that are kept in memory while the store fails. */
  readonly bufferRows: number
}

/** What became of a row that was offered. */
export type AppendAnswer = 'taken' | 'duplicate' | 'full'

/** Waiting longer and longer for a store that fails, but not longer than this. */
const longestWaitMs = 300_000

/** Writes rows in the order in which they come. Until a batch is stored, its rows stay here. */
export class BatchWriter {
  readonly #store: LogStore
  readonly #limits: BatchLimits
  readonly #clock: Clock
  readonly #retention: () => Retention
  readonly #report: (problem: LogProblem) => void
  /** By id, in the order of coming. */
  readonly #rows = new Map<string, PredictionRow>()
  readonly #turn = new Mutex()
  #queued: Promise<void> | undefined
  #timer: AbortController | undefined
  #failures = 0
  #lastError: unknown
  #lost = 0
  #stored = 0
  #duplicates = 0

  constructor(
    store: LogStore,
    limits: BatchLimits,
    clock: Clock,
    retention: () => Retention,
    report: (problem: LogProblem) => void,
  ) {
    this.#store = store
    this.#limits = limits
    this.#clock = clock
    this.#retention = retention
    this.#report = report
  }

  /** Rows that are not in the store yet. */
  get waiting(): number {
    return this.#rows.size
  }

  /** Counts since the start, and the last failure that was not followed by a success. */
  get counts(): { stored: number; lost: number; duplicates: number; lastError: unknown } {
    return { stored: this.#stored, lost: this.#lost, duplicates: this.#duplicates, lastError: this.#lastError }
  }

  /** Takes a copy of a row. */
  append(row: PredictionRow): AppendAnswer {
    checkRow(row)
    if (this.#rows.has(row.id)) {
      this.#refuse([row.id])
      return 'duplicate'
    }
    if (this.#rows.size >= this.#limits.bufferRows) {
      this.#lose(1)
      return 'full'
    }
    this.#rows.set(row.id, copyRow(row))
    // While the store fails, only the timer tries: each row would ask it again.
    const { batchRows, bufferRows } = this.#limits
    if (this.#failures === 0 && this.#rows.size >= Math.min(batchRows, bufferRows)) this.flushSoon()
    else this.#arm()
    return 'taken'
  }

  /** Writes without anybody waiting; a failure is reported. */
  flushSoon(): void {
    this.flush().catch(() => undefined)
  }

  /**
   * Writes all rows that are here now.
   *
   * @throws what the store throws; it is reported besides, and the rows stay
   */
  flush(): Promise<void> {
    // One that has not begun yet will write for all who ask until it does.
    return (this.#queued ??= this.#turn.run(async () => {
      this.#queued = undefined
      this.#disarm()
      try {
        for (let due = this.#rows.size; due > 0; due -= this.#limits.batchRows)
          await this.#writeBatch(Math.min(due, this.#limits.batchRows))
      } finally {
        this.#arm()
      }
    }))
  }

  /** Writes what it can. Rows that the store refuses are lost, and reported so. */
  async close(): Promise<void> {
    try {
      await this.flush()
    } finally {
      this.#disarm()
      const left = this.#rows.size
      this.#rows.clear()
      if (left > 0) this.#lose(left)
    }
  }

  /** Forgets the rows that wait, and empties the store. */
  clear(): Promise<void> {
    return this.#turn.run(async () => {
      this.#disarm()
      this.#rows.clear()
      await this.#store.clear()
    })
  }

  async #writeBatch(count: number): Promise<void> {
    const rows = [...this.#rows.values()].slice(0, count)
    try {
      const { stored, duplicates } = await this.#store.append(rows, this.#retention())
      for (const { id } of rows) this.#rows.delete(id)
      this.#stored += stored
      this.#failures = 0
      this.#lastError = undefined
      if (duplicates.length > 0) this.#refuse(duplicates)
    } catch (error) {
      this.#failures++
      this.#lastError = error
      this.#report({ kind: 'not-written', error, waiting: this.#rows.size })
      throw error
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#rows.size === 0) return
    const timer = new AbortController()
    this.#timer = timer
    const waitMs = Math.min(this.#limits.flushAfterMs * 2 ** this.#failures, longestWaitMs)
    const due = (): void => {
      if (this.#timer !== timer) return
      this.#timer = undefined
      this.flushSoon()
    }
    this.#clock.sleep(waitMs, timer.signal).then(due, () => undefined)
  }

  #disarm(): void {
    this.#timer?.abort()
    this.#timer = undefined
  }

  #refuse(ids: readonly string[]): void {
    this.#duplicates += ids.length
    this.#report({ kind: 'duplicate', ids })
  }

  #lose(rows: number): void {
    this.#lost += rows
    this.#report({ kind: 'lost', rows, error: this.#lastError })
  }
}
