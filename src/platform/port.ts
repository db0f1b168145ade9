/** What differs between browsers and servers: how an engine is made, and what a registry works with. The export condition picks the file, nothing sniffs. */
import type { Calibration } from '../engine/choice.ts'
import type { EngineOptions, EngineProgress } from '../engine/core.ts'
import type { OpenedStore } from '../engine/load-model.ts'
import type { RestartableCore } from '../engine/signal-engine.ts'
import type { BackendName } from '../inference/index.ts'
import type { LoadOptions, ModelRuntime, ReadResource, RegistryOptions } from '../registry/index.ts'
import type { CalibrationMode } from '../rpc/choice-wishes.ts'
import type { Recovery } from '../rpc/recovery.ts'
import type { WorkerTimeouts } from '../rpc/worker-link.ts'

/** Options of `createSignalEngine`. */
export interface CreateOptions extends Omit<EngineOptions, 'wasmUrl' | 'backends' | 'threads' | 'workers'> {
  /**
   * Backends to try, in order. Default `'auto'`: WASM at first, then what is found to be faster on the user's device. A
   * list together with numbers for {@link CreateOptions.threads} and {@link CreateOptions.workers} is taken as it is, and
   * nothing is measured. Node has WASM only.
   */
  readonly backends?: 'auto' | readonly BackendName[] | undefined
  /** Threads of the backend `wasm`; more than one needs a cross-origin isolated page. Default `'auto'`: 1, or as measured. */
  readonly threads?: number | 'auto' | undefined
  /**
   * Browsers only: workers that share the symbols, each with the model in its own memory. Default `'auto'`: 1, or as
   * measured; more than one is considered from 8 {@link CreateOptions.symbols}.
   */
  readonly workers?: number | 'auto' | undefined
  /** Symbols that come due at one candle close: that is what is measured. Default 1. */
  readonly symbols?: number | undefined
  /**
   * Browsers only: when it is measured what runs fastest, if that is not remembered. Default `background`: after the first
   * signal or 2 s, between the calls, for 6 s at most. `before-start`: before the engine is given out. `off`: only by
   * `calibrate()`.
   */
  readonly calibration?: CalibrationMode | undefined
  /**
   * Browsers only: told at the end of a calibration in the background that had something to measure, with whether the
   * engine moved.
   */
  readonly onCalibration?: ((calibration: Calibration) => void) | undefined
  /**
   * Browsers only: starts the worker. Default: the package's own. Your worker file is one line,
   * `import 'candlewick/worker'`, or `import 'candlewick/worker-webgpu'` for the backend `webgpu`.
   */
  readonly worker?: ((backend: BackendName) => Worker) | undefined
  /** Address of ONNX Runtime's binary for a backend, for hosts that move files. Default: the one in the package. */
  readonly wasmUrl?: ((backend: BackendName) => string) | undefined
  /** Browsers only: how long a worker may be silent. */
  readonly timeouts?: WorkerTimeouts | undefined
  /**
   * Browsers only: how often within ten minutes a worker that crashed, fell silent or cannot run the model any more is
   * replaced by a fresh one, with the candles it had and the calls that were under way. Default 3; 0: never. After that,
   * calls are rejected with the cause until `restart()`.
   */
  readonly recoveries?: number | undefined
  /** Browsers only: told about every such replacement. */
  readonly onRecovery?: ((recovery: Recovery) => void) | undefined
  /** Told about every step of opening: bytes for downloads. */
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
  /** Stops opening. */
  readonly signal?: AbortSignal | undefined
}

/** Makes an engine's core in the way of this platform. */
export type OpenCore = (options: CreateOptions) => Promise<RestartableCore>

/** How this platform runs the models of a registry. */
export type RuntimeOptions = Pick<CreateOptions, 'worker' | 'wasmUrl' | 'timeouts'>

/** Options of `openRegistry`. */
export interface OpenRegistryOptions
  extends
    Omit<RegistryOptions, 'store' | 'closesStore' | 'storeProblem' | 'runtime' | 'incompatibility'>,
    LoadOptions,
    RuntimeOptions {
  /** Address of the `manifest.json`: absolute, or relative to the page (in Node also a file path). Default: none. */
  readonly manifest?: string | undefined
  /** Address of the manifest's timestamp, likewise. */
  readonly timestamp?: string | undefined
  /**
   * Where everything is kept. Default in browsers: `indexeddb`, or memory where that cannot be had, and `storeProblem` says
   * why. Default in Node: `memory`.
   */
  readonly store?: 'indexeddb' | 'memory' | undefined
  /** Names the database, the locks and the announcements. Default `candlewick-registry`, the one that engines use. */
  readonly namespace?: string | undefined
}

/** What a registry gets from its platform. */
export interface RegistryHost {
  /** Opens the store asked for, or a lesser one with the reason. */
  openStore(kind: OpenRegistryOptions['store'], name: string | undefined): Promise<OpenedStore>
  /** A relative address, or in Node a path, as an absolute address. */
  addressOf(address: string): string
  readonly read: ReadResource
  createRuntime(options: RuntimeOptions): ModelRuntime
}
