/** The engine that runs where it is called: in the worker of a page, or in the calling thread of Node. */
import { type Candle } from '../core/candle.ts'
import { throwIfAborted } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import { candlesOf } from '../core/history.ts'
import { Mutex } from '../core/mutex.ts'
import { type CandleColumns, CandleSeries } from '../core/series.ts'
import { FeaturePipeline, pastWindows, type PipelineOptions } from '../features/index.ts'
import type { ModelSession } from '../inference/index.ts'
import type { MeasurableSession } from '../inference/measure.ts'
import type { Signal } from '../signals/index.ts'
import { CandleBatch, type Decided, type WaitingCandle } from './candle-batch.ts'
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
import type { Decider } from './decider.ts'
import { explainWindow, type Explanation } from './explain.ts'
import { type LoadHooks, loadModel, type LocalParts } from './load-model.ts'
import { TrueRanges, trueRangesOf } from './true-range.ts'

/** A loaded model and everything that belongs to it. */
export interface LoadedParts {
  readonly info: EngineInfo
  readonly session: ModelSession
  readonly pipeline: PipelineOptions
  readonly decider: Decider
}

/** Features, model and decision in one thread. */
export class LocalEngine implements EngineCore {
  readonly info: EngineInfo
  readonly #options: EngineOptions
  readonly #session: ModelSession
  readonly #features: PipelineOptions
  readonly #decider: Decider
  readonly #pipeline: FeaturePipeline
  /** Only where levels follow them. */
  readonly #ranges: TrueRanges | undefined
  /** Calls that change a symbol take turns: a window must not change while the model reads it. */
  readonly #turn = new Mutex()
  readonly #batch: CandleBatch
  #closed = false

  private constructor(options: EngineOptions, loaded: LoadedParts) {
    this.#options = options
    this.info = loaded.info
    this.#session = loaded.session
    this.#features = loaded.pipeline
    this.#pipeline = new FeaturePipeline(loaded.pipeline)
    this.#decider = loaded.decider
    this.#ranges = options.levels === 'atr' ? new TrueRanges(loaded.pipeline) : undefined
    this.#batch = new CandleBatch({
      take: (symbol, candle) => this.#take(symbol, candle),
      averageTrueRange: (symbol) => this.#ranges?.of(symbol),
      run: (windows, count) => this.#session.run(windows, count),
      decide: (output, row, waiting) => this.#decide(output, row, waiting),
    })
  }

  /**
   * Fetches, verifies, stores and loads the model.
   *
   * @throws `model/…`, `backend/unavailable`; the signal's reason when it aborts
   */
  static async open(options: EngineOptions, parts: LocalParts, hooks: LoadHooks = {}): Promise<LocalEngine> {
    return new LocalEngine(options, await loadModel(options, parts, hooks))
  }

  /** The model by itself, for measuring. */
  get session(): MeasurableSession {
    return this.#session
  }

  async prime(history: SymbolHistory, options: Cancellable = {}): Promise<SymbolStatus> {
    return this.#turn.run(async () => {
      this.#open('prime')
      const { symbol } = history
      const columns = this.#checked(history)
      const status = await this.#pipeline.prime(symbol, columns, options)
      await this.#ranges?.prime(symbol, columns)
      return { symbol, ...status }
    })
  }

  async push(candle: Candle, symbol: string = this.#defaultSymbol): Promise<TimedSignal | undefined> {
    return this.#turn.run(async () => {
      this.#open('push')
      const began = performance.now()
      const window = this.#take(symbol, candle)
      const averageTrueRange = window && this.#ranges?.of(symbol)
      const ready = performance.now()
      if (window === undefined) return undefined
      const output = await this.#session.run(window, 1)
      const answered = performance.now()
      const decided = this.#decide(output, 0, { symbol, candle, averageTrueRange })
      return { ...decided, featuresMs: ready - began, inferenceMs: answered - ready }
    })
  }

  async pushMany(candles: readonly SymbolCandle[], { signal }: Cancellable = {}): Promise<SymbolSignal[]> {
    throwIfAborted(signal)
    return this.#turn.run(async () => {
      this.#open('pushMany')
      return this.#batch.push(candles, signal)
    })
  }

  async replay(history: SymbolHistory, options: ReplayOptions = {}): Promise<Signal[]> {
    this.#open('replay')
    const { symbol } = history
    const { last, signal, onProgress } = options
    const columns = this.#checked(history)
    const available = Math.max(columns.length - this.info.warmup + 1, 0)
    if (available === 0)
      throw new CandlewickError('engine/not-ready', { symbol, have: columns.length, need: this.info.warmup })
    const total = Math.min(last ?? available, available)
    const ranges = this.#ranges && trueRangesOf(columns)
    const signals: Signal[] = []
    const batches = pastWindows(columns, this.#features, {
      last,
      signal,
      onProgress: (bars) => onProgress?.({ phase: 'features', loaded: bars, total: columns.length }),
    })
    for await (const { firstBar, count, windows } of batches) {
      this.#open('replay')
      const output = await this.#session.run(windows, count, { signal })
      for (let row = 0; row < count; row++) {
        const bar = firstBar + row
        const [time, close, averageTrueRange] = [columns.time[bar]!, columns.close[bar]!, ranges?.[bar]]
        signals.push(this.#decider.decide(output, row, { symbol, time, close, provisional: false, averageTrueRange }))
      }
      onProgress?.({ phase: 'inference', loaded: signals.length, total })
    }
    return signals
  }

  async explain(symbol: string = this.#defaultSymbol): Promise<Explanation> {
    return this.#turn.run(async () => {
      this.#open('explain')
      const { have, need, ready, lastTime } = this.#pipeline.status(symbol)
      if (!ready || lastTime === undefined) throw new CandlewickError('engine/not-ready', { symbol, have, need })
      const { rows } = this.#pipeline.snapshot(symbol)
      return explainWindow({ symbol, time: lastTime }, rows, this.#features.ids, async (windows, count) => {
        const output = await this.#session.run(windows, count)
        return Array.from({ length: count }, (_, row) => this.#decider.read(output, row))
      })
    })
  }

  async status(symbol: string = this.#defaultSymbol): Promise<SymbolStatus> {
    return this.#turn.run(async () => {
      this.#open('status')
      return { symbol, ...this.#pipeline.status(symbol) }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#turn.run(() => this.#session.release())
  }

  /** The window that ends with a candle, or would end with it if it closed now. */
  #take(symbol: string, candle: Candle): Float32Array | undefined {
    this.#ranges?.take(symbol, candle)
    return candle.closed === false ? this.#pipeline.peek(symbol, candle) : this.#pipeline.push(symbol, candle)
  }

  #decide(output: Float32Array, row: number, { symbol, candle, averageTrueRange }: WaitingCandle): Decided {
    const { time, close } = candle
    const bar = { symbol, time, close, provisional: candle.closed === false, averageTrueRange }
    return { signal: this.#decider.decide(output, row, bar), outputs: this.#decider.rowOf(output, row) }
  }

  get #defaultSymbol(): string {
    return this.#options.symbol ?? 'UNKNOWN'
  }

  #open(call: string): void {
    if (this.#closed) throw new CandlewickError('engine/closed', { call })
  }

  /** History may come from another thread or another hand: it passes the same door as live candles. */
  #checked({ symbol, columns }: SymbolHistory): CandleColumns {
    const { timeframe, gaps } = this.#features
    return CandleSeries.from(candlesOf(columns), { symbol, timeframe, gaps }).columns
  }
}
