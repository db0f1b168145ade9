/** The port to whatever runs models. Adapters live in `backends/`; nothing else knows a runtime. */
import type { ModelTensors } from './contract.ts'

/** The names of the backends, as a host asks for them. */
export const backendNames = ['wasm', 'webgpu'] as const

/** Where a model runs: on the processor (`wasm`) or on the graphics card (`webgpu`). */
export type BackendName = (typeof backendNames)[number]

/** A model loaded by a runtime. Runs of one thread are served one at a time, in order. */
export interface RuntimeSession extends ModelTensors {
  /** Threads that a run uses on the processor. */
  readonly threads: number
  /**
   * Runs the model once and fetches the output of this name, no other. The result is a copy that the caller owns.
   *
   * @throws `inference/failed` with the runtime's text; `backend/lost` when the device is gone.
   */
  run(input: Float32Array, dims: readonly number[], output: string): Promise<Float32Array<ArrayBuffer>>
  /** Frees the model. A second call does nothing, and the loss of the device does not keep it waiting. */
  release(): Promise<void>
}

/** One way to run models. */
export interface Backend {
  readonly name: BackendName
  /** Why fewer threads run than were asked for; undefined when they all do. */
  readonly threadsProblem: string | undefined
  /** Why this backend cannot be used here, in one sentence; undefined when nothing speaks against it. */
  probe(): Promise<string | undefined>
  /**
   * Starts the runtime, so that it is ready when a model arrives. Calling it is never necessary, and never an error: what
   * fails is reported by {@link Backend.load}.
   */
  start(): Promise<void>
  /**
   * Loads a model. `id` names it in errors.
   *
   * @throws `model/unloadable` when the runtime refuses the bytes.
   * @throws `backend/unavailable` when the runtime itself does not start; in this thread it never will again.
   * @throws `backend/lost` when the device is gone; in this thread nothing runs on it any more.
   */
  load(model: Uint8Array, id?: string): Promise<RuntimeSession>
}
