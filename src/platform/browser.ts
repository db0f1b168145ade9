/** Browsers: models run in a worker; the page's thread stays free. */
import type { BackendName } from '../inference/index.ts'
import { readByFetch } from '../registry/index.ts'
import { ChoosingEngine } from '../rpc/choosing-engine.ts'
import type { ChoiceWishes } from '../rpc/choice-wishes.ts'
import { RemoteRuntime } from '../rpc/remote-runtime.ts'
import { spawnWorker, wasmUrlFor } from '../rpc/spawn.ts'
import { browserDevice } from './browser-device.ts'
import { openBrowserStore } from './browser-store.ts'
import { engineOptions } from './engine-options.ts'
import type { CreateOptions, OpenCore, RegistryHost } from './port.ts'

/** What can be known of a backend without starting a worker. */
function unsupported(backend: BackendName): string | undefined {
  if (backend === 'wasm') return typeof WebAssembly === 'object' ? undefined : 'this browser has no WebAssembly'
  if (!('gpu' in navigator)) return 'this browser has no WebGPU, or it is switched off'
  // Our WebGPU build of ONNX Runtime suspends WebAssembly while the GPU works.
  return 'Suspending' in WebAssembly ? undefined : 'this browser cannot suspend WebAssembly (JSPI)'
}

const addressOf = (address: string): string => new URL(address, globalThis.location.href).href

/** What the options wish the engine to run on; the rest is found out. */
function wishesOf({ symbols = 1, calibration = 'background', onCalibration, ...options }: CreateOptions): ChoiceWishes {
  if (!Number.isSafeInteger(symbols) || symbols < 1)
    throw new TypeError(`symbols is ${symbols}: it must be a whole number from 1.`)
  const { backends = 'auto', threads = 'auto', workers = 'auto' } = options
  return { backends, threads, workers, symbols, calibration, onCalibration }
}

/** Opens an engine in a worker. */
export const openCore: OpenCore = async (options) => {
  const manifest = addressOf(options.manifest)
  return ChoosingEngine.open(
    engineOptions(options, manifest),
    {
      spawn: options.worker ?? spawnWorker,
      unsupported,
      wasmUrl: options.wasmUrl ?? wasmUrlFor,
      timeouts: options.timeouts,
      recoveries: options.recoveries,
      onRecovery: options.onRecovery,
      wishes: wishesOf(options),
      device: browserDevice(() => unsupported('webgpu')),
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
