/** A scheduler as React wants it: one value that is replaced only where something changed. */
import type {
  BarHistory,
  BarRecord,
  ScheduledEngine,
  SchedulerOptions,
  SchedulerStatus,
  Signal,
  SymbolReport,
} from '../index.ts'
import { SignalScheduler } from '../engine/scheduler/index.ts'
import { wakeWithPage } from '../wake-with-page.ts'
import { asError } from '../core/errors.ts'
import { sameData } from './same-data.ts'

/** What can be seen of a scheduler. */
export interface SignalsView {
  /**
   * The newest signal of each symbol, the earlier engine's where several have one for the same bar. Signals stay after they
   * expire: look at `expiresAt`. The map is the same as long as nothing in it changed.
   */
  readonly signals: ReadonlyMap<string, Signal>
  /** The last signal that came, of any symbol and engine. */
  readonly last: Signal | undefined
  readonly status: SchedulerStatus
  /** What became of the last bars, oldest first. */
  readonly records: readonly BarRecord[]
  /** Why there is no scheduler, where it was refused. */
  readonly error: Error | undefined
}

/** What a board runs. */
export interface BoardOptions extends SchedulerOptions {
  readonly engines: Readonly<Record<string, ScheduledEngine>>
}

const counts = { ok: 0, expired: 0, skipped: 0, missed: 0, error: 0, rounds: 0 }

/** Nothing runs. */
export const idleView: SignalsView = {
  signals: new Map(),
  last: undefined,
  status: { state: 'stopped', symbols: [], counts, lastRoundMs: undefined, provisionalProblem: undefined },
  records: [],
  error: undefined,
}

/** Runs a scheduler, and tells when there is something new to see. */
export class SignalBoard {
  readonly #listeners = new Set<() => void>()
  #view: SignalsView = idleView
  #scheduler: SignalScheduler | undefined
  #names: readonly string[] = []
  #records: readonly BarRecord[] = []
  #last: Signal | undefined
  #error: Error | undefined
  #keep = Infinity
  #isPaused = false
  #isStirred = false

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What there is to see: the same value until something changes. */
  readonly view = (): SignalsView => this.#view

  /** Lets bars pass until {@link resume}, whatever is opened meanwhile. */
  readonly pause = (): void => {
    this.#isPaused = true
    this.#scheduler?.pause()
    this.#stir()
  }

  readonly resume = (): void => {
    this.#isPaused = false
    this.#scheduler?.start()
    this.#stir()
  }

  /**
   * Starts a scheduler. What refuses to start is shown as `error`.
   *
   * @returns stops it and forgets what it said
   */
  open(options: BoardOptions): () => void {
    this.#names = Object.keys(options.engines)
    try {
      const scheduler = new SignalScheduler({
        ...options,
        onSignal: (signal, engine) => {
          this.#last = signal
          this.#stir()
          options.onSignal?.(signal, engine)
        },
        onRound: () => {
          this.#stir()
          options.onRound?.()
        },
        onRecord: (record) => {
          this.#records = last([...this.#records, record], this.#keep)
          this.#stir()
          options.onRecord?.(record)
        },
      })
      this.#scheduler = scheduler
      scheduler.start()
      if (this.#isPaused) scheduler.pause()
      const sleepOn = wakeWithPage(scheduler)
      this.#stir()
      return () => {
        sleepOn()
        void scheduler.stop()
        this.#forget()
      }
    } catch (error) {
      this.#error = asError(error)
      this.#stir()
      return () => this.#forget()
    }
  }

  /** Takes in and lets go symbols, without a new start. */
  follow(source: BarHistory, symbols: readonly string[] = source.symbols): void {
    const scheduler = this.#scheduler
    if (scheduler === undefined) return
    for (const { symbol } of scheduler.status.symbols) if (!symbols.includes(symbol)) scheduler.remove(symbol)
    for (const symbol of symbols) scheduler.add(symbol)
    this.#stir()
  }

  /** Keeps so many records. */
  keep(count: number): void {
    this.#keep = count
    this.#records = last(this.#records, count)
    this.#stir()
  }

  #forget(): void {
    this.#scheduler = undefined
    this.#records = []
    this.#last = undefined
    this.#error = undefined
    this.#stir()
  }

  /** What happens in one go, such as all symbols of a round, is shown at once. */
  #stir(): void {
    if (this.#isStirred) return
    this.#isStirred = true
    queueMicrotask(() => {
      this.#isStirred = false
      const view = this.#look()
      if (view === this.#view) return
      this.#view = view
      for (const listener of this.#listeners) listener()
    })
  }

  /** What there is to see now, with as much of the former view as still holds. */
  #look(): SignalsView {
    const before = this.#view
    const status = this.#scheduler?.status ?? idleView.status
    const signals = newestSignals(status.symbols, this.#names)
    const next: SignalsView = {
      signals: sameEntries(before.signals, signals) ? before.signals : signals,
      last: this.#last,
      status: sameData(before.status, status) ? before.status : status,
      records: before.records.length === 0 && this.#records.length === 0 ? before.records : this.#records,
      error: this.#error,
    }
    const isSame = (Object.keys(next) as (keyof SignalsView)[]).every((key) => next[key] === before[key])
    return isSame ? before : next
  }
}

/** The last so many of a list. */
function last<T>(list: readonly T[], count: number): readonly T[] {
  return list.length <= count ? list : list.slice(list.length - Math.max(count, 0))
}

/** The newest signal of each symbol that has one; of the same bar that of the engine named first. */
function newestSignals(symbols: readonly SymbolReport[], names: readonly string[]): ReadonlyMap<string, Signal> {
  const newest = new Map<string, Signal>()
  for (const { symbol, lastSignals } of symbols)
    for (const name of names) {
      const signal = lastSignals[name]
      if (signal !== undefined && signal.time > (newest.get(symbol)?.time ?? -Infinity)) newest.set(symbol, signal)
    }
  return newest
}

function sameEntries(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...b].every(([key, value]) => a.get(key) === value)
}
