/** Signals of bars that are still forming, between closes: they change nothing, and none is ever a decision. */
import type { Candle } from '../../core/candle.ts'
import type { Clock } from '../../core/clock.ts'
import { reasonOf } from '../../core/errors.ts'
import type { Signal } from '../../signals/index.ts'
import { backOffMs } from './due.ts'
import type { BarHistory, ScheduledEngine } from './port.ts'
import type { SymbolCourse } from './symbol-course.ts'

/** What provisional rounds work with. */
export interface ProvisionalParts {
  readonly engines: ReadonlyMap<string, ScheduledEngine>
  /** Forming bars, as a `CandleSource` gives them. */
  readonly candles: NonNullable<BarHistory['candles']>
  readonly courses: ReadonlyMap<string, SymbolCourse>
  readonly clock: Clock
  readonly barMs: number
  readonly everyMs: number
  readonly maxBackOffMs: number
  /** Whether signals are wanted at the moment. */
  readonly isWanted: () => boolean
  readonly emit: (signal: Signal, engine: string) => void
}

/** Keeps the newest forming bar of every symbol, and asks the engines about those that have changed. */
export class ProvisionalRounds {
  readonly #parts: ProvisionalParts
  /** The newest state of each forming bar that no engine has seen yet. */
  readonly #unseen = new Map<string, Candle>()
  #symbolsChanged = new AbortController()
  #feedProblem: string | undefined
  #engineProblem: string | undefined

  constructor(parts: ProvisionalParts) {
    this.#parts = parts
  }

  /** What went wrong last; `undefined` when all is well. */
  get problem(): string | undefined {
    return this.#feedProblem ?? this.#engineProblem
  }

  /** Follows the symbols that there are now. */
  follow(): void {
    this.#symbolsChanged.abort()
  }

  /** Settles when `leaving` aborts. */
  async run(leaving: AbortSignal): Promise<void> {
    await Promise.all([this.#listen(leaving), this.#ask(leaving)])
    this.#unseen.clear()
  }

  /** Takes forming bars from the source; a feed that ends or fails is opened anew, after a rest that gets longer. */
  async #listen(leaving: AbortSignal): Promise<void> {
    const { candles, courses, clock, everyMs, maxBackOffMs } = this.#parts
    for (let failures = 0; !leaving.aborted;) {
      this.#symbolsChanged = new AbortController()
      const changed = this.#symbolsChanged.signal
      const signal = AbortSignal.any([leaving, changed])
      try {
        for await (const { symbol, candle } of candles({ symbols: [...courses.keys()], forming: true, signal })) {
          failures = 0
          this.#feedProblem = undefined
          if (candle.closed === false) this.#unseen.set(symbol, candle)
          else this.#unseen.delete(symbol)
        }
        if (!signal.aborted) this.#feedProblem = 'the source gives no forming bars any more'
      } catch (error) {
        if (!signal.aborted) this.#feedProblem = reasonOf(error)
      }
      if (!signal.aborted) await quietly(clock.sleep(backOffMs((failures += 1), everyMs, maxBackOffMs), signal))
    }
  }

  async #ask(leaving: AbortSignal): Promise<void> {
    const { clock, everyMs, engines, isWanted } = this.#parts
    for (;;) {
      await quietly(clock.sleep(everyMs, leaving))
      if (leaving.aborted) return
      const due = isWanted() ? this.#due() : []
      if (due.length === 0) continue
      this.#engineProblem = undefined
      await Promise.all(Array.from(engines, ([name, engine]) => this.#decide(name, engine, due, leaving)))
    }
  }

  /** The forming bars that follow upon what the engines have; others would be refused by them. */
  #due(): { symbol: string; candle: Candle }[] {
    const due = [...this.#unseen].flatMap(([symbol, candle]) =>
      this.#isNext(symbol, candle) ? { symbol, candle } : [],
    )
    for (const { symbol } of due) this.#unseen.delete(symbol)
    return due
  }

  #isNext(symbol: string, candle: Candle): boolean {
    const { courses, clock, barMs } = this.#parts
    const course = courses.get(symbol)
    if (course?.lastBar === undefined || course.unprimed.size > 0) return false
    // Once it is over, only the closed bar counts, which its round will ask for.
    return candle.time === course.lastBar + barMs && clock.now() < candle.time + barMs
  }

  async #decide(
    name: string,
    engine: ScheduledEngine,
    due: readonly { symbol: string; candle: Candle }[],
    leaving: AbortSignal,
  ): Promise<void> {
    try {
      const outcomes = await engine.pushMany(due, { signal: leaving })
      for (const [at, { signal: answer, error }] of outcomes.entries()) {
        const { symbol, candle } = due[at]!
        // The bar may have closed meanwhile; its own signal counts then, and so does the next call.
        if (!this.#isNext(symbol, candle)) continue
        if (error !== undefined) this.#engineProblem = reasonOf(error)
        else if (answer !== undefined) this.#parts.emit(answer.signal, name)
      }
    } catch (error) {
      if (!leaving.aborted) this.#engineProblem = reasonOf(error)
    }
  }
}

/** Waits; an abort ends the wait like time does. */
const quietly = (sleep: Promise<void>): Promise<void> => sleep.catch(() => undefined)
