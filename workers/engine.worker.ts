/** The worker of the WASM backend: the only realm in which that build of ONNX Runtime is loaded. */
import { joinWasmRuntime, wasmBackend } from '../src/inference/backends/ort-wasm.ts'
import { serveWorker } from './serve-worker.ts'

serveWorker(wasmBackend, joinWasmRuntime)
