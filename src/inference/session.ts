/** A model, checked against its contract and warmed up, on the first backend that can run it. */
import { abortable, breathe, throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { Mutex } from '../core/mutex.ts'
import type { Backend, BackendName, RuntimeSession } from './backend.ts'
import { checkContract, type ModelContract } from './contract.ts'
import { type Layout, layoutOf } from './layout.ts'

export { maxBatch } from './layout.ts'

/**
 * Runs before a session counts as ready: the first one is by far the slowest, on WebGPU because it compiles. Browsers go on to make
 * WebAssembly faster for some 200 runs; to wait for that would delay the first signal more than it is late.
 */
const defaultWarmupRuns: { readonly [B in BackendName]: number } = { wasm: 2, webgpu: 1 }

/** What opening a session has done so far, in pieces of work. */
export interface SessionProgress {
  readonly phase: 'load' | 'warmup'
  readonly backend: BackendName
  readonly completed: number
  readonly total: number
}

/** What to open, and on what. */
export interface SessionOptions {
  readonly contract: ModelContract
  /** The `.onnx` file. */
  readonly model: Uint8Array
  /** Asked in this order. */
  readonly backends: readonly Backend[]
  /** Default 2 on `wasm`, 1 on `webgpu`. */
  readonly warmupRuns?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined
}

/** A backend that could not be used, and why. */
export interface TriedBackend {
  readonly backend: BackendName
  readonly reason: string
}

/** How long opening took. */
export interface SessionTimings {
  /** Waiting for the runtime to start. */
  readonly runtimeMs: number
  readonly loadMs: number
  readonly warmupMs: number
}

interface Loaded {
  readonly backend: Backend
  readonly runtime: RuntimeSession
  readonly runtimeMs: number
  readonly tried: readonly TriedBackend[]
}

/** Loads on the first backend that can. A refusal by the model itself is worth more than "none was available". */
async function loadOnFirst({ contract, model, backends, signal, onProgress }: SessionOptions): Promise<Loaded> {
  const tried: TriedBackend[] = []
  let refusal: unknown
  for (const backend of backends) {
    throwIfAborted(signal)
    const reason = await abortable(backend.probe(), signal)
    if (reason !== undefined) {
      tried.push({ backend: backend.name, reason })
      continue
    }
    onProgress?.({ phase: 'load', backend: backend.name, completed: 0, total: 1 })
    const began = performance.now()
    try {
      await abortable(backend.start(), signal)
      const runtimeMs = performance.now() - began
      const runtime = await backend.load(model, contract.id)
      onProgress?.({ phase: 'load', backend: backend.name, completed: 1, total: 1 })
      return { backend, runtime, runtimeMs, tried }
    } catch (error) {
      throwIfAborted(signal)
      if (isCandlewickError(error, 'model/unloadable')) refusal = error
      const [inner] = isCandlewickError(error, 'backend/unavailable') ? error.details.tried : []
      tried.push({ backend: backend.name, reason: inner?.reason ?? reasonOf(error) })
    }
  }
  throw refusal ?? new CandlewickError('backend/unavailable', { tried })
}

function checkFinite(code: 'inference/non-finite' | 'inference/input', values: Float32Array): void {
  // A plain loop: a callback per number would cost a noticeable share of a run.
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!
    if (!Number.isFinite(value)) throw new CandlewickError(code, { index, value })
  }
}

/** An open model. Get one with {@link ModelSession.open}. */
export class ModelSession implements AsyncDisposable {
  readonly contract: ModelContract
  readonly backend: BackendName
  /** The backends that were passed over, in order, and why. */
  readonly tried: readonly TriedBackend[]
  /** Threads that a run uses on the processor. */
  readonly threads: number
  /** Why fewer threads run than the backend was asked for, if so. */
  readonly threadsProblem: string | undefined
  readonly #runtime: RuntimeSession
  readonly #layout: Layout
  readonly #turns = new Mutex()
  #timings: SessionTimings = { runtimeMs: 0, loadMs: 0, warmupMs: 0 }
  #released: Promise<void> | undefined

  private constructor(contract: ModelContract, layout: Layout, loaded: Loaded) {
    this.contract = contract
    this.backend = loaded.backend.name
    this.tried = loaded.tried
    this.threads = loaded.runtime.threads
    this.threadsProblem = loaded.backend.threadsProblem
    this.#runtime = loaded.runtime
    this.#layout = layout
  }

  /** How long starting, loading and warming up took. */
  get timings(): SessionTimings {
    return this.#timings
  }

  /**
   * Loads the model on the first backend that can run it, checks its contract and runs it warm.
   *
   * @throws `backend/unavailable` when no backend can be used; `model/unloadable` when a runtime refuses the bytes and
   * no other takes them; `model/contract` when the model is not what the contract says (no other backend is tried);
   * `backend/lost` when the device is lost while the model is run warm.
   */
  static async open(options: SessionOptions): Promise<ModelSession> {
    const { contract, signal } = options
    const layout = layoutOf(contract)
    const warmupRuns = options.warmupRuns
    if (warmupRuns !== undefined && (!Number.isSafeInteger(warmupRuns) || warmupRuns < 0))
      throw new TypeError(`warmupRuns is ${warmupRuns}: it must be a whole number from 0.`)
    const started = performance.now()
    const loaded = await loadOnFirst(options)
    try {
      throwIfAborted(signal)
      checkContract(contract, loaded.runtime)
      const session = new ModelSession(contract, layout, loaded)
      const loadedAt = performance.now()
      await session.#warmUp(warmupRuns ?? defaultWarmupRuns[session.backend], options)
      const { runtimeMs } = loaded
      session.#timings = {
        runtimeMs,
        loadMs: loadedAt - started - runtimeMs,
        warmupMs: performance.now() - loadedAt,
      }
      return session
    } catch (error) {
      await loaded.runtime.release()
      throw error
    }
  }

  async #warmUp(runs: number, { signal, onProgress }: SessionOptions): Promise<void> {
    const { chunk, fixed, windowDims, windowLength } = this.#layout
    const batch = fixed ? chunk : 1
    const input = new Float32Array(batch * windowLength)
    for (let run = 0; run < runs; run += 1) {
      await this.#runtime.run(input, [batch, ...windowDims], this.contract.output.name)
      onProgress?.({ phase: 'warmup', backend: this.backend, completed: run + 1, total: runs })
      // A run on the processor blocks its thread, so an abort can only arrive between two.
      if (signal !== undefined) await breathe()
      throwIfAborted(signal)
    }
  }

  /**
   * Runs a batch of windows, oldest request first. `input` holds `batch` windows one after another, in the shape of the
   * contract; the result holds one row of outputs per window and belongs to the caller. `input` must not change before
   * the promise settles.
   *
   * @throws TypeError when `input` has another length than `batch` windows.
   * @throws `inference/input` and `inference/non-finite` when a number going in or coming out is NaN or infinite;
   * `inference/failed` when the runtime fails; `backend/lost` when the device it computes on is gone; `engine/closed` after {@link ModelSession.release}.
   */
  async run(
    input: Float32Array,
    batch: number,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    if (this.#released !== undefined) throw new CandlewickError('engine/closed', { call: 'run' })
    const { chunk, fixed, windowLength } = this.#layout
    if (!Number.isSafeInteger(batch) || batch < 1)
      throw new TypeError(`batch is ${batch}: it must be a whole number above 0.`)
    if (fixed && batch % chunk !== 0) throw new TypeError(`batch is ${batch}: this model takes multiples of ${chunk}.`)
    if (input.length !== batch * windowLength)
      throw new TypeError(`The input has ${input.length} numbers; ${batch} window(s) have ${batch * windowLength}.`)
    throwIfAborted(signal)
    // Shaders may assume that there is no NaN (WGSL): ReLU or a clamp can turn it into an ordinary number.
    checkFinite('inference/input', input)
    return abortable(
      this.#turns.run(() => this.#runChunks(input, batch, signal)),
      signal,
    )
  }

  async #runChunks(input: Float32Array, batch: number, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    const { chunk, windowDims, windowLength, outputLength } = this.#layout
    const output = new Float32Array(batch * outputLength)
    for (let first = 0; first < batch; first += chunk) {
      if (first > 0 && signal !== undefined) await breathe()
      throwIfAborted(signal)
      const count = Math.min(chunk, batch - first)
      const windows = input.subarray(first * windowLength, (first + count) * windowLength)
      const rows = await this.#runtime.run(windows, [count, ...windowDims], this.contract.output.name)
      if (rows.length !== count * outputLength) {
        const [expected, actual] = [`${count * outputLength} numbers`, `${rows.length} numbers`]
        throw new CandlewickError('model/contract', { path: 'output.dims', expected, actual })
      }
      output.set(rows, first * outputLength)
    }
    checkFinite('inference/non-finite', output)
    return output
  }

  /** Frees the model when the runs already asked for have ended. Later runs are refused. A second call does nothing. */
  release(): Promise<void> {
    this.#released ??= this.#turns.run(() => this.#runtime.release())
    return this.#released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}
