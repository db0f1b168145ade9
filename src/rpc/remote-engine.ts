/** The engine of a page: it lives in a worker that can be thrown away and started again, because a failed ONNX Runtime cannot. */
import type { Candle } from '../core/candle.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { CandleSeries } from '../core/series.ts'
import type {
  EngineInfo,
  EngineOptions,
  EngineProgress,
  ReplayOptions,
  SymbolHistory,
  SymbolStatus,
  TimedSignal,
  TriedBackend,
} from '../engine/core.ts'
import { candlesOf } from '../core/history.ts'
import type { RestartableCore } from '../engine/signal-engine.ts'
import type { BackendName } from '../inference/index.ts'
import type { Signal } from '../signals/index.ts'
import { WorkerLink, type WorkerTimeouts } from './worker-link.ts'

/** What the page brings along. */
export interface RemoteParts {
  /** Starts a worker that serves this backend. */
  readonly spawn: (backend: BackendName) => Worker
  /** Why a backend cannot work in this browser, found out without a worker; `undefined` if it may. */
  readonly unsupported: (backend: BackendName) => string | undefined
  /** Address of ONNX Runtime's binary for a backend. */
  readonly wasmUrl: (backend: BackendName) => string
  readonly timeouts?: WorkerTimeouts | undefined
}

/** Progress and cancellation of opening. */
export interface OpenHooks {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/** After these, another backend may still do: the model's files are not to blame. */
const worthAnotherBackend = [
  'backend/unavailable',
  'model/unloadable',
  'inference/failed',
  'inference/non-finite',
  'worker/crashed',
  'worker/timeout',
] as const

/** Errors of a call that took the candle all the same. */
const candleTaken = ['feature/non-finite', 'inference/failed', 'inference/non-finite'] as const

const isOneOf = (
  error: unknown,
  codes: readonly (typeof worthAnotherBackend)[number][] | typeof candleTaken,
): boolean => codes.some((code) => isCandlewickError(error, code))

/** An engine in a worker. It keeps the candles of its symbols, so that a new worker can take over. */
export class RemoteEngine implements RestartableCore {
  readonly #options: EngineOptions
  readonly #parts: RemoteParts
  readonly #histories = new Map<string, CandleSeries>()
  #link: WorkerLink
  #info: EngineInfo
  #closed = false

  private constructor(options: EngineOptions, parts: RemoteParts, opened: { link: WorkerLink; info: EngineInfo }) {
    this.#options = options
    this.#parts = parts
    this.#link = opened.link
    this.#info = opened.info
  }

  /**
   * Starts a worker and loads the model in it; a backend that fails is followed by the next one, in a fresh worker.
   *
   * @throws `model/…`, `backend/unavailable`, `worker/…`; the signal's reason when it aborts
   */
  static async open(options: EngineOptions, parts: RemoteParts, hooks: OpenHooks = {}): Promise<RemoteEngine> {
    return new RemoteEngine(options, parts, await openWorker(options, parts, hooks))
  }

  get info(): EngineInfo {
    return this.#info
  }

  async prime(
    history: SymbolHistory,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<SymbolStatus> {
    const series = this.#seriesOf(history)
    const status = await this.#call('prime', options, (remote, call) => remote.prime(call, history))
    this.#histories.set(history.symbol, series)
    return status
  }

  async push(candle: Candle, symbol: string = this.#options.symbol ?? 'UNKNOWN'): Promise<TimedSignal | undefined> {
    try {
      const answer = await this.#call('push', {}, (remote) => remote.push(candle, symbol))
      this.#remember(candle, symbol)
      return answer
    } catch (error) {
      if (isOneOf(error, candleTaken)) this.#remember(candle, symbol)
      throw error
    }
  }

  async replay(history: SymbolHistory, options: ReplayOptions = {}): Promise<Signal[]> {
    return this.#call('replay', options, (remote, call, onProgress) =>
      remote.replay(call, history, options.last, onProgress),
    )
  }

  async status(symbol: string = this.#options.symbol ?? 'UNKNOWN'): Promise<SymbolStatus> {
    return this.#call('status', {}, (remote) => remote.status(symbol))
  }

  /**
   * Throws the worker away, starts a new one and gives it the candles the old one had.
   *
   * @throws as {@link open}
   */
  async restart(hooks: OpenHooks = {}): Promise<EngineInfo> {
    if (this.#closed) throw new CandlewickError('engine/closed', { call: 'restart' })
    this.#link.end(new CandlewickError('worker/crashed', { lastCall: undefined, reason: 'the engine was restarted' }))
    const { link, info } = await openWorker(this.#options, this.#parts, hooks)
    this.#link = link
    this.#info = info
    for (const [symbol, series] of this.#histories)
      await this.#call('prime', hooks, (remote, call) => remote.prime(call, { symbol, columns: series.columns }))
    return info
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // Ending the realm frees all that ONNX Runtime holds; releasing first would gain nothing.
    this.#link.end(new CandlewickError('engine/closed', { call: 'close' }))
    this.#histories.clear()
  }

  async #call<T>(
    name: string,
    options: OpenHooks,
    work: Parameters<WorkerLink['call']>[2] extends (...args: infer Args) => unknown
      ? (...args: Args) => Promise<T>
      : never,
  ): Promise<T> {
    if (this.#closed) throw new CandlewickError('engine/closed', { call: name })
    const { signal, onProgress } = options
    return this.#link.call<T>(name, { timeoutMs: this.#parts.timeouts?.callMs ?? 60_000, signal, onProgress }, work)
  }

  /** A series of its own: the caller may go on changing the columns it gave. */
  #seriesOf({ symbol, columns }: SymbolHistory): CandleSeries {
    return CandleSeries.from(candlesOf(columns), { symbol, timeframe: this.#info.timeframe, gaps: this.#options.gaps })
  }

  #remember(candle: Candle, symbol: string): void {
    if (candle.closed === false) return
    const known = this.#histories.get(symbol)
    if (known !== undefined) known.append(candle)
    else
      this.#histories.set(
        symbol,
        CandleSeries.from([candle], { symbol, timeframe: this.#info.timeframe, gaps: this.#options.gaps }),
      )
  }
}

/** Tries the backends in order, each in a fresh worker. */
async function openWorker(
  options: EngineOptions,
  parts: RemoteParts,
  hooks: OpenHooks,
): Promise<{ link: WorkerLink; info: EngineInfo }> {
  const tried: TriedBackend[] = []
  const backends = options.backends ?? ['wasm']
  let cause: unknown
  for (const backend of backends) {
    const reason = parts.unsupported(backend)
    if (reason !== undefined) {
      tried.push({ backend, reason })
      continue
    }
    const link = new WorkerLink(parts.spawn(backend))
    const { signal } = hooks
    try {
      await link.call('hello', { timeoutMs: parts.timeouts?.helloMs ?? 30_000, signal }, (remote) => remote.hello())
      const info = await link.call<EngineInfo>(
        'open',
        { timeoutMs: parts.timeouts?.openMs ?? 120_000, ...hooks },
        (remote, call, onProgress) =>
          remote.open(call, { ...options, backends: [backend], wasmUrl: parts.wasmUrl(backend) }, onProgress),
      )
      return { link, info: { ...info, tried: [...tried, ...info.tried] } }
    } catch (error) {
      link.end(new CandlewickError('engine/closed', { call: 'open' }))
      if (!isOneOf(error, worthAnotherBackend) || backends.length === 1) throw error
      cause = error
      tried.push(...triedIn(error, backend))
    }
  }
  throw new CandlewickError('backend/unavailable', { tried }, { cause })
}

/** What an error says about the backends that failed. */
function triedIn(error: unknown, backend: BackendName): readonly TriedBackend[] {
  return isCandlewickError(error, 'backend/unavailable') ? error.details.tried : [{ backend, reason: reasonOf(error) }]
}
