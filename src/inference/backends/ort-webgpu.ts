/** Runs models on the graphics card. Needs WebGPU and JavaScript Promise Integration; ONNX Runtime is fetched at the start. */
import { reasonOf } from '../../core/errors.ts'
import type { Backend } from '../backend.ts'
import { type OrtOptions, OrtRuntime } from './ort-runtime.ts'

const runtime = new OrtRuntime({ name: 'webgpu', importOrt: () => import('onnxruntime-web/jspi'), openDevice })

/** Some browsers answer null in the first moments of a page and have an adapter soon after. */
const secondTryMs = 100

/** What ONNX Runtime's kernels use where the card has more than the least that every card must have. */
const limits = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const
const features = ['shader-f16', 'subgroups'] as const

const noAdapter = 'WebGPU offers no graphics adapter here'

async function findAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  const adapter = await gpu.requestAdapter()
  if (adapter !== null) return adapter
  await new Promise((resolve) => {
    setTimeout(resolve, secondTryMs)
  })
  return gpu.requestAdapter()
}

async function openDevice(): Promise<GPUDevice> {
  const adapter = await findAdapter(navigator.gpu)
  if (adapter === null) throw new TypeError(noAdapter)
  return adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  })
}

async function probe(): Promise<string | undefined> {
  if (!('WebAssembly' in globalThis && 'Suspending' in WebAssembly))
    return 'JavaScript Promise Integration (WebAssembly.Suspending) does not exist here'
  const gpu = 'navigator' in globalThis && 'gpu' in navigator ? navigator.gpu : undefined
  if (gpu === undefined) return 'WebGPU (navigator.gpu) does not exist here'
  try {
    return (await findAdapter(gpu)) === null ? noAdapter : undefined
  } catch (error) {
    return `WebGPU could not be asked for an adapter: ${reasonOf(error)}`
  }
}

/** The WebGPU backend. `wasmUrl` is the absolute address of `ort-wasm-simd-threaded.jspi.wasm`. */
export function webgpuBackend({ wasmUrl, wasmBinary }: Pick<OrtOptions, 'wasmUrl' | 'wasmBinary'> = {}): Backend {
  // Its work is on the graphics card, so its realm never starts threads.
  const options = { wasmUrl, wasmBinary }
  return {
    name: 'webgpu',
    threadsProblem: undefined,
    probe,
    start: async () => {
      if ((await probe()) === undefined) await runtime.start(options)
    },
    load: (model, id = 'unnamed') => runtime.load(model, id, options),
  }
}
