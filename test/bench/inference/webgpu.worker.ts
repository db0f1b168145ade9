/** One thread of a page with ONNX Runtime's WebGPU build. */
import { expose } from 'comlink'
import * as ort from 'onnxruntime-web/jspi'
import type { Thread } from './wasm.worker.ts'
import { Workshop } from './workshop.ts'

const workshop = new Workshop()

const thread: Thread = {
  async open(forms) {
    ort.env.logLevel = 'error'
    const times: number[] = []
    for (const form of forms) {
      const model = new Uint8Array(await (await fetch(`/forms/${form}.onnx`)).arrayBuffer())
      times.push(await workshop.addModel(form, model, ort, 'webgpu'))
    }
    return times
  },
  answer: (name, batch) => workshop.answer(name, batch),
  time: (name, batch, runs) => workshop.time(name, batch, runs),
}

expose(thread)
