/**
 * Where the package's own workers and ONNX Runtime's binaries are. Bundlers find the files by the literal
 * `new URL(…, import.meta.url)` below, so these expressions must stay as they are. The paths hold in the built package.
 */
import type { BackendName } from '../inference/index.ts'

/** Starts the package's own worker for a backend. */
export function spawnWorker(backend: BackendName): Worker {
  return backend === 'webgpu'
    ? new Worker(new URL('../worker-webgpu.js', import.meta.url), { type: 'module', name: 'candlewick-webgpu' })
    : new Worker(new URL('../worker.js', import.meta.url), { type: 'module', name: 'candlewick' })
}

/** Address of the ONNX Runtime binary for a backend. Absolute, because a worker made from a blob cannot resolve others. */
export function wasmUrlFor(backend: BackendName): string {
  const url =
    backend === 'webgpu'
      ? new URL('../ort-wasm-simd-threaded.jspi.wasm', import.meta.url)
      : new URL('../ort-wasm-simd-threaded.wasm', import.meta.url)
  return new URL(url.href, globalThis.location.href).href
}
