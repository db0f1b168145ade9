/** The engine of a page: it lives in one or more workers that can be thrown away, because a failed ONNX Runtime cannot be started again. */
import { abortable, throwIfAborted, linkedController } from '../core/abort.ts'
import type { Candle } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { candlesOf } from '../core/history.ts'
import { Mutex } from '../core/mutex.ts'
import { CandleSeries, type SeriesOptions } from '../core/series.ts'
import type {
  Cancellable,
  EngineInfo,
  EngineOptions,
  ReplayOptions,
  SymbolCandle,
  SymbolHistory,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
} from '../engine/core.ts'
import type { Explanation } from '../engine/explain.ts'
import { snapshotOf } from '../engine/kept-candles.ts'
import { checkTimeframe } from '../engine/model-switch.ts'
import type { RestartableCore } from '../engine/signal-engine.ts'
import type { Signal } from '../signals/index.ts'
import { pushManyAcross, replayAcross } from './across-lanes.ts'
import type { LaneParts } from './lane.ts'
import { explainCall, primeCall, pushCall, statusCall } from './lane-calls.ts'
import { type LaneGroup, openLanes } from './lane-group.ts'
import type { OpenHooks } from './open-worker.ts'
import { ownHistory } from './replay-parts.ts'

/** What an engine in workers takes. */
export type RemoteParts = LaneParts

/** How much of a symbol's candles a new lane has been given. */
interface Given {
  readonly series: CandleSeries
  readonly length: number
}

/** An engine in workers. They keep themselves alive; the candles of their symbols are kept in the page. */
export class RemoteEngine implements RestartableCore {
  #options: EngineOptions
  readonly #parts: LaneParts
  #group: LaneGroup
  readonly #closing = new AbortController()
  /** Calls that wait while the engine moves. */
  #held: (() => void)[] | undefined
  #restarting: Promise<EngineInfo> | undefined
  readonly #moves = new Mutex()

  private constructor(options: EngineOptions, parts: LaneParts, group: LaneGroup) {
    this.#options = options
    this.#parts = parts
    this.#group = group
  }

  /**
   * Starts the workers and loads the model in them; a backend that fails is followed by the next one, in a fresh worker.
   *
   * @throws `model/…`, `backend/unavailable`, `worker/…`; the signal's reason when it aborts
   */
  static async open(options: EngineOptions, parts: LaneParts, hooks: OpenHooks = {}): Promise<RemoteEngine> {
    return new RemoteEngine(options, parts, await openLanes(options, parts, hooks))
  }

  get info(): EngineInfo {
    return this.#group.info
  }

  async prime({ symbol, columns }: SymbolHistory, { signal }: Cancellable = {}): Promise<SymbolStatus> {
    this.#checkOpen('prime')
    const series = CandleSeries.from(candlesOf(columns), this.#seriesOf(symbol))
    return this.#run('prime', signal, (group) => group.settle(symbol).run(primeCall(symbol, series, signal)))
  }

  async push(candle: Candle, symbol: string = this.#defaultSymbol): Promise<TimedSignal | undefined> {
    const call = pushCall(symbol, candle)
    return this.#run('push', undefined, (group) => group.settle(symbol).run(call))
  }

  async pushMany(candles: readonly SymbolCandle[], { signal }: Cancellable = {}): Promise<SymbolSignal[]> {
    // The caller may go on writing to its objects, and a call may have to be made again.
    const own = candles.map((item) => ({ ...item, candle: { ...item.candle } }))
    return this.#run('pushMany', signal, (group) => pushManyAcross(group, own, signal))
  }

  async replay({ symbol, columns }: SymbolHistory, options: ReplayOptions = {}): Promise<Signal[]> {
    this.#checkOpen('replay')
    const history = { symbol, columns: ownHistory(columns, this.#seriesOf(symbol)) }
    return this.#run('replay', options.signal, (group) => replayAcross(group, history, options))
  }

  async explain(symbol: string = this.#defaultSymbol): Promise<Explanation> {
    return this.#run('explain', undefined, (group) => group.find(symbol).run(explainCall(symbol)))
  }

  async status(symbol: string = this.#defaultSymbol): Promise<SymbolStatus> {
    return this.#run('status', undefined, (group) => group.find(symbol).run(statusCall(symbol)))
  }

  /**
   * Throws the workers away, starts new ones and gives them the candles the old ones had. Calls under way are rejected.
   * Backends that failed are tried again. While a restart is under way, a second call waits for the first one.
   *
   * @throws as {@link open}
   */
  restart(hooks: OpenHooks = {}): Promise<EngineInfo> {
    if (this.#closing.signal.aborted) return Promise.reject(new CandlewickError('engine/closed', { call: 'restart' }))
    this.#restarting ??= this.#restart(hooks).finally(() => (this.#restarting = undefined))
    return abortable(this.#restarting, hooks.signal)
  }

  snapshot(): SymbolHistory[] {
    return snapshotOf(this.#group.candles)
  }

  /**
   * Goes on with another model, or with another version of the same.
   *
   * @throws as {@link moveTo}; `candle/timeframe` where the model wants bars of another length
   */
  switchModel(model: string | undefined, hooks: OpenHooks = {}): Promise<EngineInfo> {
    return this.moveTo(model === undefined ? {} : { model }, hooks)
  }

  /**
   * Goes on with other lanes: opens them, gives them the candles, lets the calls under way come to their end, and switches
   * between two calls. Where it fails, the engine goes on as it was.
   *
   * @param changes to the options, e.g. the backends or the number of workers
   * @throws as {@link open}
   */
  moveTo(changes: Partial<EngineOptions>, hooks: OpenHooks = {}): Promise<EngineInfo> {
    return this.#moves.run(async () => {
      this.#checkOpen('moveTo')
      const { controller, unlink } = linkedController(hooks.signal, this.#closing.signal)
      try {
        return await this.#move({ ...this.#options, ...changes }, { ...hooks, signal: controller.signal })
      } finally {
        unlink()
      }
    })
  }

  async #move(options: EngineOptions, hooks: OpenHooks & { readonly signal: AbortSignal }): Promise<EngineInfo> {
    const { signal } = hooks
    const former = this.#group
    const next = await openLanes(options, this.#parts, hooks)
    const given = new Map<string, Given>()
    try {
      checkTimeframe(former.info, next.info)
      await this.#giveCandles(next, given, signal)
      this.#held = []
      await abortable(Promise.all(former.lanes.map((lane) => lane.quiet())), signal)
      await this.#giveCandles(next, given, signal)
      throwIfAborted(signal)
      this.#options = options
      this.#group = next
    } catch (error) {
      next.close()
      throw error
    } finally {
      this.#release()
    }
    // Replays may be under way in them, and need nothing of what has moved.
    for (const lane of former.lanes) void lane.retire()
    return next.info
  }

  async close(): Promise<void> {
    this.#closing.abort(new CandlewickError('engine/closed', { call: 'close' }))
    // Ending the realm frees all that ONNX Runtime holds; releasing first would gain nothing.
    this.#group.close()
    this.#release()
  }

  get #defaultSymbol(): string {
    return this.#options.symbol ?? 'UNKNOWN'
  }

  #seriesOf(symbol: string): SeriesOptions {
    return { symbol, timeframe: this.info.timeframe, gaps: this.#options.gaps }
  }

  #checkOpen(call: string): void {
    if (this.#closing.signal.aborted) throw new CandlewickError('engine/closed', { call })
  }

  /** Makes a call now, or once the engine has moved. */
  async #run<T>(name: string, signal: AbortSignal | undefined, call: (group: LaneGroup) => Promise<T>): Promise<T> {
    this.#checkOpen(name)
    const held = this.#held
    if (held === undefined) return call(this.#group)
    const later = new Promise<T>((resolve, reject) => {
      held.push(() => void this.#run(name, signal, call).then(resolve, reject))
    })
    return abortable(later, signal)
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const start of held) start()
  }

  async #restart({ signal, onProgress }: OpenHooks): Promise<EngineInfo> {
    const [first, ...others] = this.#group.lanes
    const outcomes = await Promise.allSettled([
      first.restart({ signal, onProgress }),
      ...others.map((lane) => lane.restart({ signal })),
    ])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return this.info
  }

  /** Gives lanes the candles they do not have yet. */
  async #giveCandles(next: LaneGroup, given: Map<string, Given>, signal: AbortSignal): Promise<void> {
    for (const [symbol, series] of this.#group.candles) {
      const last = given.get(symbol)
      if (last?.series === series && last.length === series.length) continue
      given.set(symbol, { series, length: series.length })
      await next.settle(symbol).adopt(symbol, series, signal)
    }
  }
}
