/** What becomes of bars, on its way into the log: one row for each bar, however often it was tried. */
import type { BarRecord, EngineInfo } from 'candlewick'
import { type PredictionLog, type PredictionRow, rowOf, rowOfUnanswered } from 'candlewick/monitor'

/** Models that may have written about one bar. */
const writers = 4

/** The row of the log for what became of a bar. */
function rowOfRecord(record: BarRecord, { backend, epoch, model, timeframe }: EngineInfo): PredictionRow {
  const { answer, model: modelId, symbol, time: barTime, status, reason = 'no reason given' } = record
  const context = { horizons: model.horizons, backend, epoch }
  if (answer !== undefined) return rowOf(answer, context, Date.now())
  const unanswered = status === 'ok' || status === 'expired' ? 'error' : status
  return rowOfUnanswered({ modelId, symbol, timeframe, barTime, status: unanswered, reason }, context, Date.now())
}

/** Writes for one run of the desk. */
export class Journal {
  readonly #log: PredictionLog
  /** Rows of earlier runs that this one could write again. */
  readonly #known: ReadonlySet<string>
  /** Failures that may still turn into answers, by symbol. */
  readonly #failed = new Map<string, PredictionRow>()
  /** Bar-open time of the newest bar in the log, in ms; `undefined` where there is none. */
  readonly newestBar: number | undefined

  private constructor(log: PredictionLog, newest: readonly PredictionRow[]) {
    this.#log = log
    this.#known = new Set(newest.map(({ id }) => id))
    this.newestBar = newest.length === 0 ? undefined : Math.max(...newest.map(({ barTime }) => barTime))
  }

  /** Finds out what the log knows of these symbols. */
  static async open(log: PredictionLog, symbols: readonly string[]): Promise<Journal> {
    const newest: PredictionRow[] = []
    for (const symbol of symbols)
      for await (const row of log.query({ symbol, order: 'desc', limit: writers })) newest.push(row)
    return new Journal(log, newest)
  }

  /** Takes what became of a bar. A failure waits until its bar is over: a second attempt may bring the answer. */
  take(record: BarRecord, info: EngineInfo): void {
    const row = rowOfRecord(record, info)
    const failed = this.#failed.get(row.symbol)
    this.#failed.delete(row.symbol)
    const again = failed?.barTime === row.barTime
    if (failed !== undefined && !again) this.#append(failed)
    if (row.status === 'error') this.#failed.set(row.symbol, row)
    // A bar that failed until it was over was not merely missed.
    else this.#append(again && row.status === 'missed' ? failed : row)
  }

  /** Writes everything. */
  async close(): Promise<void> {
    for (const failed of this.#failed.values()) this.#append(failed)
    this.#failed.clear()
    await this.#log.flush()
  }

  #append(row: PredictionRow): void {
    if (!this.#known.has(row.id)) this.#log.append(row)
  }
}
