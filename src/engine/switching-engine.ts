/** An engine whose model can be changed while it runs, in the calling thread: the candles are kept outside of the model. */
import type { Candle } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { candlesOf } from '../core/history.ts'
import { Mutex } from '../core/mutex.ts'
import { CandleSeries } from '../core/series.ts'
import type { Signal } from '../signals/index.ts'
import type {
  Cancellable,
  EngineCore,
  EngineInfo,
  EngineOptions,
  ReplayOptions,
  SymbolCandle,
  SymbolHistory,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
} from './core.ts'
import type { Explanation } from './explain.ts'
import { isCandleTaken, KeptCandles, snapshotOf } from './kept-candles.ts'
import { checkTimeframe } from './model-switch.ts'
import { primeKept } from './prime-kept.ts'
import type { LoadHooks } from './load-model.ts'
import type { RestartableCore } from './signal-engine.ts'

/** Opens an engine with these options. */
export type OpenEngine = (options: EngineOptions, hooks: LoadHooks) => Promise<EngineCore>

/** An engine and the candles it has taken. Get one with {@link SwitchingEngine.open}. */
export class SwitchingEngine implements RestartableCore {
  readonly #open: OpenEngine
  readonly #candles: KeptCandles
  /** Calls that change symbols take turns with the change of the model. */
  readonly #turns = new Mutex()
  #options: EngineOptions
  #core: EngineCore
  #closed = false

  private constructor(options: EngineOptions, open: OpenEngine, core: EngineCore) {
    this.#options = options
    this.#open = open
    this.#core = core
    this.#candles = new KeptCandles(core.info.timeframe, options.gaps)
  }

  /** @throws as the engine that is opened */
  static async open(options: EngineOptions, open: OpenEngine, hooks: LoadHooks = {}): Promise<SwitchingEngine> {
    return new SwitchingEngine(options, open, await open(options, hooks))
  }

  get info(): EngineInfo {
    return this.#core.info
  }

  prime(history: SymbolHistory, options: Cancellable = {}): Promise<SymbolStatus> {
    return this.#turns.run(async () => {
      const { symbol, columns } = history
      const status = await this.#core.prime(history, options)
      const { timeframe } = this.info
      this.#candles.replace(
        symbol,
        CandleSeries.from(candlesOf(columns), { symbol, timeframe, gaps: this.#options.gaps }),
      )
      return status
    })
  }

  push(candle: Candle, symbol: string = this.#options.symbol ?? 'UNKNOWN'): Promise<TimedSignal | undefined> {
    return this.#turns.run(async () => {
      try {
        const signal = await this.#core.push(candle, symbol)
        this.#candles.append(symbol, candle)
        return signal
      } catch (error) {
        if (isCandleTaken(error)) this.#candles.append(symbol, candle)
        throw error
      }
    })
  }

  async pushMany(candles: readonly SymbolCandle[], options: Cancellable = {}): Promise<SymbolSignal[]> {
    options.signal?.throwIfAborted()
    return this.#turns.run(async () => {
      // Whoever gave up since the call gave up the signals, not the candles.
      const wanted = options.signal?.aborted === true ? candles.map((item) => ({ ...item, decide: false })) : candles
      const answers = await this.#core.pushMany(wanted, wanted === candles ? options : {}).catch((error: unknown) => {
        if (options.signal?.aborted === true) this.#candles.appendPassing(candles)
        throw error
      })
      this.#candles.appendTaken(candles, answers)
      options.signal?.throwIfAborted()
      return answers
    })
  }

  replay(history: SymbolHistory, options?: ReplayOptions): Promise<Signal[]> {
    return this.#core.replay(history, options)
  }

  explain(symbol?: string): Promise<Explanation> {
    return this.#turns.run(() => this.#core.explain(symbol))
  }

  status(symbol?: string): Promise<SymbolStatus> {
    return this.#turns.run(() => this.#core.status(symbol))
  }

  snapshot(): SymbolHistory[] {
    return snapshotOf(this.#candles.all)
  }

  /**
   * Goes on with another model, or with another version of the same: it gets the candles that the former one had, and takes
   * over between two calls. Where it fails, the engine goes on as it was.
   *
   * @throws as {@link open}; `candle/timeframe` where the model wants bars of another length
   */
  switchModel(model: string | undefined, hooks: LoadHooks = {}): Promise<EngineInfo> {
    return this.#turns.run(async () => {
      if (this.#closed) throw new CandlewickError('engine/closed', { call: 'switchModel' })
      const options = model === undefined ? this.#options : { ...this.#options, model }
      const next = await this.#open(options, hooks)
      try {
        checkTimeframe(this.info, next.info)
        for (const [symbol, series] of this.#candles.all) {
          hooks.signal?.throwIfAborted()
          await primeKept(series, {
            prime: (columns) => next.prime({ symbol, columns }),
            push: (candle) => next.push(candle, symbol),
          })
        }
        hooks.signal?.throwIfAborted()
        // Nobody would close what takes over from an engine that was closed meanwhile.
        if (this.#closed) throw new CandlewickError('engine/closed', { call: 'switchModel' })
      } catch (error) {
        await next.close()
        throw error
      }
      const former = this.#core
      this.#core = next
      this.#options = options
      await former.close()
      return next.info
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#core.close()
    this.#candles.clear()
  }
}
