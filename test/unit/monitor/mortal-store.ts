/** A store that dies with its page: what was begun in it afterwards never happens. */
import type {
  Appended,
  DueRequest,
  DueStep,
  LogStore,
  Page,
  PageRequest,
  PredictionRow,
  Retention,
  RowFilter,
} from '../../../src/monitor/index.ts'

export class MortalStore implements LogStore {
  readonly #store: LogStore
  #dead = false

  constructor(store: LogStore) {
    this.#store = store
  }

  get kind(): LogStore['kind'] {
    return this.#store.kind
  }

  /** Ends it without a word. */
  die(): void {
    this.#dead = true
  }

  append(rows: readonly PredictionRow[], retention: Retention): Promise<Appended> {
    return this.#alive(() => this.#store.append(rows, retention))
  }

  page(request: PageRequest): Promise<Page> {
    return this.#alive(() => this.#store.page(request))
  }

  lastSeq(): Promise<number> {
    return this.#alive(() => this.#store.lastSeq())
  }

  count(filter: RowFilter): Promise<number> {
    return this.#alive(() => this.#store.count(filter))
  }

  settle(request: DueRequest, change: (row: PredictionRow) => PredictionRow): Promise<DueStep> {
    return this.#alive(() => this.#store.settle(request, change))
  }

  waitingSymbols(): Promise<string[]> {
    return this.#alive(() => this.#store.waitingSymbols())
  }

  clear(): Promise<void> {
    return this.#alive(() => this.#store.clear())
  }

  async close(): Promise<void> {
    if (!this.#dead) await this.#store.close()
  }

  #alive<T>(call: () => Promise<T>): Promise<T> {
    return this.#dead ? new Promise(() => undefined) : call()
  }
}
