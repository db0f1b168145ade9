/** `candlewick/edge`: sessions in Cloudflare Workers, Deno and Node. Importing it fetches nothing and asks for no platform. */
export { CandlewickError, type ErrorCode, type ErrorDetails, isCandlewickError } from './core/errors.ts'
export { type Backend, type BackendName, type RuntimeSession } from './inference/backend.ts'
export { edgeBackend, type EdgeOptions } from './inference/backends/ort-edge.ts'
export { type ModelContract, type ModelTensors, type TensorSpec } from './inference/contract.ts'
export {
  maxBatch,
  ModelSession,
  type SessionOptions,
  type SessionProgress,
  type SessionTimings,
  type TriedBackend,
} from './inference/session.ts'
