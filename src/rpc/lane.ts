/** One worker with an engine in it. It keeps the candles of its symbols, so that a fresh worker can take over by itself. */
import { linkedController } from '../core/abort.ts'
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import type { CandleSeries } from '../core/series.ts'
import type { EngineInfo, EngineOptions, TriedBackend } from '../engine/core.ts'
import { KeptCandles } from '../engine/kept-candles.ts'
import { openFreshWorker } from './fresh-worker.ts'
import { adoptCall } from './lane-calls.ts'
import { type EngineWorkerParts, isWorthAnother, type OpenedWorker, type OpenHooks, openWorker } from './open-worker.ts'
import { isCurable, isFatal, type Recovery, RecoveryBudget, shortReason } from './recovery.ts'
import { createTask, type LaneCall, type Task } from './task.ts'
import { TaskQueue } from './task-queue.ts'
import { withDefaults, type WorkerLink } from './worker-link.ts'

/** What a lane needs from its engine. */
export interface LaneParts extends EngineWorkerParts {
  /** Recoveries within ten minutes. Default 3; 0: never by itself. */
  readonly recoveries?: number | undefined
  /** Told about every recovery. */
  readonly onRecovery?: ((recovery: Recovery) => void) | undefined
}

/** A worker, the calls under way in it, and the candles it has taken. Get one with {@link Lane.open}. */
export class Lane {
  readonly candles: KeptCandles
  readonly #index: number
  readonly #options: EngineOptions
  readonly #parts: LaneParts
  readonly #budget: RecoveryBudget
  readonly #tasks = new TaskQueue()
  /** Backends that failed here and are not tried again. */
  #leftOut: readonly TriedBackend[]
  /** Absent while a fresh worker is being prepared, and when there is none any more. */
  #link: WorkerLink | undefined
  #info: EngineInfo
  /** Why there is no worker, and none to come. */
  #down: CandlewickError | undefined
  #preparing: AbortController | undefined

  private constructor(
    index: number,
    options: EngineOptions,
    parts: LaneParts,
    opened: OpenedWorker,
    leftOut: readonly TriedBackend[],
  ) {
    this.#index = index
    this.#options = options
    this.#parts = parts
    this.#budget = new RecoveryBudget(parts.recoveries)
    this.#leftOut = leftOut
    this.candles = new KeptCandles(opened.info.timeframe, options.gaps)
    this.#info = opened.info
    this.#install(opened)
  }

  /**
   * Starts a worker and loads the model in it; a backend that fails is followed by the next one, in a fresh worker.
   *
   * @param index of this lane among those of its engine
   * @param leftOut backends that are not tried, and why
   * @throws `model/…`, `backend/unavailable`, `worker/…`; the signal's reason when it aborts
   */
  static async open(
    index: number,
    options: EngineOptions,
    parts: LaneParts,
    hooks: OpenHooks = {},
    leftOut: readonly TriedBackend[] = [],
  ): Promise<Lane> {
    return new Lane(index, options, parts, await openWorker(options, parts, hooks, leftOut), leftOut)
  }

  /** What its worker runs, or ran last. */
  get info(): EngineInfo {
    return this.#info
  }

  /**
   * Makes a call, now or as soon as a worker is ready for it.
   *
   * @throws what the worker throws; `worker/…`, `engine/closed`; the signal's reason
   */
  run<T>(call: LaneCall<T>): Promise<T> {
    if (this.#down !== undefined) return Promise.reject(this.#closedFor(call.name) ?? this.#down)
    if (call.signal?.aborted === true) return Promise.reject(call.signal.reason)
    const { task, result } = createTask(call, (idle) => this.#settle(idle))
    this.#tasks.add(task)
    this.#startDue()
    return result
  }

  /** Gives the worker candles that another lane kept. They are kept here too. */
  adopt(symbol: string, series: CandleSeries, signal: AbortSignal | undefined): Promise<unknown> {
    return this.run(adoptCall(symbol, series, signal))
  }

  /** Settles when no call that concerns the state of symbols is under way. */
  async quiet(): Promise<void> {
    await this.#tasks.settled('ordered')
  }

  /** Ends the lane when the calls under way are over. */
  async retire(): Promise<void> {
    await this.#tasks.settled()
    this.close()
  }

  /**
   * Throws the worker away, starts a new one and gives it the candles the old one had. Calls under way are rejected.
   *
   * @throws as {@link open}
   */
  async restart(hooks: OpenHooks = {}): Promise<void> {
    const reason = new CandlewickError('worker/crashed', { lastCall: undefined, reason: 'the engine was restarted' })
    this.#end(reason)
    this.#down = undefined
    this.#leftOut = []
    this.#budget.refill()
    const { controller, unlink } = linkedController(hooks.signal)
    this.#preparing = controller
    try {
      this.#install(await this.#freshWorker({ ...hooks, signal: controller.signal }))
    } catch (error) {
      if (this.#preparing === controller) this.#end(isCandlewickError(error) ? error : reason)
      throw error
    } finally {
      unlink()
    }
  }

  /** Ends the worker and all calls under way. */
  close(): void {
    this.#end(new CandlewickError('engine/closed', { call: 'close' }), (name) => this.#closedFor(name))
    this.candles.clear()
  }

  #closedFor(call: string): CandlewickError | undefined {
    return isCandlewickError(this.#down, 'engine/closed') ? new CandlewickError('engine/closed', { call }) : undefined
  }

  /** Starts every call that may run now. */
  #startDue(): void {
    if (this.#link === undefined) return
    for (let task = this.#tasks.next(); task !== undefined; task = this.#tasks.next())
      void this.#attempt(task, this.#link)
  }

  async #attempt(task: Task, link: WorkerLink): Promise<void> {
    const attempt = await task.attempt(link, withDefaults(this.#parts.timeouts).callMs)
    if (!this.#tasks.has(task)) return
    if (this.#triesAgain(task, link, attempt.failure)) {
      if (task.idle) this.#settle(task)
      return
    }
    this.#tasks.remove(task)
    attempt.deliver(this.candles)
    if (task.suspect) this.#startDue()
  }

  /** Decides whether a fresh worker gets this call once more, and sees to it that there will be one. */
  #triesAgain(task: Task, link: WorkerLink, failure: unknown): boolean {
    if (failure === undefined) return false
    if (link.ended !== undefined && failure === link.ended) {
      // A worker that was given up for another call's failure says nothing about this one.
      if (!isFatal(failure)) return true
      if (task.suspect) return false
      task.suspect = true
      return true
    }
    if (link !== this.#link || task.suspect || !this.#budget.left || !isCurable(failure, this.#info.backend))
      return false
    task.suspect = true
    this.#lose(link, failure)
    return true
  }

  /** Nobody waits for this call any more. */
  #settle(task: Task): void {
    this.#tasks.remove(task)
    task.fail(undefined)
    if (task.suspect) this.#startDue()
  }

  #install({ link, info }: OpenedWorker): void {
    this.#preparing = undefined
    this.#link = link
    this.#info = info
    link.whenEnded((error) => this.#lose(link, error))
    this.#startDue()
  }

  /** Gives a worker up, and starts another one if that is still allowed. */
  #lose(link: WorkerLink, cause: CandlewickError): void {
    if (link !== this.#link) return
    if (!this.#budget.take()) {
      this.#end(cause)
      return
    }
    this.#link = undefined
    link.end(cause)
    const { backend } = this.#info
    if (backend !== (this.#options.backends ?? ['wasm']).at(-1))
      this.#leftOut = [...this.#leftOut, { backend, reason: shortReason(cause) }]
    void this.#recover(cause)
  }

  async #recover(cause: CandlewickError): Promise<void> {
    const began = performance.now()
    const from = this.#info.backend
    const { signal } = (this.#preparing = new AbortController())
    let failure: unknown
    do {
      try {
        this.#install(await this.#freshWorker({ signal }))
        const [lane, to, tookMs] = [this.#index, this.#info.backend, performance.now() - began]
        // A listener that throws is its owner's fault.
        queueMicrotask(() => this.#parts.onRecovery?.({ lane, from, to, reason: shortReason(cause), tookMs }))
        return
      } catch (error) {
        if (signal.aborted) return
        failure = error
      }
    } while (isWorthAnother(failure) && this.#budget.take())
    this.#end(new CandlewickError(cause.code, cause.details, { cause: failure }))
  }

  #freshWorker(hooks: OpenHooks): Promise<OpenedWorker> {
    const legacy = { candles: this.candles, leftOut: this.#leftOut }
    return openFreshWorker(this.#options, this.#parts, hooks, legacy)
  }

  /** No worker from now on: calls under way and calls to come are rejected. */
  #end(down: CandlewickError, errorFor: (call: string) => unknown = () => down): void {
    const [link, preparing] = [this.#link, this.#preparing]
    this.#link = undefined
    this.#preparing = undefined
    this.#down = down
    preparing?.abort(down)
    link?.end(down)
    for (const task of this.#tasks.all) {
      this.#tasks.remove(task)
      task.fail(errorFor(task.name))
    }
  }
}
