/** Running models: contracts, backends, sessions. */
export { type Backend, type BackendName, backendNames, type RuntimeSession } from './backend.ts'
export { type OrtOptions } from './backends/ort-runtime.ts'
export { wasmBackend } from './backends/ort-wasm.ts'
export { webgpuBackend } from './backends/ort-webgpu.ts'
export { checkContract, type ModelContract, type ModelTensors, type TensorSpec } from './contract.ts'
export {
  maxBatch,
  ModelSession,
  type SessionOptions,
  type SessionProgress,
  type SessionTimings,
  type TriedBackend,
} from './session.ts'
