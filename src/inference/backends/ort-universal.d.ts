/** ONNX Runtime in one file, which the build makes beside this one: see `scripts/build/universal-runtime.mjs`. */
export { env, InferenceSession, Tensor } from 'onnxruntime-web'

/** Gives the runtime its compiled binary. It counts until the first session starts the runtime. */
export function setWasmModule(compiled: WebAssembly.Module): void

/** Whether a compiled module is the binary of this very build. */
export function isOwnBinary(compiled: WebAssembly.Module): boolean
