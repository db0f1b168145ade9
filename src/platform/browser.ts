/** Browsers: models run in a worker; the page's thread stays free. */
import type { BackendName } from '../inference/index.ts'
import { readByFetch } from '../registry/index.ts'
import { RemoteEngine } from '../rpc/remote-engine.ts'
import { RemoteRuntime } from '../rpc/remote-runtime.ts'
import { spawnWorker, wasmUrlFor } from '../rpc/spawn.ts'
import { openBrowserStore } from './browser-store.ts'
import { engineOptions } from './engine-options.ts'
import type { OpenCore, RegistryHost } from './port.ts'

/** What can be known of a backend without starting a worker. */
function unsupported(backend: BackendName): string | undefined {
  if (backend === 'wasm') return typeof WebAssembly === 'object' ? undefined : 'this browser has no WebAssembly'
  if (!('gpu' in navigator)) return 'this browser has no WebGPU, or it is switched off'
  // Our WebGPU build of ONNX Runtime suspends WebAssembly while the GPU works.
  return 'Suspending' in WebAssembly ? undefined : 'this browser cannot suspend WebAssembly (JSPI)'
}

const addressOf = (address: string): string => new URL(address, globalThis.location.href).href

/** Opens an engine in a worker. */
export const openCore: OpenCore = async (options) => {
  const manifest = addressOf(options.manifest)
  return RemoteEngine.open(
    engineOptions(options, manifest),
    {
      spawn: options.worker ?? spawnWorker,
      unsupported,
      wasmUrl: options.wasmUrl ?? wasmUrlFor,
      timeouts: options.timeouts,
      recoveries: options.recoveries,
      onRecovery: options.onRecovery,
    },
    { signal: options.signal, onProgress: options.onProgress },
  )
}

/** A registry in the page, whose models run in a worker. */
export const registryHost: RegistryHost = {
  openStore: openBrowserStore,
  addressOf,
  read: readByFetch,
  createRuntime: ({ worker = spawnWorker, wasmUrl = wasmUrlFor, timeouts }) =>
    new RemoteRuntime({ spawn: worker, wasmUrl, timeouts }),
}
