/** Holds the forms of the network in this thread, and times them. The same in Node and in a worker of a page. */
import type * as Ort from 'onnxruntime-web'
import { shape, type StateDict } from './state-dict.ts'
import { startTfjs, TfjsNetwork } from './tfjs-network.ts'
import { walks } from './windows.ts'

const { window, features } = shape

/** Answers windows given one after another. */
type Run = (windows: Float32Array, batch: number) => Promise<Float32Array> | Float32Array

/** A build of ONNX Runtime: for the web, or the native one. */
type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor'>

/** One thread's subjects. */
export class Workshop {
  readonly #runs = new Map<string, Run>()
  readonly #windows = new Map<number, Float32Array>()

  /** Opens a model in ONNX Runtime; gives how long that took, in ms. */
  async addModel(name: string, model: Uint8Array, ort: Runtime, provider: string): Promise<number> {
    const began = performance.now()
    const options = { executionProviders: [provider], intraOpNumThreads: 1, graphOptimizationLevel: 'all' } as const
    const session = await ort.InferenceSession.create(model, options)
    const took = performance.now() - began
    this.#runs.set(name, async (windows, batch) => {
      const { y } = await session.run({ x: new ort.Tensor('float32', windows, [batch, window, features]) })
      return (await y!.getData()) as Float32Array
    })
    return took
  }

  /** Opens the network in TensorFlow.js. `place` is where its `.wasm` files are served. */
  async addTfjs(name: string, weights: StateDict, place?: string): Promise<void> {
    await startTfjs(place)
    const network = new TfjsNetwork(weights)
    this.#runs.set(name, (windows, batch) => network.run(windows, batch))
  }

  #subject(name: string): Run {
    const run = this.#runs.get(name)
    if (run === undefined) throw new TypeError(`There is no subject "${name}" here.`)
    return run
  }

  /** The same windows for everybody. */
  #windowsOf(batch: number): Float32Array {
    const known = this.#windows.get(batch)
    if (known !== undefined) return known
    const windows = walks(batch)
    this.#windows.set(batch, windows)
    return windows
  }

  /** Outputs for a batch. */
  async answer(name: string, batch: number): Promise<number[]> {
    return [...(await this.#subject(name)(this.#windowsOf(batch), batch))]
  }

  /** How long each of some runs took, in ms. */
  async time(name: string, batch: number, runs: number): Promise<number[]> {
    const run = this.#subject(name)
    const windows = this.#windowsOf(batch)
    const times: number[] = []
    for (let at = 0; at < runs; at++) {
      const began = performance.now()
      await run(windows, batch)
      times.push(performance.now() - began)
    }
    return times
  }
}
