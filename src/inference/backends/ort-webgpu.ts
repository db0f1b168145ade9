/** Runs models on the graphics card. Needs WebGPU and JavaScript Promise Integration; ONNX Runtime is fetched at the first load. */
import type { Backend } from '../backend.ts'
import { type OrtOptions, OrtRuntime } from './ort-session.ts'

const runtime = new OrtRuntime('webgpu', () => import('onnxruntime-web/jspi'))

/** Some browsers answer null in the first moments of a page and have an adapter soon after. */
const secondTryMs = 100

async function findAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  const adapter = await gpu.requestAdapter()
  if (adapter !== null) return adapter
  await new Promise((resolve) => {
    setTimeout(resolve, secondTryMs)
  })
  return gpu.requestAdapter()
}

async function probe(): Promise<string | undefined> {
  if (!('WebAssembly' in globalThis && 'Suspending' in WebAssembly))
    return 'JavaScript Promise Integration (WebAssembly.Suspending) does not exist here'
  const gpu = 'navigator' in globalThis && 'gpu' in navigator ? navigator.gpu : undefined
  if (gpu === undefined) return 'WebGPU (navigator.gpu) does not exist here'
  try {
    return (await findAdapter(gpu)) === null ? 'WebGPU offers no graphics adapter here' : undefined
  } catch (error) {
    return `WebGPU could not be asked for an adapter: ${String(error)}`
  }
}

/** The WebGPU backend. `wasmUrl` is the absolute address of `ort-wasm-simd-threaded.jspi.wasm`. */
export function webgpuBackend(options: Pick<OrtOptions, 'wasmUrl' | 'wasmBinary'> = {}): Backend {
  return {
    name: 'webgpu',
    probe,
    load: (model, id = 'unnamed') => runtime.load(model, id, options),
  }
}
