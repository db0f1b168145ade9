/** One call of the page, from the asking to the answer, through as many workers as it takes. */
import type { Remote } from 'comlink'
import type { EngineProgress } from '../engine/core.ts'
import type { KeptCandles } from '../engine/kept-candles.ts'
import type { EngineHost, ProgressPort } from './wire.ts'
import type { WorkerLink } from './worker-link.ts'

/** A call as a lane understands it. */
export interface LaneCall<T> {
  readonly name: string
  /** Whether it reads or changes the state of symbols: such calls keep their order. */
  readonly ordered: boolean
  /** Whether its candles count as taken once it was sent, although its caller gave it up. */
  readonly binding?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
  /**
   * Asks a worker; it may be asked of several, one after the other, and must ask the same each time.
   *
   * @param answered to be told whenever the worker answers one of several questions
   */
  send(remote: Remote<EngineHost>, call: number, openReports: () => ProgressPort, answered: () => void): Promise<T>
  /** A failure of the worker that came as part of the answer. */
  failureIn?(answer: T): unknown
  /** Keeps what the worker has taken. */
  keep?(candles: KeptCandles, answer: T): void
  /** Keeps what the worker has taken although the call failed. */
  keepAfter?(candles: KeptCandles, error: unknown): void
}

/** What became of a call in one worker. */
export interface Attempt {
  /** Why it failed, if it did. */
  readonly failure: unknown
  /** Keeps what the worker has taken, and gives the caller what came. The call is over then. */
  deliver(candles: KeptCandles): void
}

/** A call under way, whatever it answers. */
export interface Task {
  readonly name: string
  readonly ordered: boolean
  readonly running: boolean
  /** Whether a worker ended while it was under way there: it may have been the reason. */
  suspect: boolean
  /** Whether nobody waits for it and no worker has to know of it. */
  readonly idle: boolean
  /** Settles when the call is over, which may be after its caller gave it up. */
  readonly done: Promise<void>
  /** Asks a worker. Never rejects. */
  attempt(link: WorkerLink, timeoutMs: number): Promise<Attempt>
  /** Ends the call with an error. */
  fail(error: unknown): void
}

class CallTask<T> implements Task {
  readonly name: string
  readonly ordered: boolean
  readonly result: Promise<T>
  readonly done: Promise<void>
  running = false
  suspect = false
  readonly #call: LaneCall<T>
  #resolve!: (answer: T) => void
  #reject!: (error: unknown) => void
  #finish!: () => void
  #sent = false
  #abandoned = false
  #under: { readonly link: WorkerLink; readonly id: number } | undefined

  constructor(call: LaneCall<T>, onIdle: (task: Task) => void) {
    this.#call = call
    this.name = call.name
    this.ordered = call.ordered
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const abandon = (): void => {
      this.#abandoned = true
      this.#reject(call.signal?.reason)
      this.#under?.link.cancel(this.#under.id)
      if (this.idle) onIdle(this)
    }
    this.done = new Promise((resolve) => {
      this.#finish = () => {
        call.signal?.removeEventListener('abort', abandon)
        resolve()
      }
    })
    call.signal?.addEventListener('abort', abandon, { once: true })
  }

  get idle(): boolean {
    return this.#abandoned && !this.running && !(this.#sent && this.#call.binding === true)
  }

  async attempt(link: WorkerLink, timeoutMs: number): Promise<Attempt> {
    const call = this.#call
    const onProgress = (progress: EngineProgress): void => {
      if (!this.#abandoned) call.onProgress?.(progress)
    }
    this.running = true
    try {
      const answer = await link.call(
        call.name,
        { timeoutMs, onProgress },
        async (remote, id, openReports, answered) => {
          this.#sent = true
          this.#under = { link, id }
          return call.send(remote, id, openReports, answered)
        },
      )
      return { failure: call.failureIn?.(answer), deliver: (candles) => this.#succeed(answer, candles) }
    } catch (error) {
      return { failure: error, deliver: (candles) => this.#failKeeping(error, candles) }
    } finally {
      this.running = false
      this.#under = undefined
    }
  }

  fail(error: unknown): void {
    this.#reject(error)
    this.#finish()
  }

  #succeed(answer: T, candles: KeptCandles): void {
    try {
      this.#call.keep?.(candles, answer)
      this.#resolve(answer)
    } catch (error) {
      this.#reject(error)
    }
    this.#finish()
  }

  #failKeeping(error: unknown, candles: KeptCandles): void {
    try {
      this.#call.keepAfter?.(candles, error)
    } finally {
      this.fail(error)
    }
  }
}

/**
 * Makes a call a task, and the promise that its caller waits for.
 *
 * @param onIdle is told when the caller gives it up before a worker must know of it
 */
export function createTask<T>(call: LaneCall<T>, onIdle: (task: Task) => void): { task: Task; result: Promise<T> } {
  const task = new CallTask(call, onIdle)
  return { task, result: task.result }
}
