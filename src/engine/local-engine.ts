/** The engine that runs where it is called: in the worker of a page, or in the calling thread of Node. */
import { type Candle } from '../core/candle.ts'
import { throwIfAborted } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import { candlesOf } from '../core/history.ts'
import { Mutex } from '../core/mutex.ts'
import { type CandleColumns, CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { FeaturePipeline, pastWindows, type PipelineOptions } from '../features/index.ts'
import type { ModelSession } from '../inference/index.ts'
import type { MeasurableSession } from '../inference/measure.ts'
import {
  createSignal,
  decide,
  type MaxAge,
  type OutputSpec,
  readPrediction,
  type Signal,
  withinAge,
} from '../signals/index.ts'
import { CandleBatch } from './candle-batch.ts'
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
import { type LoadHooks, loadModel, type LocalParts } from './load-model.ts'

/** A loaded model and everything that belongs to it. */
export interface LoadedParts {
  readonly info: EngineInfo
  readonly session: ModelSession
  readonly pipeline: PipelineOptions
  readonly output: OutputSpec
  /** Absent where the model does not grow old. */
  readonly maxAge?: MaxAge | undefined
}

/** Features, model and decision in one thread. */
export class LocalEngine implements EngineCore {
  readonly info: EngineInfo
  readonly #options: EngineOptions
  readonly #session: ModelSession
  readonly #features: PipelineOptions
  readonly #output: OutputSpec
  readonly #maxAge: MaxAge | undefined
  readonly #timeframe: Timeframe
  readonly #pipeline: FeaturePipeline
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
    this.#output = loaded.output
    this.#maxAge = loaded.maxAge
    this.#timeframe = loaded.info.timeframe
    this.#batch = new CandleBatch({
      take: (symbol, candle) => this.#take(symbol, candle),
      run: (windows, count) => this.#session.run(windows, count),
      decide: (output, row, symbol, candle) => this.#decide(output, row, symbol, candle),
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
      return { symbol, ...(await this.#pipeline.prime(symbol, this.#checked(history), options)) }
    })
  }

  async push(candle: Candle, symbol: string = this.#defaultSymbol): Promise<TimedSignal | undefined> {
    return this.#turn.run(async () => {
      this.#open('push')
      const began = performance.now()
      const window = this.#take(symbol, candle)
      const ready = performance.now()
      if (window === undefined) return undefined
      const output = await this.#session.run(window, 1)
      const answered = performance.now()
      const signal = this.#decide(output, 0, symbol, candle)
      return { signal, featuresMs: ready - began, inferenceMs: answered - ready }
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
        signals.push(this.#signal(output, row, symbol, columns.time[bar]!, columns.close[bar]!, false))
      }
      onProgress?.({ phase: 'inference', loaded: signals.length, total })
    }
    return signals
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
    return candle.closed === false ? this.#pipeline.peek(symbol, candle) : this.#pipeline.push(symbol, candle)
  }

  #decide(output: Float32Array, row: number, symbol: string, candle: Candle): Signal {
    return this.#signal(output, row, symbol, candle.time, candle.close, candle.closed === false)
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

  #signal(
    output: Float32Array,
    row: number,
    symbol: string,
    time: number,
    close: number,
    provisional: boolean,
  ): Signal {
    const prediction = readPrediction(output, this.#output, row)
    const decision = decide(prediction, close, this.#options)
    const closesAt = time + timeframeMs(this.#timeframe)
    return createSignal(
      {
        model: this.info.model.id,
        symbol,
        timeframe: this.#timeframe,
        timeframeMs: timeframeMs(this.#timeframe),
        time,
        close,
        provisional,
      },
      prediction,
      withinAge(decision, closesAt, this.#maxAge),
    )
  }
}
