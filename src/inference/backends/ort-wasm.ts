/** Runs models on the processor, in browsers and in Node. ONNX Runtime is fetched at the start. */
import type { Backend } from '../backend.ts'
import { type OrtOptions, OrtRuntime } from './ort-runtime.ts'

const importOrt = () => import('onnxruntime-web/wasm')
const runtime = new OrtRuntime({ name: 'wasm', importOrt })

/** Threads share memory, which browsers allow only to pages that isolate themselves. */
const notIsolated =
  'more than one thread needs a cross-origin isolated page (the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)'

const isolated = (): boolean => 'crossOriginIsolated' in globalThis && globalThis.crossOriginIsolated

/**
 * The WebAssembly backend: one thread unless told otherwise. The start in a thread decides its address, bytes and number
 * of threads for good; a backend that asks for another number of threads reports that when probed.
 *
 * @throws TypeError when `threads` is not a whole number above 0
 */
export function wasmBackend(options: OrtOptions = {}): Backend {
  const { threads: wanted = 1 } = options
  if (!Number.isSafeInteger(wanted) || wanted < 1)
    throw new TypeError(`threads is ${wanted}: it must be a whole number above 0.`)
  const threads = isolated() ? wanted : 1
  const settled = { ...options, threads }
  return {
    name: 'wasm',
    threadsProblem: threads < wanted ? notIsolated : undefined,
    probe: () =>
      Promise.resolve('WebAssembly' in globalThis ? runtime.conflict(settled) : 'WebAssembly does not exist here'),
    start: () => runtime.start(settled),
    load: (model, id = 'unnamed') => runtime.load(model, id, settled),
  }
}

/** Becomes one of the threads that the runtime of another worker has started: its code is all that such a realm needs. */
export async function joinWasmRuntime(): Promise<void> {
  await importOrt()
}
