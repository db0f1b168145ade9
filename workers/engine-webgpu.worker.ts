/** The worker of the WebGPU backend: the only realm in which that build of ONNX Runtime is loaded. */
import { webgpuBackend } from '../src/inference/backends/ort-webgpu.ts'
import { serveWorker } from './serve-worker.ts'

serveWorker(webgpuBackend)
