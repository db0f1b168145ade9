/** Runs models on the processor wherever WebAssembly runs, servers that compile nothing at run time among them. */
import type { Backend } from '../backend.ts'
import { OrtRuntime } from './ort-runtime.ts'
import * as ort from './ort-universal.js'

const runtime = new OrtRuntime({ name: 'wasm', importOrt: () => Promise.resolve(ort) })

/** What the backend of servers at the edge needs. */
export interface EdgeOptions {
  /** `candlewick/edge.wasm`, compiled: imported where the host compiles it beforehand, else `WebAssembly.compile(bytes)`. */
  readonly wasmModule: WebAssembly.Module
}

/**
 * The WebAssembly backend for Cloudflare Workers, Deno and Node: it fetches nothing, needs no permission and has one
 * thread. The first load in a thread decides for good which `wasmModule` runs.
 *
 * @throws TypeError when `wasmModule` is not a compiled module but, say, the bytes or the address of one, and when it is
 * another program or another version than `candlewick/edge.wasm` of this package.
 * @example
 * ```ts
 * import { edgeBackend, ModelSession } from 'candlewick/edge'
 * import wasmModule from 'candlewick/edge.wasm'
 *
 * const session = await ModelSession.open({ contract, model, backends: [edgeBackend({ wasmModule })] })
 * const output = await session.run(window, 1)
 * ```
 */
export function edgeBackend({ wasmModule }: EdgeOptions): Backend {
  // By its name: a module that came from another realm is no instance of this realm's class.
  const kind = Object.prototype.toString.call(wasmModule)
  if (kind !== '[object WebAssembly.Module]')
    throw new TypeError(
      `wasmModule is ${kind}: it must be a compiled WebAssembly.Module; WebAssembly.compile(bytes) makes one of bytes.`,
    )
  if (!ort.isOwnBinary(wasmModule))
    throw new TypeError('wasmModule is another program or version: compile candlewick/edge.wasm of this very package.')
  return {
    name: 'wasm',
    threadsProblem: undefined,
    probe: () => Promise.resolve(undefined),
    start: () => {
      ort.setWasmModule(wasmModule)
      return runtime.start({})
    },
    load: (model, id = 'unnamed') => {
      ort.setWasmModule(wasmModule)
      return runtime.load(model, id, {})
    },
  }
}
