/** The log on the page: filters, pages, accuracy, files. It reads again when told, one reading at a time. */
import { measureAccuracy, type LogQuery, type PredictionLog, type PredictionRow } from 'candlewick/monitor'
import { confirm } from '../confirm.ts'
import { byId, make } from '../dom.ts'
import { bytesText, countText } from '../format.ts'
import { save } from '../save.ts'
import { showAccuracy, showRows } from './log-table.ts'

/** Two rounds of six symbols. */
const pageRows = 12
/** Rows that accuracy is measured over: reading them all with each round would slow a long log down. */
const measuredRows = 2000
const measureEveryMs = 3000

const formats = ['jsonl', 'csv', 'parquet'] as const
type Format = (typeof formats)[number]

const sides = ['LONG', 'SHORT', 'NEUTRAL'] as const
const statuses = ['ok', 'expired', 'skipped', 'missed', 'error'] as const

const symbolFilter: HTMLSelectElement = byId('log-symbol', HTMLSelectElement)
const sideFilter: HTMLSelectElement = byId('log-side', HTMLSelectElement)
const statusFilter: HTMLSelectElement = byId('log-status', HTMLSelectElement)
const newer: HTMLButtonElement = byId('log-newer', HTMLButtonElement)
const older: HTMLButtonElement = byId('log-older', HTMLButtonElement)
const said: HTMLElement = byId('log-said', HTMLElement)

/** Joins the log to its card. */
export class LogView {
  readonly #log: PredictionLog
  readonly #failed: (error: unknown) => void
  #page = 0
  /** Rows of this bar and later ones are not shown while an older page is read, or it would move under the reader. */
  #pinned: number | undefined
  #newestShown: number | undefined
  #reading: Promise<void> | undefined
  #readAgain = false
  #measuredAt = -Infinity

  constructor(log: PredictionLog, failed: (error: unknown) => void) {
    this.#log = log
    this.#failed = failed
    for (const filter of [symbolFilter, sideFilter, statusFilter])
      filter.addEventListener('change', () => this.#turn(0))
    newer.addEventListener('click', () => this.#turn(this.#page - 1))
    older.addEventListener('click', () => this.#turn(this.#page + 1))
    byId('log-clear', HTMLButtonElement).addEventListener('click', () => void this.#clear().catch(failed))
    for (const format of formats)
      byId(`log-${format}`, HTMLButtonElement).addEventListener('click', () => void this.#export(format).catch(failed))
  }

  /** Offers symbols to filter by, beside those that are offered already. */
  offer(symbols: readonly string[]): void {
    const offered = new Set(Array.from(symbolFilter.options, ({ value }) => value))
    const added = symbols.filter((symbol) => !offered.has(symbol))
    symbolFilter.append(...added.map((symbol) => make('option', { value: symbol }, symbol)))
  }

  /** Reads what is to be seen. Calls while it reads make it read once more. */
  async refresh(measure = false): Promise<void> {
    if (measure) this.#measuredAt = -Infinity
    this.#readAgain = true
    this.#reading ??= this.#read()
      .catch(this.#failed)
      .finally(() => (this.#reading = undefined))
    await this.#reading
  }

  async #read(): Promise<void> {
    while (this.#readAgain) {
      this.#readAgain = false
      const [filter, page, to] = [this.#filter(), this.#page, this.#pinned]
      const [count, rows] = await Promise.all([
        this.#log.count({ ...filter, to }),
        this.#rows({ ...filter, to, order: 'desc' }, page * pageRows),
      ])
      if (this.#readAgain) continue
      this.#show(rows, count, page)
      await this.#measure(filter)
    }
  }

  #filter(): Pick<LogQuery, 'symbol' | 'side' | 'status'> {
    const symbol = symbolFilter.value === '' ? undefined : symbolFilter.value
    const side = sides.find((one) => one === sideFilter.value)
    const status = statuses.find((one) => one === statusFilter.value)
    return { symbol, side, status }
  }

  async #rows(query: LogQuery, skip: number): Promise<PredictionRow[]> {
    const rows: PredictionRow[] = []
    let seen = 0
    for await (const row of this.#log.query({ ...query, limit: skip + pageRows })) if (seen++ >= skip) rows.push(row)
    return rows
  }

  #show(rows: readonly PredictionRow[], count: number, page: number): void {
    const pages = Math.max(Math.ceil(count / pageRows), 1)
    this.#newestShown = page === 0 ? rows[0]?.barTime : this.#newestShown
    showRows(byId('log-rows', HTMLElement), rows)
    byId('log-count', HTMLElement).textContent = `${countText(count)} ${count === 1 ? 'row' : 'rows'}`
    byId('log-page', HTMLElement).textContent = `Page ${countText(page + 1)} of ${countText(pages)}`
    this.#enable(newer, page > 0, older)
    this.#enable(older, page + 1 < pages, newer)
  }

  /** A button that is disabled under the finger would lose the focus. */
  #enable(button: HTMLButtonElement, enabled: boolean, other: HTMLButtonElement): void {
    const focused = document.activeElement === button
    button.disabled = !enabled
    if (focused && !enabled) {
      other.disabled = false
      other.focus()
    }
  }

  async #measure(filter: LogQuery): Promise<void> {
    if (performance.now() - this.#measuredAt < measureEveryMs) return
    const rows = this.#log.query({ ...filter, order: 'desc', limit: measuredRows })
    showAccuracy(byId('log-accuracy', HTMLElement), await measureAccuracy(rows), measuredRows)
    this.#measuredAt = performance.now()
  }

  #turn(page: number): void {
    if (this.#page === 0 && page > 0 && this.#newestShown !== undefined) this.#pinned = this.#newestShown + 1
    if (page === 0) this.#pinned = undefined
    this.#page = page
    void this.refresh(page === 0)
  }

  async #export(format: Format): Promise<void> {
    const stream = this.#log.export({ format, ...this.#filter() })
    const blob = await new Response(stream).blob()
    save(blob, 'candlewick-predictions', format)
    said.textContent = `A ${format} file of ${bytesText(blob.size)} was made.`
  }

  async #clear(): Promise<void> {
    const count = await this.#log.count()
    const sure = await confirm({
      title: 'Clear the log?',
      body: [
        make(
          'p',
          {},
          `All ${countText(count)} rows on this device go, whatever the filters show. Export them first to keep them.`,
        ),
      ],
      yes: 'Clear the log',
    })
    if (!sure) return
    await this.#log.clear()
    said.textContent = 'The log is empty.'
    this.#page = 0
    this.#pinned = undefined
    await this.refresh(true)
  }
}
