/** One model in ONNX Runtime. Its calls take turns with all others of the thread, and end when the device is lost. */
import type * as Ort from 'onnxruntime-web'

import { CandlewickError, reasonOf } from '../../core/errors.ts'
import type { Mutex } from '../../core/mutex.ts'
import type { BackendName, RuntimeSession } from '../backend.ts'
import { notTensor, type TensorSpec } from '../contract.ts'
import type { DeviceWatch } from './device-watch.ts'

/** A build of ONNX Runtime: what is used of it. */
export type OrtModule = Pick<typeof Ort, 'env' | 'InferenceSession' | 'Tensor'>

/** What a session gets from the runtime of its thread. */
export interface OrtHome {
  readonly backend: BackendName
  readonly threads: number
  readonly ort: OrtModule
  readonly turns: Mutex
  readonly watch: DeviceWatch
}

/** ONNX Runtime reports a free dimension by its name, and one without a name as a size that no tensor has. */
const dimension = (dim: number | string): number | string =>
  typeof dim === 'number' && (dim < 0 || dim > 0x7fffffff) ? '' : dim

const tensorSpecs = (metadata: readonly Ort.InferenceSession.ValueMetadata[]): readonly TensorSpec[] =>
  metadata.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: value.type, dims: value.shape.map(dimension) }
      : { name: value.name, dtype: notTensor, dims: [] },
  )

/** The runtime's own text, as part of a sentence of ours. */
export const textOf = (thrown: unknown): string =>
  reasonOf(thrown)
    .trim()
    .replace(/\.+$/, '')
    .replace(/\bstd::bad_alloc$/, 'out of memory (std::bad_alloc)')

/** A model of {@link OrtHome}'s runtime. */
export class OrtSession implements RuntimeSession {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly threads: number
  readonly #home: OrtHome
  readonly #session: Ort.InferenceSession
  #freed: Promise<void> | undefined

  constructor(home: OrtHome, session: Ort.InferenceSession) {
    this.#home = home
    this.#session = session
    this.threads = home.threads
    this.inputs = tensorSpecs(session.inputMetadata)
    this.outputs = tensorSpecs(session.outputMetadata)
    home.watch.sessions.add(this)
  }

  run(input: Float32Array, dims: readonly number[], output: string): Promise<Float32Array<ArrayBuffer>> {
    const { backend, turns, watch } = this.#home
    const once = async (): Promise<Float32Array<ArrayBuffer>> => {
      if (watch.loss !== undefined) throw watch.loss
      try {
        return await this.#runOnce(input, dims, output)
      } catch (cause) {
        await watch.settle()
        throw watch.loss ?? new CandlewickError('inference/failed', { backend, reason: textOf(cause) }, { cause })
      }
    }
    return watch.guard(() => turns.run(once))
  }

  async #runOnce(input: Float32Array, dims: readonly number[], outputName: string): Promise<Float32Array<ArrayBuffer>> {
    const [inputName] = this.#session.inputNames
    if (inputName === undefined) throw new TypeError('The model has no input.')
    const feed = new this.#home.ort.Tensor('float32', input, dims)
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

  async release(): Promise<void> {
    const { watch } = this.#home
    try {
      await watch.guard(() => this.free())
    } catch (error) {
      // With its device the model is gone; a run that never ends must not keep its owner waiting.
      if (watch.loss === undefined) throw error
    }
  }

  /** Frees the model when the calls before have ended. */
  free(): Promise<void> {
    const { turns, watch } = this.#home
    watch.sessions.delete(this)
    this.#freed ??= turns.run(() => this.#session.release())
    return this.#freed
  }
}
