/** A log that lasts as long as the page: for places without IndexedDB. */
import { CandlewickError } from '../../core/errors.ts'
import { matches } from '../filter.ts'
import { nextDue, type PredictionRow, rowId } from '../row.ts'
import type {
  Appended,
  DueRequest,
  DueStep,
  LogStore,
  Page,
  PageRequest,
  Retention,
  RowFilter,
  RowPosition,
} from '../store.ts'

interface Entry {
  readonly seq: number
  row: PredictionRow
}

const positionOf = ({ seq, row }: Entry): RowPosition => ({ barTime: row.barTime, seq })
const compare = (a: RowPosition, b: RowPosition): number => a.barTime - b.barTime || a.seq - b.seq

/** Keeps the log in memory. Each call does its work at once, so no two of them mix. */
export class MemoryLogStore implements LogStore {
  readonly kind = 'memory'
  /** In the order of writing. */
  #entries: Entry[] = []
  /** The same, by bar time. */
  #byTime: Entry[] = []
  readonly #ids = new Set<string>()
  readonly #waiting = new Map<string, Set<Entry>>()
  #lastSeq = 0
  #closed = false

  async append(rows: readonly PredictionRow[], retention: Retention): Promise<Appended> {
    this.#checkOpen()
    const copies = structuredClone(rows)
    const duplicates: string[] = []
    for (const row of copies) {
      const id = rowId(row)
      if (this.#ids.has(id)) duplicates.push(id)
      else this.#add({ seq: ++this.#lastSeq, row })
    }
    return { stored: rows.length - duplicates.length, duplicates, pruned: this.#prune(retention) }
  }

  async page({ filter, order, after, lastSeq = Infinity, limit }: PageRequest): Promise<Page> {
    this.#checkOpen()
    const forward = order === 'asc'
    const seen: Entry[] = []
    let more = false
    const step = forward ? 1 : -1
    for (let i = this.#startOf(forward, filter, after); i >= 0 && i < this.#byTime.length; i += step) {
      const entry = this.#byTime[i]!
      if (forward ? entry.row.barTime >= (filter.to ?? Infinity) : entry.row.barTime < (filter.from ?? -Infinity)) break
      more = seen.length === limit
      if (more) break
      seen.push(entry)
    }
    const rows = seen.filter(({ row, seq }) => seq <= lastSeq && matches(row, filter)).map(({ row }) => row)
    const last = seen.at(-1)
    return { rows: structuredClone(rows), next: more && last !== undefined ? positionOf(last) : undefined }
  }

  async lastSeq(): Promise<number> {
    this.#checkOpen()
    return this.#entries.at(-1)?.seq ?? 0
  }

  async count(filter: RowFilter): Promise<number> {
    this.#checkOpen()
    return this.#entries.filter(({ row }) => matches(row, filter)).length
  }

  async settle(request: DueRequest, change: (row: PredictionRow) => PredictionRow): Promise<DueStep> {
    this.#checkOpen()
    const { symbol, dueBy, after, limit } = request
    const due = [...(this.#waiting.get(symbol) ?? [])]
      .map((entry) => ({ entry, dueAt: nextDue(entry.row) ?? Infinity, seq: entry.seq }))
      .filter(({ dueAt }) => dueAt <= dueBy)
      .filter(({ dueAt, seq }) => after === undefined || (dueAt - after.dueAt || seq - after.seq) > 0)
      .sort((a, b) => a.dueAt - b.dueAt || a.seq - b.seq)
    const page = due.slice(0, limit)
    const changes = page.map(({ entry }) => ({ entry, before: structuredClone(entry.row) }))
    const results = changes.map(({ entry, before }) => ({ entry, before, row: change(before) }))
    const changed = results.filter(({ before, row }) => row !== before)
    for (const { entry, row } of changed) {
      entry.row = structuredClone(row)
      this.#watch(entry)
    }
    const last = page.at(-1)
    const next = due.length > limit && last !== undefined ? { dueAt: last.dueAt, seq: last.seq } : undefined
    return { changed: changed.length, next }
  }

  async waitingSymbols(): Promise<string[]> {
    this.#checkOpen()
    return [...this.#waiting.keys()].sort()
  }

  async clear(): Promise<void> {
    this.#checkOpen()
    this.#forgetAll()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#forgetAll()
  }

  #checkOpen(): void {
    if (this.#closed) throw new CandlewickError('store/unavailable', { store: 'memory', reason: 'it was closed' })
  }

  #add(entry: Entry): void {
    this.#ids.add(rowId(entry.row))
    this.#entries.push(entry)
    this.#byTime.splice(this.#placeOf(positionOf(entry)), 0, entry)
    this.#watch(entry)
  }

  /** Rows before this place come before the position. */
  #placeOf(position: RowPosition): number {
    let [low, high] = [0, this.#byTime.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(positionOf(this.#byTime[middle]!), position) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #startOf(forward: boolean, { from, to }: RowFilter, after: RowPosition | undefined): number {
    if (forward) {
      const start = from === undefined ? 0 : this.#placeOf({ barTime: from, seq: 0 })
      return after === undefined ? start : Math.max(start, this.#placeOf({ ...after, seq: after.seq + 1 }))
    }
    const end = to === undefined ? this.#byTime.length : this.#placeOf({ barTime: to, seq: 0 })
    return (after === undefined ? end : Math.min(end, this.#placeOf(after))) - 1
  }

  /** Keeps the list of waiting rows true. */
  #watch(entry: Entry): void {
    const { symbol } = entry.row
    const waiting = this.#waiting.get(symbol) ?? new Set()
    if (nextDue(entry.row) === undefined) waiting.delete(entry)
    else waiting.add(entry)
    if (waiting.size === 0) this.#waiting.delete(symbol)
    else this.#waiting.set(symbol, waiting)
  }

  #prune({ maxRows, keepFrom, step }: Retention): number {
    const removable = Math.min(step, Math.max(this.#entries.length - 1, 0))
    let count = Math.min(Math.max(this.#entries.length - maxRows, 0), removable)
    while (count < removable && this.#entries[count]!.row.predictedAt < keepFrom) count++
    if (count === 0) return 0
    const gone = new Set(this.#entries.splice(0, count))
    this.#byTime = this.#byTime.filter((entry) => !gone.has(entry))
    for (const entry of gone) {
      this.#ids.delete(rowId(entry.row))
      const waiting = this.#waiting.get(entry.row.symbol)
      waiting?.delete(entry)
      if (waiting?.size === 0) this.#waiting.delete(entry.row.symbol)
    }
    return count
  }

  #forgetAll(): void {
    this.#entries = []
    this.#byTime = []
    this.#ids.clear()
    this.#waiting.clear()
    this.#lastSeq = 0
  }
}
