/** Browsers: the engine lives in a worker; the page's thread stays free. */
import { RemoteEngine } from '../rpc/remote-engine.ts'
import { spawnWorker, wasmUrlFor } from '../rpc/spawn.ts'
import type { BackendName } from '../inference/index.ts'
import { engineOptions } from './engine-options.ts'
import type { OpenCore } from './port.ts'

/** What can be known of a backend without starting a worker. */
function unsupported(backend: BackendName): string | undefined {
  if (backend === 'wasm') return typeof WebAssembly === 'object' ? undefined : 'this browser has no WebAssembly'
  if (!('gpu' in navigator)) return 'this browser has no WebGPU, or it is switched off'
  // Our WebGPU build of ONNX Runtime suspends WebAssembly while the GPU works.
  return 'Suspending' in WebAssembly ? undefined : 'this browser cannot suspend WebAssembly (JSPI)'
}

/** Opens an engine in a worker. */
export const openCore: OpenCore = async (options) => {
  const manifest = new URL(options.manifest, globalThis.location.href).href
  return RemoteEngine.open(
    engineOptions(options, manifest),
    {
      spawn: options.worker ?? spawnWorker,
      unsupported,
      wasmUrl: options.wasmUrl ?? wasmUrlFor,
      timeouts: options.timeouts,
    },
    { signal: options.signal, onProgress: options.onProgress },
  )
}
