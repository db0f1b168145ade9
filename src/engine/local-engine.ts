/** The engine that runs where it is called: in the worker of a page, or in the calling thread of Node. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import { type Candle } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { Mutex } from '../core/mutex.ts'
import { type CandleColumns, CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import type { ModelSession } from '../inference/index.ts'
import { createSignal, decide, type OutputSpec, readPrediction, type Signal } from '../signals/index.ts'
import type {
  EngineCore,
  EngineInfo,
  EngineOptions,
  ReplayOptions,
  SymbolHistory,
  SymbolStatus,
  TimedSignal,
} from './core.ts'
import { candlesOf } from './history.ts'
import { type LoadHooks, loadModel, type LocalParts } from './load-model.ts'
import { replayHistory } from './replay.ts'
import { SymbolTrack, type TrackPlan } from './symbol-track.ts'

/** Bars taken between two chances for other work. */
const primeBlock = 8192

/** A loaded model and everything that belongs to it. */
export interface LoadedParts {
  readonly info: EngineInfo
  readonly session: ModelSession
  readonly plan: TrackPlan
  readonly output: OutputSpec
}

/** Features, model and decision in one thread. */
export class LocalEngine implements EngineCore {
  readonly info: EngineInfo
  readonly #options: EngineOptions
  readonly #session: ModelSession
  readonly #plan: TrackPlan
  readonly #output: OutputSpec
  readonly #timeframe: Timeframe
  readonly #tracks = new Map<string, SymbolTrack>()
  /** Calls that change a symbol take turns: a window must not change while the model reads it. */
  readonly #turn = new Mutex()
  #closed = false

  private constructor(options: EngineOptions, loaded: LoadedParts) {
    this.#options = options
    this.info = loaded.info
    this.#session = loaded.session
    this.#plan = loaded.plan
    this.#output = loaded.output
    this.#timeframe = loaded.info.timeframe
  }

  /**
   * Fetches, verifies, stores and loads the model.
   *
   * @throws `model/…`, `backend/unavailable`; the signal's reason when it aborts
   */
  static async open(options: EngineOptions, parts: LocalParts, hooks: LoadHooks = {}): Promise<LocalEngine> {
    return new LocalEngine(options, await loadModel(options, parts, hooks))
  }

  async prime(
    history: SymbolHistory,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<SymbolStatus> {
    return this.#turn.run(async () => {
      this.#open('prime')
      const columns = this.#checked(history)
      const track = new SymbolTrack(history.symbol, this.#plan)
      for (let row = 0; row < columns.length; row += primeBlock) {
        track.absorb(columns, row, Math.min(row + primeBlock, columns.length))
        await breathe()
        throwIfAborted(options.signal)
      }
      this.#tracks.set(history.symbol, track)
      return track.status
    })
  }

  async push(candle: Candle, symbol: string = this.#defaultSymbol): Promise<TimedSignal | undefined> {
    return this.#turn.run(async () => {
      this.#open('push')
      const track = this.#track(symbol)
      const provisional = candle.closed === false
      const began = performance.now()
      const window = provisional ? track.peek(candle) : track.push(candle)
      const ready = performance.now()
      if (window === undefined) return undefined
      const output = await this.#session.run(window, 1)
      const answered = performance.now()
      const signal = this.#signal(output, 0, symbol, candle.time, candle.close, provisional)
      return { signal, featuresMs: ready - began, inferenceMs: answered - ready }
    })
  }

  async replay(history: SymbolHistory, options: ReplayOptions = {}): Promise<Signal[]> {
    this.#open('replay')
    const columns = this.#checked(history)
    return replayHistory(history.symbol, columns, this.#plan, options, {
      run: async (windows, count) => {
        this.#open('replay')
        return this.#session.run(windows, count, { signal: options.signal })
      },
      answer: (output, row, bar) =>
        this.#signal(output, row, history.symbol, columns.time[bar]!, columns.close[bar]!, false),
    })
  }

  async status(symbol: string = this.#defaultSymbol): Promise<SymbolStatus> {
    this.#open('status')
    return this.#track(symbol).status
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#turn.run(() => this.#session.release())
    this.#tracks.clear()
  }

  get #defaultSymbol(): string {
    return this.#options.symbol ?? 'UNKNOWN'
  }

  #open(call: string): void {
    if (this.#closed) throw new CandlewickError('engine/closed', { call })
  }

  #track(symbol: string): SymbolTrack {
    const known = this.#tracks.get(symbol)
    if (known !== undefined) return known
    const track = new SymbolTrack(symbol, this.#plan)
    this.#tracks.set(symbol, track)
    return track
  }

  /** History may come from another thread or another hand: it passes the same door as live candles. */
  #checked({ symbol, columns }: SymbolHistory): CandleColumns {
    const { timeframe, gaps } = this.#plan
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
      decide(prediction, close, this.#options),
    )
  }
}
