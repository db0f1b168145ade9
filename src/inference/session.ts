/** A model, checked against its contract and warmed up, on the first backend that can run it. */
import { abortable, breathe, throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { Mutex } from '../core/mutex.ts'
import type { Backend, BackendName, RuntimeSession } from './backend.ts'
import { checkContract, type ModelContract } from './contract.ts'

/** Windows per run of the runtime: more gain nothing and cost memory. */
export const maxBatch = 32

/** Runs before a session counts as ready: the engine compiles WebAssembly in tiers, WebGPU compiles at the first run. */
const defaultWarmupRuns: { readonly [B in BackendName]: number } = { wasm: 10, webgpu: 1 }

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
  /** Default 10 on `wasm`, 1 on `webgpu`. */
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
  readonly loadMs: number
  readonly warmupMs: number
}

interface Loaded {
  readonly backend: BackendName
  readonly runtime: RuntimeSession
  readonly tried: readonly TriedBackend[]
}

interface Layout {
  /** Windows per run of the runtime. */
  readonly chunk: number
  /** Whether a run must have exactly `chunk` windows. */
  readonly fixed: boolean
  readonly windowDims: readonly number[]
  readonly windowLength: number
  readonly outputLength: number
}

const sizes = (what: string, dims: readonly (number | string)[]): readonly number[] =>
  dims.map((dim) => {
    if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim > 0) return dim
    throw new TypeError(
      `The ${what} of the contract has dimension "${dim}": only the first one, the batch, may be free.`,
    )
  })

const product = (numbers: readonly number[]): number => numbers.reduce((total, size) => total * size, 1)

function layoutOf({ input, output }: ModelContract): Layout {
  if (input.dtype !== 'float32' || output.dtype !== 'float32')
    throw new TypeError(`The contract has ${input.dtype} and ${output.dtype}: input and output must be float32.`)
  const [batch, ...rest] = input.dims
  if (batch === undefined || output.dims[0] === undefined)
    throw new TypeError('The contract has a tensor without dimensions: the first one is the batch.')
  const fixed = typeof batch === 'number'
  if (fixed ? batch !== output.dims[0] : typeof output.dims[0] === 'number')
    throw new TypeError(`The contract has batch "${batch}" at the input and "${output.dims[0]}" at the output.`)
  const windowDims = sizes('input', rest)
  const [chunk] = sizes('input', [fixed ? batch : maxBatch])
  const outputLength = product(sizes('output', output.dims.slice(1)))
  return { chunk: chunk!, fixed, windowDims, windowLength: product(windowDims), outputLength }
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
    try {
      const runtime = await backend.load(model, contract.id)
      onProgress?.({ phase: 'load', backend: backend.name, completed: 1, total: 1 })
      return { backend: backend.name, runtime, tried }
    } catch (error) {
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
  readonly #runtime: RuntimeSession
  readonly #layout: Layout
  readonly #turns = new Mutex()
  #timings: SessionTimings = { loadMs: 0, warmupMs: 0 }
  #released: Promise<void> | undefined

  private constructor(contract: ModelContract, layout: Layout, loaded: Loaded) {
    this.contract = contract
    this.backend = loaded.backend
    this.tried = loaded.tried
    this.#runtime = loaded.runtime
    this.#layout = layout
  }

  /** How long loading and warming up took. */
  get timings(): SessionTimings {
    return this.#timings
  }

  /**
   * Loads the model on the first backend that can run it, checks its contract and runs it warm.
   *
   * @throws `backend/unavailable` when no backend can be used; `model/unloadable` when a runtime refuses the bytes and
   * no other takes them; `model/contract` when the model is not what the contract says (no other backend is tried).
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
      await session.#warmUp(warmupRuns ?? defaultWarmupRuns[loaded.backend], options)
      session.#timings = { loadMs: loadedAt - started, warmupMs: performance.now() - loadedAt }
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
   * `inference/failed` when the runtime fails; `engine/closed` after {@link ModelSession.release}.
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
