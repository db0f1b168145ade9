/** One symbol on its way through the bars: how far it is, how it fares, when it is due. */
import type { Signal } from '../../signals/index.ts'
import { backOffMs, dueTime } from './due.ts'
import type { SymbolReport } from './port.ts'

/** The times that rule a course, in ms. */
export interface CourseTimes {
  readonly barMs: number
  readonly settleMs: number
  readonly maxBackOffMs: number
}

/** The state of a symbol. */
export class SymbolCourse {
  readonly symbol: string
  /** Engines whose memory of this symbol cannot be trusted: they get its history before its next bar. */
  readonly unprimed: Set<string>
  readonly #times: CourseTimes
  readonly #lastSignals = new Map<string, Signal>()
  #lastBar: number | undefined
  #failures = 0
  #problem: string | undefined
  #dueAt: number

  constructor(symbol: string, engines: Iterable<string>, times: CourseTimes, now: number) {
    this.symbol = symbol
    this.unprimed = new Set(engines)
    this.#times = times
    this.#dueAt = now
  }

  get lastBar(): number | undefined {
    return this.#lastBar
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** Where it stands. */
  get report(): SymbolReport {
    return {
      symbol: this.symbol,
      lastBar: this.#lastBar,
      lastSignals: Object.fromEntries(this.#lastSignals),
      failures: this.#failures,
      dueAt: this.#dueAt,
      problem: this.#problem,
    }
  }

  /** Notes a signal; `false` where the engine has decided about this bar before. */
  decide(engine: string, signal: Signal): boolean {
    const last = this.#lastSignals.get(engine)
    if (last !== undefined && last.time >= signal.time && last.model === signal.model) return false
    this.#lastSignals.set(engine, signal)
    return true
  }

  /** The engines have every bar up to this one. */
  reached(bar: number): void {
    this.#lastBar = Math.max(bar, this.#lastBar ?? bar)
  }

  /** The engines have its bars already, up to this one: they are taken as they are. */
  resume(lastBar: number): void {
    this.unprimed.clear()
    this.#lastBar = lastBar
  }

  /** All went well: the next bar is due when it has closed. */
  succeed(bar: number): void {
    this.reached(bar)
    this.#failures = 0
    this.#problem = undefined
    const { barMs, settleMs } = this.#times
    this.#dueAt = dueTime(bar + barMs, barMs, settleMs)
  }

  /** Whether nothing newer than this bar can be had, and nothing is amiss: then it waits for the next one. */
  restsAt(due: number): boolean {
    if (this.#lastBar === undefined || this.#lastBar < due || this.unprimed.size > 0) return false
    this.succeed(this.#lastBar)
    return true
  }

  /** Something went wrong: it rests, longer each time. */
  fail(problem: string, now: number): void {
    this.#failures += 1
    this.#problem = problem
    this.#dueAt = now + backOffMs(this.#failures, this.#times.settleMs, this.#times.maxBackOffMs)
  }

  /** It rests no longer after a failure. */
  hurry(now: number): void {
    if (this.#failures > 0) this.#dueAt = Math.min(this.#dueAt, now)
  }
}
