/** One build of ONNX Runtime in this thread: it is started once and loads models. A thread must load only one build. */
import type * as Ort from 'onnxruntime-web'

import { CandlewickError } from '../../core/errors.ts'
import { Mutex } from '../../core/mutex.ts'
import type { BackendName, RuntimeSession } from '../backend.ts'
import { DeviceWatch } from './device-watch.ts'
import { type OrtHome, type OrtModule, OrtSession, textOf } from './ort-session.ts'

/** How the runtime's own code is found and run. It is read once per thread, at the start. */
export interface OrtOptions {
  /** Absolute address of the `.wasm` file. Default: next to the script. */
  readonly wasmUrl?: string | undefined
  /** The `.wasm` file's bytes, instead of an address. */
  readonly wasmBinary?: ArrayBuffer | undefined
  /** Default 1. More run only in a cross-origin isolated page; elsewhere it is one, and the backend says why. */
  readonly threads?: number | undefined
}

/** What one build brings along. */
export interface OrtBuild {
  readonly name: BackendName
  /** Fetches the build's script. */
  readonly importOrt: () => Promise<OrtModule>
  /** Opens the graphics card; absent where models run on the processor. */
  readonly openDevice?: (() => Promise<GPUDevice>) | undefined
}

interface Started extends OrtHome {
  readonly provider: Ort.InferenceSession.ExecutionProviderConfig
}

/** `y = x` over one number, as an ONNX file (IR 8, opset 17): a session of it makes the runtime start. */
const smallestModel = 'CAg6OgoTCgF4EgF5GgF5IghJZGVudGl0eRIBc1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE='

/** Threads whose script cannot be fetched never say so, and the runtime would wait for them for ever. */
const threadsMs = 100_000

/** The text with which ONNX Runtime says that its own code did not start. It keeps to that for the life of the thread. */
const notStarted = 'no available backend found'
const forGood = 'in this thread it never will, a fresh worker or page may'

/**
 * One build of ONNX Runtime in this thread. Creating, running and releasing take turns: two first creates kill the
 * runtime for good, and two overlapping runs on WebGPU freeze the thread.
 */
export class OrtRuntime {
  readonly #build: OrtBuild
  readonly #turns = new Mutex()
  readonly #watch = new DeviceWatch()
  #starting: Promise<Started> | undefined
  #threads: number | undefined

  constructor(build: OrtBuild) {
    this.#build = build
  }

  /** Why these options cannot be honoured: the start decides the number of threads for all sessions of a thread. */
  conflict({ threads = 1 }: OrtOptions): string | undefined {
    if (this.#threads === undefined || this.#threads === threads) return undefined
    return `ONNX Runtime already runs here with ${this.#threads} thread(s), not ${threads}`
  }

  /** Starts the runtime, if it has not been. Never rejects: {@link OrtRuntime.load} reports what failed. */
  async start(options: OrtOptions): Promise<void> {
    await this.#begin(options).catch(() => undefined)
  }

  /** Loads a model; the first call starts the runtime. */
  load(model: Uint8Array, id: string, options: OrtOptions): Promise<RuntimeSession> {
    return this.#watch.guard(async () => {
      const started = await this.#begin(options)
      return this.#turns.run(() => this.#create(model, id, started))
    })
  }

  async #create(model: Uint8Array, id: string, { provider, ...home }: Started): Promise<RuntimeSession> {
    try {
      // The runtime writes into the options that it is given, so they are made for each call.
      const options = { executionProviders: [provider], graphOptimizationLevel: 'all' } as const
      return new OrtSession(home, await home.ort.InferenceSession.create(model, options))
    } catch (cause) {
      const { backend } = home
      throw new CandlewickError('model/unloadable', { id, backend, reason: textOf(cause) }, { cause })
    }
  }

  #begin(options: OrtOptions): Promise<Started> {
    if (this.#starting !== undefined) return this.#starting
    this.#threads = options.threads ?? 1
    const starting = this.#turns.run(() => this.#start(options))
    this.#starting = starting
    // ONNX Runtime remembers its own failures; what failed around it may succeed at the next call.
    starting.catch(() => {
      this.#starting = undefined
      this.#threads = undefined
    })
    return starting
  }

  async #start(options: OrtOptions): Promise<Started> {
    const { name: backend, importOrt } = this.#build
    try {
      const ort = await importOrt()
      configure(ort.env, options)
      const provider = await this.#openProvider()
      const model = Uint8Array.from(atob(smallestModel), (letter) => letter.charCodeAt(0))
      const session = await ort.InferenceSession.create(model, { executionProviders: [provider] })
      await session.release()
      // The runtime lowers the number where it finds no support for threads.
      const { numThreads: threads = 1 } = ort.env.wasm
      return { provider, backend, threads, ort, turns: this.#turns, watch: this.#watch }
    } catch (cause) {
      const text = textOf(cause)
      const reason = text.includes(notStarted) ? `${text} (${forGood})` : text
      throw new CandlewickError('backend/unavailable', { tried: [{ backend, reason }] }, { cause })
    }
  }

  /** A device of our own is watched from its first moment; the runtime would show its own only after the first session. */
  async #openProvider(): Promise<Started['provider']> {
    const { name, openDevice } = this.#build
    if (openDevice === undefined) return name
    const device = await openDevice()
    this.#watch.over(name, device.lost)
    return { name: 'webgpu', device }
  }
}

function configure(env: OrtModule['env'], { wasmUrl, wasmBinary, threads = 1 }: OrtOptions): void {
  env.logLevel = 'error'
  env.wasm.numThreads = threads
  if (threads > 1) env.wasm.initTimeout = threadsMs
  // Only the address of the wasm file: a prefix, or a script address, would turn off the script inside the bundle.
  if (wasmUrl !== undefined) env.wasm.wasmPaths = { wasm: wasmUrl }
  if (wasmBinary !== undefined) env.wasm.wasmBinary = wasmBinary
}
