/** What differs between browsers and servers: how an engine is made. The export condition picks the file, nothing sniffs. */
import type { EngineOptions, EngineProgress } from '../engine/core.ts'
import type { RestartableCore } from '../engine/signal-engine.ts'
import type { BackendName } from '../inference/index.ts'
import type { WorkerTimeouts } from '../rpc/worker-link.ts'

/** Options of `createSignalEngine`. */
export interface CreateOptions extends Omit<EngineOptions, 'wasmUrl'> {
  /**
   * Browsers only: starts the worker. Default: the package's own. Your worker file is one line,
   * `import 'candlewick/worker'`, or `import 'candlewick/worker-webgpu'` for the backend `webgpu`.
   */
  readonly worker?: ((backend: BackendName) => Worker) | undefined
  /** Address of ONNX Runtime's binary for a backend, for hosts that move files. Default: the one in the package. */
  readonly wasmUrl?: ((backend: BackendName) => string) | undefined
  /** Browsers only: how long a worker may be silent. */
  readonly timeouts?: WorkerTimeouts | undefined
  /** Told about every step of opening: bytes for downloads. */
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
  /** Stops opening. */
  readonly signal?: AbortSignal | undefined
}

/** Makes an engine's core in the way of this platform. */
export type OpenCore = (options: CreateOptions) => Promise<RestartableCore>
