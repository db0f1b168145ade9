/** The one interface of an engine, whether it runs in this thread or in a worker. The contract suite runs on both. */
import type { Candle, GapPolicy } from '../core/candle.ts'
import type { CandlewickError } from '../core/errors.ts'
import type { CandleColumns } from '../core/series.ts'
import type { Timeframe } from '../core/timeframe.ts'
import type { TrackStatus } from '../features/index.ts'
import type { BackendName } from '../inference/index.ts'
import type { Trust } from '../registry/index.ts'
import type { DecisionOptions, Horizon, Signal } from '../signals/index.ts'
import type { Explanation } from './explain.ts'
import type { EngineChoice } from './choice.ts'

/** What an engine is to run, and how. Plain data: it crosses a worker as it is. */
export interface EngineOptions extends DecisionOptions {
  /** Address of the `manifest.json`: absolute, or relative to the page (in Node also a file path). */
  readonly manifest: string
  /**
   * A model's id (`name_v1.0.0`), or a name: its production version or, before one was promoted, its newest. Default: the
   * production version of the manifest's first name or, before one was promoted, the first model of the manifest.
   */
  readonly model?: string | undefined
  /** Public keys of those who may publish. Without them the manifest is checked by hashes only: for development. */
  readonly trust?: Trust | undefined
  /** Lowest edition of the manifest that is accepted, whatever was stored. */
  readonly minManifestVersion?: number | undefined
  /**
   * Backends to try, in order. Default `['wasm']`: for one symbol it is the fastest on most machines. Put `'webgpu'` in
   * front of it for large batches.
   */
  readonly backends?: readonly BackendName[] | undefined
  /**
   * Browsers only: workers that share the symbols, each with the model in its own memory. Default 1. More workers answer
   * many symbols sooner, up to the number of cores; for one symbol they gain nothing.
   */
  readonly workers?: number | undefined
  /** What to do where candles are missing. Default `error`. */
  readonly gaps?: GapPolicy | undefined
  /** Symbol of candles that come without one. Default `UNKNOWN`. */
  readonly symbol?: string | undefined
  /** Where models are kept. Default `indexeddb` where it exists, else `memory`. */
  readonly store?: 'indexeddb' | 'memory' | undefined
  /**
   * Threads of the backend `wasm`. Default 1. More are used only where the page is cross-origin isolated;
   * {@link EngineInfo.threads} says how many run.
   */
  readonly threads?: number | undefined
  /** Address of ONNX Runtime's binary for the backend in use. Default: the one that belongs to the package. */
  readonly wasmUrl?: string | undefined
}

/** What long work has done so far. */
export interface EngineProgress {
  readonly phase: 'manifest' | 'download' | 'verify' | 'store' | 'session' | 'warmup' | 'features' | 'inference'
  /** Bytes for downloads, else pieces of work. */
  readonly loaded: number
  /** In the unit of `loaded`; 0 where it is not known. */
  readonly total: number
}

/** A backend that could not be used, and why, in one sentence. */
export interface TriedBackend {
  readonly backend: string
  readonly reason: string
}

/** What an open engine runs. */
export interface EngineInfo {
  readonly model: {
    readonly id: string
    readonly name: string
    readonly version: string
    readonly modelType: string
    readonly description: string | undefined
    /** What people must know before they trust the model, e.g. that it is an untrained sample. */
    readonly notice: string | undefined
    readonly sha256: string
    readonly bytes: number
    /** Number of features in one row. */
    readonly features: number
    /** Rows that the model looks back. */
    readonly window: number
    readonly horizons: readonly Horizon[]
  }
  readonly timeframe: Timeframe
  /** Closed candles of a symbol until its first signal. */
  readonly warmup: number
  /** Where the model's bytes came from. */
  readonly source: 'network' | 'store'
  /** Where the manifest came from; `store` when the network gave none. */
  readonly manifestSource: 'network' | 'store'
  /** Why the manifest of an earlier visit is in force, if it is: it could not be fetched, or what came was refused. */
  readonly manifestProblem: string | undefined
  /** Counts the moves of the production pointer of the model's name; 0 before one was promoted. */
  readonly epoch: number
  /** Set where this is an earlier version, because the production version could not be had. */
  readonly standsInFor: { readonly id: string; readonly reason: string } | undefined
  /** Whether the next visit will find the model in the store. */
  readonly persisted: boolean
  /** Why not, if not. */
  readonly storeProblem: string | undefined
  readonly backend: BackendName
  /** Threads that a run uses on the processor. */
  readonly threads: number
  /** Why they are fewer than were asked for, if they are. */
  readonly threadsProblem: string | undefined
  /** Workers that share the symbols; 0 where the engine runs in the calling thread, as in Node. */
  readonly workers: number
  /** Why it runs on this backend, so many threads and so many workers, and what was measured. */
  readonly choice: EngineChoice
  /** Backends that were preferred but could not be used, or failed later. */
  readonly tried: readonly TriedBackend[]
  /** How long opening took, in ms, by stage. */
  readonly timings: {
    readonly manifestMs: number
    /** Fetching or reading, and verifying, the model and the scaler. */
    readonly bytesMs: number
    /** Fetching, compiling and starting the runtime. Manifest and model are fetched meanwhile, so it is no part of the sum. */
    readonly runtimeMs: number
    /** Compiling the model. */
    readonly sessionMs: number
    readonly warmupMs: number
    readonly totalMs: number
  }
}

/** How far a symbol is on its way to its first signal. */
export interface SymbolStatus extends TrackStatus {
  readonly symbol: string
}

/** A signal with what the model answered, and the time its making took inside the engine, in ms. */
export interface TimedSignal {
  readonly signal: Signal
  /** The model's answer for this bar alone. */
  readonly outputs: Float32Array<ArrayBuffer>
  readonly featuresMs: number
  readonly inferenceMs: number
}

/** One candle of many. */
export interface SymbolCandle {
  readonly symbol: string
  readonly candle: Candle
  /** `false` where the candle is only taken: nobody wants a signal for it. Default `true`. */
  readonly decide?: boolean | undefined
}

/** What became of one candle of many: a signal, or an error, or neither, as {@link EngineCore.push} gives `undefined`. */
export interface SymbolSignal {
  readonly symbol: string
  /** Bar-open time of the candle, in ms. */
  readonly time: number
  /** Its `inferenceMs` is this signal's share of the run that it was part of. */
  readonly signal?: TimedSignal | undefined
  readonly error?: CandlewickError | undefined
}

/** Cancellation of a call. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined
}

/** Columns of closed candles of one symbol, oldest first. */
export interface SymbolHistory {
  readonly symbol: string
  readonly columns: CandleColumns
}

/** Limits and cancellation of {@link EngineCore.replay}. */
export interface ReplayOptions extends Cancellable {
  /** Signals wanted, counted from the newest candle. Default: as many as the history allows. */
  readonly last?: number | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/** Features and model together: closed candles in, signals out. */
export interface EngineCore {
  /** What is running. */
  readonly info: EngineInfo
  /**
   * Takes history without answering; it replaces what the symbol had.
   *
   * @throws `candle/…` where the history is not a clean series; the symbol keeps its former state then
   */
  prime(history: SymbolHistory, options?: Cancellable): Promise<SymbolStatus>
  /**
   * Takes one closed candle and decides; a candle marked `closed: false` gives a provisional signal and changes nothing.
   *
   * @returns `undefined` while the symbol warms up, and for an exact repeat of the last candle
   * @throws `candle/…`, `feature/non-finite`, `inference/…`
   */
  push(candle: Candle, symbol?: string): Promise<TimedSignal | undefined>
  /**
   * Takes the candles of many symbols, in the order given, and decides in as few runs of the model as possible: what is
   * due at the close of a bar, in one call. A candle that is refused fails alone; a run that fails fails its part of the
   * batch. Each candle means what it means to {@link push}: one marked `closed: false` gives a provisional signal, and an
   * exact repeat gives neither signal nor error. The same symbol may come more than once; its candles are taken in order,
   * so a forming candle sees those before it.
   *
   * @returns one entry for each candle, in the order given
   * @throws the signal's reason when it aborts: before the call nothing is taken then; later all candles are taken, and
   * only their signals are given up
   */
  pushMany(candles: readonly SymbolCandle[], options?: Cancellable): Promise<SymbolSignal[]>
  /**
   * Signals of past bars, in batches, oldest first. The state of the symbols is untouched.
   *
   * @throws `engine/not-ready` where the history is too short for one signal
   */
  replay(history: SymbolHistory, options?: ReplayOptions): Promise<Signal[]>
  /**
   * Which groups of features moved the last decision about a closed candle of a symbol.
   *
   * @throws `engine/not-ready` while the symbol warms up, `inference/…`
   */
  explain(symbol?: string): Promise<Explanation>
  /** How far a symbol is. */
  status(symbol?: string): Promise<SymbolStatus>
  /** Ends the engine; calls still under way are rejected with `engine/closed`. Closing twice is allowed. */
  close(): Promise<void>
}
