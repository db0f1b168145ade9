/** Stands where ONNX Runtime expects the script of its binary, and starts it from a module that is compiled already. */
import start from 'onnxruntime-web/ort-wasm-simd-threaded.mjs'
import { moduleInterface } from './module-interface.mjs'

let module

/**
 * Whether a module is the binary that this script was made with. Imports and exports have names of one letter there, so
 * another version would be joined wrongly rather than refused.
 */
export function isOwnBinary(compiled) {
  return moduleInterface(compiled) === BINARY_INTERFACE
}

/** The module that the first session starts. A later one changes nothing once the runtime has started. */
export function setWasmModule(compiled) {
  module = compiled
}

/**
 * Starts the binary. The script itself would wait for ever where instantiating fails, because it listens to the success
 * alone, so a failure is handed around it.
 */
export default (config) =>
  new Promise((resolve, reject) => {
    const instantiateWasm = (imports, succeed) => {
      WebAssembly.instantiate(module, imports)
        .then((instance) => succeed(instance, module))
        .catch(reject)
      return {}
    }
    start({ ...config, instantiateWasm }).then(resolve, reject)
  })
