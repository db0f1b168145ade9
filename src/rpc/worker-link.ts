/** One worker and the calls under way in it. A dead or silent worker rejects every one of them; comlink alone would not. */
import { releaseProxy, type Remote, transfer, wrap } from 'comlink'
import { CandlewickError } from '../core/errors.ts'
import type { EngineProgress } from '../engine/core.ts'
import { carryErrors, type EngineHost, type ProgressPort } from './wire.ts'

/** How long a worker may be silent during a call before it is given up, in ms. */
export interface WorkerTimeouts {
  /** Loading the worker's code. Default 30,000. */
  readonly helloMs?: number | undefined
  /** Opening: between two progress reports. Default 120,000. */
  readonly openMs?: number | undefined
  /** Any other call, and between two progress reports of a long one. Default 60,000. */
  readonly callMs?: number | undefined
}

/** The timeouts of the host, and the defaults where it sets none. */
export function withDefaults(given: WorkerTimeouts = {}): { readonly [Limit in keyof WorkerTimeouts]-?: number } {
  const { helloMs = 30_000, openMs = 120_000, callMs = 60_000 } = given
  return { helloMs, openMs, callMs }
}

/** How a call is watched. */
export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/** A call under way. */
interface Watched {
  readonly call: string
  readonly fail: (reason: unknown) => void
}

/** A worker with a watch on it. */
export class WorkerLink {
  readonly #worker: Worker
  readonly #remote: Remote<EngineHost>
  readonly #pending = new Set<Watched>()
  #ended: CandlewickError | undefined
  #onEnded: ((error: CandlewickError) => void) | undefined
  #calls = 0

  constructor(worker: Worker) {
    carryErrors()
    this.#worker = worker
    this.#remote = wrap<EngineHost>(worker)
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      // A script that cannot be loaded gives an event without a message.
      this.#crash(event.message === '' || event.message === undefined ? 'its script failed to load' : event.message)
    })
    worker.addEventListener('messageerror', () => this.#crash('a message could not be read'))
  }

  /** Why the worker is gone; `undefined` while it lives. */
  get ended(): CandlewickError | undefined {
    return this.#ended
  }

  /**
   * Makes a call.
   *
   * @param work gets the remote side, an id for cancelling, the way to a port for reports, and a way to say that the worker
   * answered one of several questions; reports and answers keep the watch patient
   * @throws what the worker throws; `worker/crashed`, `worker/timeout`; the signal's reason
   */
  call<T>(
    name: string,
    options: CallOptions,
    work: (
      remote: Remote<EngineHost>,
      call: number,
      openReports: () => ProgressPort,
      answered: () => void,
    ) => Promise<T>,
  ): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const call = ++this.#calls
    const { timeoutMs, signal, onProgress } = options
    return new Promise<T>((resolve, reject) => {
      const silent = (): void => this.end(new CandlewickError('worker/timeout', { call: name, timeoutMs }))
      let timer = setTimeout(silent, timeoutMs)
      let reports: MessagePort | undefined
      const settle = (): void => {
        clearTimeout(timer)
        reports?.close()
        this.#pending.delete(watched)
        signal?.removeEventListener('abort', cancel)
      }
      const fail = (reason: unknown): void => {
        settle()
        reject(reason)
      }
      const cancel = (): void => {
        fail(signal?.reason)
        this.cancel(call)
      }
      const answered = (): void => {
        if (!this.#pending.has(watched)) return
        clearTimeout(timer)
        timer = setTimeout(silent, timeoutMs)
      }
      const report = (progress: EngineProgress): void => {
        if (!this.#pending.has(watched)) return
        answered()
        onProgress?.(progress)
      }
      const watched: Watched = { call: name, fail }
      this.#pending.add(watched)
      if (signal?.aborted === true) {
        fail(signal.reason)
        return
      }
      signal?.addEventListener('abort', cancel, { once: true })
      const openReports = (): ProgressPort => {
        const { port1, port2 } = new MessageChannel()
        port1.addEventListener('message', ({ data }: MessageEvent<EngineProgress>) => report(data))
        port1.start()
        reports = port1
        return transfer(port2, [port2])
      }
      work(this.#remote, call, openReports, answered).finally(settle).then(resolve, reject)
    })
  }

  /** Asks the worker to stop a call; its answer still counts. */
  cancel(call: number): void {
    if (this.#ended === undefined) this.#remote.cancel(call).catch(() => undefined)
  }

  /** Tells once when the worker is gone, at once if it is already. */
  whenEnded(listener: (error: CandlewickError) => void): void {
    if (this.#ended === undefined) this.#onEnded = listener
    else listener(this.#ended)
  }

  /** Stops the worker at once; calls under way are rejected with `error`. */
  end(error: CandlewickError): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    // comlink keeps every worker, and with it all that listens to it, until its proxy is released.
    this.#remote[releaseProxy]()
    this.#worker.terminate()
    for (const watched of this.#pending) watched.fail(error)
    this.#onEnded?.(error)
  }

  #crash(reason: string): void {
    const lastCall = [...this.#pending].at(-1)?.call
    this.end(new CandlewickError('worker/crashed', { lastCall, reason }))
  }
}
