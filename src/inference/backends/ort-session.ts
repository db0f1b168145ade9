/** What the ONNX Runtime adapters share. Each of them brings its own build; a thread must load only one build. */
import type * as Ort from 'onnxruntime-web'

import { CandlewickError, reasonOf } from '../../core/errors.ts'
import { Mutex } from '../../core/mutex.ts'
import type { BackendName, RuntimeSession } from '../backend.ts'
import type { TensorSpec } from '../contract.ts'

/** A build of ONNX Runtime. */
export type OrtModule = typeof Ort

/** How the runtime's own code is found and run. It is read once per thread, at the first load. */
export interface OrtOptions {
  /** Absolute address of the `.wasm` file. Default: next to the script. */
  readonly wasmUrl?: string | undefined
  /** The `.wasm` file's bytes, instead of an address. */
  readonly wasmBinary?: ArrayBuffer | undefined
  /** Default 1. More need a cross-origin isolated page. */
  readonly threads?: number | undefined
}

/** ONNX Runtime reports a free dimension by its name, and one without a name as a size that no tensor has. */
const dimension = (dim: number | string): number | string =>
  typeof dim === 'number' && (dim < 0 || dim > 0x7fffffff) ? '' : dim

const tensorSpecs = (metadata: readonly Ort.InferenceSession.ValueMetadata[]): readonly TensorSpec[] =>
  metadata.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: value.type, dims: value.shape.map(dimension) }
      : { name: value.name, dtype: 'not a tensor', dims: [] },
  )

/** The runtime's own text, as part of a sentence of ours. */
const textOf = (thrown: unknown): string => reasonOf(thrown).replace(/\.+$/, '')

/** The text with which ONNX Runtime says that its own code did not start. */
const notStarted = 'no available backend found'

/**
 * One build of ONNX Runtime in this thread. Creating, running and releasing take turns: two first creates kill the
 * runtime for good, and two overlapping runs on WebGPU freeze the thread.
 */
export class OrtRuntime {
  readonly #name: BackendName
  readonly #import: () => Promise<OrtModule>
  readonly #turns = new Mutex()
  #ort: OrtModule | undefined
  #threads = 0

  constructor(name: BackendName, importOrt: () => Promise<OrtModule>) {
    this.#name = name
    this.#import = importOrt
  }

  /** Why these options cannot be honoured: the first load of a thread decides the number of threads for all. */
  conflict({ threads = 1 }: OrtOptions): string | undefined {
    if (this.#ort === undefined || this.#threads === threads) return undefined
    return `ONNX Runtime already runs here with ${this.#threads} thread(s), not ${threads}`
  }

  /** Loads a model; the first call starts the runtime. */
  load(model: Uint8Array, id: string, options: OrtOptions): Promise<RuntimeSession> {
    return this.#turns.run(async () => {
      const ort = this.#ort ?? (await this.#start(options))
      try {
        // The runtime writes into the options that it is given, so they are made for each call.
        const session = await ort.InferenceSession.create(model, {
          executionProviders: [this.#name],
          graphOptimizationLevel: 'all',
        })
        return new OrtSession(this.#name, ort, session, this.#turns)
      } catch (cause) {
        const [backend, reason] = [this.#name, textOf(cause)]
        if (reason.includes(notStarted))
          throw new CandlewickError('backend/unavailable', { tried: [{ backend, reason }] }, { cause })
        throw new CandlewickError('model/unloadable', { id, backend, reason }, { cause })
      }
    })
  }

  async #start({ wasmUrl, wasmBinary, threads = 1 }: OrtOptions): Promise<OrtModule> {
    let ort
    try {
      ort = await this.#import()
    } catch (cause) {
      const tried = [{ backend: this.#name, reason: textOf(cause) }]
      throw new CandlewickError('backend/unavailable', { tried }, { cause })
    }
    ort.env.logLevel = 'error'
    ort.env.wasm.numThreads = threads
    // Only the address of the wasm file: a prefix, or a script address, would turn off the script inside the bundle.
    if (wasmUrl !== undefined) ort.env.wasm.wasmPaths = { wasm: wasmUrl }
    if (wasmBinary !== undefined) ort.env.wasm.wasmBinary = wasmBinary
    this.#ort = ort
    this.#threads = threads
    return ort
  }
}

class OrtSession implements RuntimeSession {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly #backend: BackendName
  readonly #ort: OrtModule
  readonly #session: Ort.InferenceSession
  readonly #turns: Mutex
  #released: Promise<void> | undefined

  constructor(backend: BackendName, ort: OrtModule, session: Ort.InferenceSession, turns: Mutex) {
    this.#backend = backend
    this.#ort = ort
    this.#session = session
    this.#turns = turns
    this.inputs = tensorSpecs(session.inputMetadata)
    this.outputs = tensorSpecs(session.outputMetadata)
  }

  run(input: Float32Array, dims: readonly number[], output: string): Promise<Float32Array<ArrayBuffer>> {
    return this.#turns.run(async () => {
      try {
        return await this.#runOnce(input, dims, output)
      } catch (cause) {
        throw new CandlewickError('inference/failed', { backend: this.#backend, reason: textOf(cause) }, { cause })
      }
    })
  }

  async #runOnce(input: Float32Array, dims: readonly number[], outputName: string): Promise<Float32Array<ArrayBuffer>> {
    const [inputName] = this.#session.inputNames
    if (inputName === undefined) throw new TypeError('The model has no input.')
    const feed = new this.#ort.Tensor('float32', input, dims)
    const results = await this.#session.run({ [inputName]: feed }, [outputName])
    const output = results[outputName]
    try {
      const data = await output?.getData()
      if (!(data instanceof Float32Array)) throw new TypeError('The output is not float32.')
      return new Float32Array(data)
    } finally {
      output?.dispose()
      feed.dispose()
    }
  }

  release(): Promise<void> {
    this.#released ??= this.#turns.run(() => this.#session.release())
    return this.#released
  }
}
