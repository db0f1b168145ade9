/** The engine as applications see it: candles in any form, an async iterator of signals, disposal. Local and remote alike. */
import { type Candle } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { CandleSeries } from '../core/series.ts'
import type { Timeframe } from '../core/timeframe.ts'
import type { Signal } from '../signals/index.ts'
import type { CalibrateOptions, Calibration } from './choice.ts'
import type {
  Cancellable,
  EngineCore,
  EngineInfo,
  EngineProgress,
  ReplayOptions,
  SymbolCandle,
  SymbolHistory,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
} from './core.ts'
import type { Explanation } from './explain.ts'

/** Candles of one symbol, oldest first: a checked series or plain objects. */
export type History = CandleSeries | Iterable<Candle>

/** What an engine has taken: plain data that survives structured cloning. */
export interface EngineSnapshot {
  readonly timeframe: Timeframe
  /** Closed candles of each symbol, oldest first. */
  readonly symbols: readonly SymbolHistory[]
}

/** A model at work: candles in, signals out. Made by `createSignalEngine`. */
export interface SignalEngine extends AsyncDisposable {
  /** What is running: model, backend, where the bytes came from. */
  readonly info: EngineInfo
  /** Closed candles of a symbol until its first signal. */
  readonly warmup: number
  /**
   * Takes the history of a symbol, so that the next candle can decide.
   *
   * @throws `candle/invalid`, `candle/off-grid`, `candle/out-of-order`, `candle/gap`
   */
  prime(history: History, options?: { symbol?: string; signal?: AbortSignal }): Promise<SymbolStatus>
  /**
   * Takes one candle and decides. A candle with `closed: false` gives a provisional signal and changes nothing.
   *
   * @returns `undefined` while the symbol warms up, and for an exact repeat of the last candle
   * @throws `candle/…`, `feature/non-finite`, `inference/…`, `worker/…`, `engine/closed`
   */
  push(candle: Candle, symbol?: string): Promise<Signal | undefined>
  /** As {@link push}, with the time it took inside the engine. */
  pushTimed(candle: Candle, symbol?: string): Promise<TimedSignal | undefined>
  /**
   * Takes the candles of many symbols, in the order given, and decides in as few runs of the model as possible: what is
   * due at the close of a bar, in one call. A candle that is refused fails alone; a run that fails fails its part of the
   * batch. Each candle means what it means to {@link push}: one with `closed: false` gives a provisional signal, and an
   * exact repeat gives neither signal nor error. The same symbol may come more than once; its candles are taken in order,
   * so a forming candle sees those before it.
   *
   * @returns one entry for each candle, in the order given
   * @throws `worker/…`, `engine/closed`; the signal's reason when it aborts: before the call nothing is taken then; later
   * all candles are taken, and only their signals are given up
   *
   * @example
   * ```ts
   * const answers = await engine.pushMany(closed.map(({ market, candle }) => ({ symbol: market, candle })))
   * for (const { symbol, signal, error } of answers) show(symbol, signal?.signal ?? error)
   * ```
   */
  pushMany(candles: readonly SymbolCandle[], options?: { signal?: AbortSignal }): Promise<SymbolSignal[]>
  /** Signals for a stream of candles, one after another. */
  signals(candles: AsyncIterable<Candle> | Iterable<Candle>, symbol?: string): AsyncGenerator<Signal, void, undefined>
  /**
   * Signals of past bars, in batches, oldest first. The state of the symbols is untouched.
   *
   * @throws `engine/not-ready` where the history is too short for one signal
   */
  replay(history: History, options?: ReplayOptions & { symbol?: string }): Promise<Signal[]>
  /**
   * Which groups of features moved the last decision about a closed candle of a symbol: each group is hidden in turn, and the
   * model asked again. Costs about as much as signals for a dozen symbols.
   *
   * @throws `engine/not-ready` while the symbol warms up, `inference/…`, `worker/…`, `engine/closed`
   */
  explain(symbol?: string): Promise<Explanation>
  /** How far a symbol is on its way to its first signal. */
  status(symbol?: string): Promise<SymbolStatus>
  /**
   * Starts the workers again, with the history they had; calls under way are rejected. An engine does so by itself a few
   * times (`recoveries`): this is for later, or to try a backend again that failed. Does nothing in an engine without a
   * worker.
   *
   * @throws as `createSignalEngine`; the signal's reason when it aborts: the engine has no worker then, until the next
   * restart
   */
  restart(options?: { signal?: AbortSignal }): Promise<EngineInfo>
  /**
   * Measures which backend, how many threads and how many workers are fastest on this device, goes on with them, and
   * remembers them for the next start. No candle is lost, and calls go on meanwhile. In Node there is nothing to choose:
   * the answer is what runs.
   *
   * @param options limits: `symbols` that come due together (default: those of the engine), `budgetMs` for all measuring
   * (default 6,000)
   * @throws `engine/closed`; the signal's reason when it aborts: the engine stays as it is then
   *
   * @example
   * ```ts
   * const { choice, moved } = await engine.calibrate({ onProgress: ({ completed, total }) => show(completed / total) })
   * console.log(moved, choice.reason)
   * ```
   */
  calibrate(options?: CalibrateOptions): Promise<Calibration>
  /** Forgets what was measured on this device: the next start measures anew. What runs goes on. */
  forgetCalibration(): void
  /**
   * Goes on with another model without a break: it is loaded beside the one that runs, gets the candles of all symbols, and takes
   * over between two calls. Signals tell by `model` and `epoch` which one decided. Where it fails, the engine goes on as it was.
   *
   * @param model an id or a name, as in the options; default: what the options asked for, e.g. the production version after a
   * promotion
   * @throws as `createSignalEngine`; `candle/timeframe` where the model wants bars of another length
   *
   * @example
   * ```ts
   * await registry.promote('patchtst_v1.1.0')
   * const { model, epoch } = await engine.switchModel()
   * ```
   */
  switchModel(
    model?: string,
    options?: { signal?: AbortSignal; onProgress?: (progress: EngineProgress) => void },
  ): Promise<EngineInfo>
  /**
   * The candles of all symbols, as plain data for IndexedDB or a file: with them {@link restore} brings another engine to exactly
   * where this one is, bit for bit. About 56 bytes a candle.
   */
  snapshot(): EngineSnapshot
  /**
   * Takes up a snapshot; symbols that it has replace those of the engine.
   *
   * @throws `candle/timeframe` where its bars have another length; as {@link prime}; the signal's reason
   */
  restore(snapshot: EngineSnapshot, options?: { signal?: AbortSignal }): Promise<void>
  /**
   * Takes candles from now on without deciding, so that nothing is missing later: `push` and `pushMany` give no signals until
   * {@link resume}. Replays still run.
   */
  pause(): void
  /** Decides again. */
  resume(): void
  /** Whether it only takes candles. */
  readonly paused: boolean
  /** Ends the engine and frees the worker. */
  close(): Promise<void>
}

/** An engine core that can be started again, and choose what it runs on. */
export interface RestartableCore extends EngineCore {
  restart?(options?: Cancellable): Promise<EngineInfo>
  /** Copies of the candles that it keeps. */
  snapshot(): SymbolHistory[]
  switchModel(
    model: string | undefined,
    hooks?: Cancellable & { readonly onProgress?: ((progress: EngineProgress) => void) | undefined },
  ): Promise<EngineInfo>
  calibrate?(options?: CalibrateOptions): Promise<Calibration>
  forgetCalibration?(): void
}

/** Gives a core the form that applications use. */
export function signalEngine(core: RestartableCore, symbol: string): SignalEngine {
  const historyOf = (history: History, named?: string): SymbolHistory => {
    const { timeframe } = core.info
    const series = history instanceof CandleSeries ? history : CandleSeries.from(history, { timeframe })
    if (series.timeframe !== timeframe)
      throw new CandlewickError('candle/timeframe', { expected: timeframe, actual: series.timeframe })
    return { symbol: named ?? (history instanceof CandleSeries ? series.symbol : symbol), columns: series.columns }
  }
  let paused = false
  const engine: SignalEngine = {
    get info() {
      return core.info
    },
    get warmup() {
      return core.info.warmup
    },
    prime: async (history, options = {}) => core.prime(historyOf(history, options.symbol), options),
    push: async (candle, named = symbol) => (await engine.pushTimed(candle, named))?.signal,
    pushTimed: async (candle, named = symbol) => {
      if (!paused) return core.push(candle, named)
      const [answer] = await core.pushMany([{ symbol: named, candle, decide: false }])
      if (answer?.error !== undefined) throw answer.error
      return undefined
    },
    pushMany: (candles, options) =>
      core.pushMany(paused ? candles.map((item) => ({ ...item, decide: false })) : candles, options),
    async *signals(candles, named = symbol) {
      for await (const candle of candles) {
        const signal = await engine.push(candle, named)
        if (signal !== undefined) yield signal
      }
    },
    replay: async (history, options = {}) => core.replay(historyOf(history, options.symbol), options),
    explain: (named = symbol) => core.explain(named),
    status: (named = symbol) => core.status(named),
    restart: async (options) => (core.restart === undefined ? core.info : core.restart(options)),
    calibrate: async (options) =>
      core.calibrate === undefined ? { choice: core.info.choice, moved: false } : core.calibrate(options),
    forgetCalibration: () => core.forgetCalibration?.(),
    switchModel: (model, options) => core.switchModel(model, options),
    snapshot: () => ({ timeframe: core.info.timeframe, symbols: core.snapshot() }),
    restore: async ({ timeframe, symbols }, options = {}) => {
      if (timeframe !== core.info.timeframe)
        throw new CandlewickError('candle/timeframe', { expected: core.info.timeframe, actual: timeframe })
      for (const history of symbols) await core.prime(history, options)
    },
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
    },
    get paused() {
      return paused
    },
    close: () => core.close(),
    [Symbol.asyncDispose]: () => core.close(),
  }
  return engine
}
