/** Runs models on the processor, in browsers and in Node. ONNX Runtime is fetched at the first load. */
import type { Backend } from '../backend.ts'
import { type OrtOptions, OrtRuntime } from './ort-session.ts'

const runtime = new OrtRuntime('wasm', () => import('onnxruntime-web/wasm'))

/**
 * The WebAssembly backend: one thread unless told otherwise. The first load in a thread decides its address, bytes and
 * number of threads for good; a backend that asks for another number of threads reports that when probed.
 */
export function wasmBackend(options: OrtOptions = {}): Backend {
  const { threads = 1 } = options
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new TypeError(`threads is ${threads}: it must be a whole number above 0.`)
  return {
    name: 'wasm',
    probe: () =>
      Promise.resolve('WebAssembly' in globalThis ? runtime.conflict(options) : 'WebAssembly does not exist here'),
    load: (model, id = 'unnamed') => runtime.load(model, id, options),
  }
}
