/** One thread of a page with ONNX Runtime's WASM build, and where it is wanted with TensorFlow.js. */
import { expose } from 'comlink'
import * as ort from 'onnxruntime-web/wasm'
import { sampleWeights } from './state-dict.ts'
import { Workshop } from './workshop.ts'

const workshop = new Workshop()

/** What the page may ask of this thread. */
export interface Thread {
  /** Opens forms of the network; gives how long each took, in ms. */
  open(forms: readonly string[], threads: number, tfjs?: boolean): Promise<number[]>
  answer(name: string, batch: number): Promise<number[]>
  time(name: string, batch: number, runs: number): Promise<number[]>
}

const thread: Thread = {
  async open(forms, threads, tfjs = false) {
    ort.env.logLevel = 'error'
    ort.env.wasm.numThreads = threads
    const times: number[] = []
    for (const form of forms) {
      const model = new Uint8Array(await (await fetch(`/forms/${form}.onnx`)).arrayBuffer())
      times.push(await workshop.addModel(form, model, ort, 'wasm'))
    }
    if (tfjs) await workshop.addTfjs('tfjs', sampleWeights(), '/tfjs/')
    return times
  },
  answer: (name, batch) => workshop.answer(name, batch),
  time: (name, batch, runs) => workshop.time(name, batch, runs),
}

expose(thread)
