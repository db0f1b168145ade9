/** What both workers do: a local engine with the browser's store and network, and models for direct use, served to the page. */
import { LocalEngine } from '../src/engine/local-engine.ts'
import { openForUse } from '../src/engine/model-runtime.ts'
import type { Backend, OrtOptions } from '../src/inference/index.ts'
import { openBrowserStore } from '../src/platform/browser-store.ts'
import { readByFetch } from '../src/registry/index.ts'
import { serveEngine } from '../src/rpc/host.ts'

/**
 * Serves an engine with one backend. ONNX Runtime starts its own threads from the worker's script: those join its work and
 * serve nothing.
 */
export function serveWorker(createBackend: (options: OrtOptions) => Backend, joinRuntime?: () => Promise<void>): void {
  if (self.name.startsWith('em-pthread')) {
    // A thread that fails to join is noticed by the runtime that started it.
    void joinRuntime?.()
    return
  }
  serveEngine(
    (options, hooks) =>
      LocalEngine.open(
        options,
        {
          openStore: openBrowserStore,
          read: readByFetch,
          backends: [createBackend({ wasmUrl: options.wasmUrl, threads: options.threads })],
        },
        hooks,
      ),
    (model, signal) => openForUse(model, [createBackend({ wasmUrl: model.wasmUrl })], signal),
  )
}
