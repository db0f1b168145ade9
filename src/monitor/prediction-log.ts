/** The log: rows go in at once and without waiting, and come out by queries. */
import type { Candle } from '../core/candle.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { Timeframe } from '../core/timeframe.ts'
import { type AppendAnswer, BatchWriter } from './batch-writer.ts'
import { type ExportOptions, exportRows } from './export/export-rows.ts'
import { OutcomeFiller, type OutcomeReport } from './outcomes.ts'
import { watchPageHiding, type WatchHiding } from './page-hiding.ts'
import type { LogProblem } from './problem.ts'
import { type LogQuery, readRows } from './query.ts'
import type { PredictionRow } from './row.ts'
import type { LogStore, Retention, RowFilter } from './store.ts'

/** How a log gathers, keeps and reports. */
export interface PredictionLogOptions {
  /** Hears of everything that goes wrong while nobody waits for an answer. */
  readonly onProblem: (problem: LogProblem) => void
  /** Rows that make a batch due, and rows in one transaction. Default 50. */
  readonly batchRows?: number | undefined
  /** How long a row waits for its batch, ms. Default 5000. */
  readonly flushAfterMs?: number | undefined
  /** Rows kept in memory while the store fails. Default 5000. */
  readonly bufferRows?: number | undefined
  /** Rows kept in the store; the oldest go. Default 50,000. */
  readonly maxRows?: number | undefined
  /** How long rows are kept, ms after their prediction. Default 30 days. */
  readonly maxAgeMs?: number | undefined
  /** How long after its time a horizon waits for its bar, ms. Default one day. */
  readonly outcomeGraceMs?: number | undefined
  /** Default: the device's. */
  readonly clock?: Clock | undefined
  /** When to write because the page may end. Default: when it is hidden or left. */
  readonly watchHiding?: WatchHiding | undefined
}

/** How a log is doing. */
export interface LogStatus {
  /** Whether rows outlive the page. */
  readonly persistent: boolean
  /** Rows that wait for their batch. */
  readonly waiting: number
  /** Rows stored by this log since it was opened. */
  readonly stored: number
  /** Rows that were refused because their prediction was logged before. */
  readonly duplicates: number
  /** Rows that could not be kept. */
  readonly lost: number
  /** The store's last failure, if nothing was stored since. */
  readonly lastError: unknown
}

const dayMs = 86_400_000
/** Old rows that go with one batch at most, besides as many as the batch brings. */
const pruneRows = 500

const positive = (name: string, value: number): number => {
  if (!(Number.isSafeInteger(value) && value > 0))
    throw new TypeError(`The option ${name} is ${value}. It must be a whole number above 0.`)
  return value
}

/** A log of predictions over a store. Several logs, also in several tabs, may share one database. */
export class PredictionLog implements AsyncDisposable {
  readonly #store: LogStore
  readonly #writer: BatchWriter
  readonly #outcomes: OutcomeFiller
  readonly #clock: Clock
  readonly #unwatch: () => void
  #closed = false

  /**
   * @param store the log closes it
   * @throws TypeError for limits that are not whole numbers above 0
   */
  constructor(store: LogStore, options: PredictionLogOptions) {
    const { clock = systemClock, watchHiding = watchPageHiding } = options
    const batchRows = positive('batchRows', options.batchRows ?? 50)
    const flushAfterMs = positive('flushAfterMs', options.flushAfterMs ?? 5000)
    const bufferRows = positive('bufferRows', options.bufferRows ?? 5000)
    const maxRows = positive('maxRows', options.maxRows ?? 50_000)
    const maxAgeMs = positive('maxAgeMs', options.maxAgeMs ?? 30 * dayMs)
    const retention = (): Retention => ({ maxRows, keepFrom: clock.now() - maxAgeMs, step: pruneRows + batchRows })
    this.#store = store
    this.#clock = clock
    // Later, so that what a listener throws disturbs no write and is seen as what it is.
    const report = (problem: LogProblem): void => queueMicrotask(() => options.onProblem(problem))
    this.#writer = new BatchWriter(store, { batchRows, flushAfterMs, bufferRows }, clock, retention, report)
    this.#outcomes = new OutcomeFiller(store, positive('outcomeGraceMs', options.outcomeGraceMs ?? dayMs))
    this.#unwatch = watchHiding(() => this.#writer.flushSoon())
  }

  /** How the log is doing. */
  get status(): LogStatus {
    return { persistent: this.#store.kind !== 'memory', waiting: this.#writer.waiting, ...this.#writer.counts }
  }

  /**
   * Takes a copy of a row, to be written with its batch. A prediction that waits here already is refused with `duplicate`,
   * and everything is refused with `full` while the store fails and the memory for waiting rows is full. Both are reported.
   *
   * @throws TypeError where a field that rows are found by is not what it must be, or the log was closed
   */
  append(row: PredictionRow): AppendAnswer {
    if (this.#closed) throw new TypeError(`The log was closed before the row "${row.id}" came.`)
    return this.#writer.append(row)
  }

  /**
   * Writes everything that was appended so far.
   *
   * @throws `store/unavailable`, `store/quota-exceeded`; the rows stay and are tried again
   */
  flush(): Promise<void> {
    return this.#writer.flush()
  }

  /**
   * Rows by bar-open time. Rows appended before the first one is asked for are among them, later ones are not. Nothing is
   * held while the reader takes its time.
   *
   * @example
   * ```ts
   * for await (const row of log.query({ symbol: 'BTCUSDT', status: 'ok', order: 'desc', limit: 100 }))
   *   console.log(new Date(row.barTime), row.side, row.horizons.map((horizon) => horizon.actualReturn))
   * ```
   *
   * @throws `store/unavailable`; the signal's reason when it aborts
   */
  async *query(query: LogQuery = {}): AsyncGenerator<PredictionRow, void, undefined> {
    await this.#settled()
    yield* readRows(this.#store, query, await this.#store.lastSeq())
  }

  /**
   * Number of rows that are meant.
   *
   * @throws `store/unavailable`
   */
  async count(filter: RowFilter = {}): Promise<number> {
    await this.#settled()
    return this.#store.count(filter)
  }

  /**
   * Fills in what came of the predictions of a symbol whose bars are among these closed candles. Call it with each closed
   * candle, or with a history; doing it again changes nothing.
   *
   * @example
   * ```ts
   * await log.fillOutcomes('BTCUSDT', [candle], { timeframe: '15m' })
   * ```
   *
   * @throws `candle/invalid`, `store/unavailable`, `store/quota-exceeded`
   */
  async fillOutcomes(
    symbol: string,
    candles: Iterable<Candle>,
    { timeframe }: { readonly timeframe: Timeframe },
  ): Promise<OutcomeReport> {
    await this.#settled()
    return this.#outcomes.fill(symbol, candles, timeframe)
  }

  /**
   * Gives up outcomes, of all symbols, that have been due for longer than the grace by the device's clock. `fillOutcomes`
   * does so for symbols that get candles, by the candles' own time.
   */
  async expireOutcomes(): Promise<OutcomeReport> {
    await this.#settled()
    return this.#outcomes.expire(this.#clock.now())
  }

  /**
   * The rows of a query as a file.
   *
   * @example
   * ```ts
   * const blob = await new Response(log.export({ format: 'parquet', symbol: 'BTCUSDT' })).blob()
   * ```
   */
  export(options: ExportOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
    return exportRows(async () => {
      await this.#settled()
      const lastSeq = await this.#store.lastSeq()
      return (query) => readRows(this.#store, query, lastSeq)
    }, options)
  }

  /** Removes all rows, also those that wait. */
  clear(): Promise<void> {
    return this.#writer.clear()
  }

  /**
   * Writes what waits and closes the store. Closing twice is allowed.
   *
   * @throws `store/unavailable`, `store/quota-exceeded` where the last rows could not be written; the log is closed then too
   */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#unwatch()
    try {
      await this.#writer.close()
    } finally {
      await this.#store.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Readers see what was appended before. Where it cannot be written, that was reported, and the rest can still be read. */
  async #settled(): Promise<void> {
    if (this.#writer.waiting > 0) await this.#writer.flush().catch(() => undefined)
  }
}
