/** Asks for signals at every candle close: all symbols that are due in one batch, as long as the page lives. */
import { type Clock, systemClock } from '../../core/clock.ts'
import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { timeframeMs } from '../../core/timeframe.ts'
import { newestDueBar } from './due.ts'
import type { BarRecord, BarStatus, ScheduledEngine, SchedulerOptions, SchedulerStatus } from './port.ts'
import { ProvisionalRounds } from './provisional.ts'
import { type RoundParts, runRound } from './round.ts'
import { type CourseTimes, SymbolCourse } from './symbol-course.ts'

/** Longest sleep: a clock that jumped, or a machine that slept, is noticed after it at the latest. */
const longestSleepMs = 30_000

/**
 * Runs engines over a source of candles, aligned to candle close. Bars that passed while the page slept, was frozen or paused
 * are taken in order and recorded as missed; only a bar whose signal is still worth something is decided. A symbol that fails
 * rests, longer each time, and comes back by itself, with its history given anew.
 *
 * @example
 * ```ts
 * const scheduler = new SignalScheduler({
 *   engines: engine,
 *   source: ccxtSource({ exchange, symbols: ['BTC/USDT', 'ETH/USDT'], timeframe: '15m' }),
 *   onSignal: (signal) => console.log(signal.symbol, signal.side),
 * })
 * scheduler.start()
 * ```
 */
export class SignalScheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions
  readonly #engines: ReadonlyMap<string, ScheduledEngine>
  readonly #clock: Clock
  readonly #times: CourseTimes
  readonly #parts: RoundParts
  readonly #provisional: ProvisionalRounds | undefined
  readonly #courses = new Map<string, SymbolCourse>()
  readonly #counts: Record<BarStatus, number> & { rounds: number } = {
    ok: 0,
    expired: 0,
    skipped: 0,
    missed: 0,
    error: 0,
    rounds: 0,
  }
  #state: SchedulerStatus['state'] = 'stopped'
  #lastRoundMs: number | undefined
  #leaving: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  #alarm = new AbortController()

  /**
   * @throws `candle/timeframe` where an engine's timeframe is not the source's; TypeError where a time is negative, there is no
   * engine, or provisional signals are wanted of a source without `candles`
   */
  constructor(options: SchedulerOptions) {
    const { source, clock = systemClock, settleMs = 2000, fetchMs = 20_000, maxBackOffMs = 900_000 } = options
    for (const [name, value] of Object.entries({ settleMs, fetchMs, maxBackOffMs }))
      if (!(value >= 0)) throw new TypeError(`${name} is ${value}: it must be a number of milliseconds from 0.`)
    this.#options = options
    this.#clock = clock
    this.#times = { barMs: timeframeMs(source.timeframe), settleMs, maxBackOffMs }
    this.#engines = namedEngines(options.engines)
    for (const { info } of this.#engines.values())
      if (info.timeframe !== source.timeframe)
        throw new CandlewickError('candle/timeframe', { expected: info.timeframe, actual: source.timeframe })
    this.#parts = {
      engines: this.#engines,
      source,
      clock,
      barMs: this.#times.barMs,
      fetchMs,
      resume: options.resume ?? false,
      record: (record) => this.#record(record),
    }
    this.#provisional = this.#provisionalRounds(maxBackOffMs)
    for (const symbol of options.symbols ?? source.symbols) this.add(symbol)
  }

  /** Where it stands. */
  get status(): SchedulerStatus {
    return {
      state: this.#state,
      symbols: [...this.#courses.values()].map((course) => course.report),
      counts: { ...this.#counts },
      lastRoundMs: this.#lastRoundMs,
      provisionalProblem: this.#provisional?.problem,
    }
  }

  /** Begins, or goes on after {@link pause}. Does nothing while it runs. */
  start(): void {
    if (this.#state === 'running') return
    this.#state = 'running'
    if (this.#leaving === undefined) {
      const leaving = new AbortController()
      this.#leaving = leaving
      const rounds = this.#run(leaving.signal)
      this.#running = Promise.all([rounds, this.#provisional?.run(leaving.signal)]).then(() => undefined)
    } else this.wake()
  }

  /** Lets bars pass until {@link start}; they count as missed then. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  /** Ends; settles when the round under way has stopped. {@link start} begins anew. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#leaving?.abort(new CandlewickError('engine/closed', { call: 'scheduler' }))
    this.#leaving = undefined
    await this.#running
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Takes a symbol in; its history is fetched in the next round. Does nothing where it is there already. */
  add(symbol: string): void {
    if (this.#courses.has(symbol)) return
    this.#courses.set(symbol, new SymbolCourse(symbol, this.#engines.keys(), this.#times, this.#clock.now()))
    this.#provisional?.follow()
    this.wake()
  }

  /** Lets a symbol go. */
  remove(symbol: string): void {
    this.#courses.delete(symbol)
    this.#provisional?.follow()
  }

  /**
   * Looks at once whether something is due, and tries symbols that rest after a failure: call it when a page becomes visible or a
   * device is online again.
   */
  wake(): void {
    for (const course of this.#courses.values()) course.hurry(this.#clock.now())
    this.#alarm.abort()
  }

  #provisionalRounds(maxBackOffMs: number): ProvisionalRounds | undefined {
    const { source, provisionalMs: everyMs, onProvisional } = this.#options
    if (everyMs === undefined) return undefined
    if (!(everyMs > 0)) throw new TypeError(`provisionalMs is ${everyMs}: it must be a number of milliseconds above 0.`)
    if (source.candles === undefined)
      throw new TypeError('provisionalMs is given, but the source has no `candles` that tell of forming bars.')
    return new ProvisionalRounds({
      ...this.#parts,
      candles: source.candles.bind(source),
      courses: this.#courses,
      everyMs,
      maxBackOffMs,
      isWanted: () => this.#state === 'running',
      emit: (signal, engine) => tell(onProvisional && (() => onProvisional(signal, engine))),
    })
  }

  async #run(leaving: AbortSignal): Promise<void> {
    while (!leaving.aborted) {
      try {
        await this.#rest(leaving)
        if (this.#state === 'running') await this.#round(leaving)
      } catch (error) {
        if (leaving.aborted) return
        // A round reports what fails in it; whatever else goes wrong must not end the schedule.
        for (const course of this.#courses.values()) course.fail(reasonOf(error), this.#clock.now())
        tell(this.#options.onRound)
      }
    }
  }

  /** Sleeps until something is due, or somebody wakes it. */
  async #rest(leaving: AbortSignal): Promise<void> {
    const dueAt = Math.min(...[...this.#courses.values()].map((course) => course.dueAt))
    const ms = this.#state === 'running' ? Math.min(dueAt - this.#clock.now(), longestSleepMs) : longestSleepMs
    const alarm = this.#alarm.signal
    if (!alarm.aborted && ms > 0)
      await this.#clock.sleep(ms, AbortSignal.any([leaving, alarm])).catch((reason: unknown) => {
        if (!alarm.aborted) throw reason
      })
    leaving.throwIfAborted()
    this.#alarm = new AbortController()
  }

  async #round(leaving: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    const { barMs, settleMs } = this.#times
    const due = newestDueBar(now, barMs, settleMs)
    const courses = [...this.#courses.values()].filter((course) => course.dueAt <= now && !course.restsAt(due))
    if (courses.length === 0) return
    await runRound(courses, due, this.#parts, leaving)
    this.#counts.rounds += 1
    this.#lastRoundMs = this.#clock.now() - now
    tell(this.#options.onRound)
  }

  #record(record: Omit<BarRecord, 'model' | 'sinceCloseMs'>): void {
    // A symbol that was let go in the middle of a round is nobody's business any more.
    if (!this.#courses.has(record.symbol)) return
    this.#counts[record.status] += 1
    const { onSignal, onRecord } = this.#options
    const model = record.signal?.model ?? this.#engines.get(record.engine)?.info.model.id ?? ''
    const sinceCloseMs = this.#clock.now() - (record.time + this.#times.barMs)
    tell(onRecord && (() => onRecord({ ...record, model, sinceCloseMs })))
    const { status, signal, engine } = record
    if (status === 'ok' && signal !== undefined) tell(onSignal && (() => onSignal(signal, engine)))
  }
}

function namedEngines(engines: SchedulerOptions['engines']): ReadonlyMap<string, ScheduledEngine> {
  const named = new Map<string, ScheduledEngine>(isEngine(engines) ? [['default', engines]] : Object.entries(engines))
  if (named.size === 0) throw new TypeError('There is no engine: give one, or several by name.')
  return named
}

const isEngine = (engines: SchedulerOptions['engines']): engines is ScheduledEngine =>
  typeof (engines as Partial<ScheduledEngine>).pushMany === 'function'

/** Calls a listener of the application; what it throws goes where the platform reports uncaught errors. */
function tell(listener: (() => void) | undefined): void {
  try {
    listener?.()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
