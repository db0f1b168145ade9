/** Node: the engine runs in the calling thread, and manifests may lie on the disk. */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import type { LocalParts } from '../engine/load-model.ts'
import { LocalEngine } from '../engine/local-engine.ts'
import { localRuntime } from '../engine/model-runtime.ts'
import { SwitchingEngine } from '../engine/switching-engine.ts'
import { wasmBackend } from '../inference/backends/ort-wasm.ts'
import { MemoryStore, openIndexedDbStore, readByFetch, type ReadResource } from '../registry/index.ts'
import { engineOptions } from './engine-options.ts'
import type { OpenCore, RegistryHost } from './port.ts'

/** Reads files by path, everything else by fetch. */
export const readFileOrFetch: ReadResource = async (url, signal) => {
  if (!url.startsWith('file:')) return readByFetch(url, signal)
  const file = createReadStream(fileURLToPath(url), { signal })
  await new Promise<void>((opened, failed) => {
    file.once('open', () => opened())
    file.once('error', (error) => {
      const missing = new CandlewickError(
        'model/download-failed',
        { url, status: undefined, reason: reasonOf(error) },
        { cause: error },
      )
      failed(signal?.aborted === true ? (signal.reason as Error) : missing)
    })
  })
  return Readable.toWeb(file) as ReadableStream<Uint8Array>
}

/** A path or an address as an address. */
export function addressOf(pathOrUrl: string): string {
  // One letter before the colon is a drive of Windows, not a scheme.
  return /^[a-z][a-z0-9+.-]+:/i.test(pathOrUrl) ? pathOrUrl : pathToFileURL(resolve(pathOrUrl)).href
}

/** Opens an engine in this thread. Models are read and verified anew in each process. */
export const openCore: OpenCore = async (options) => {
  const settled = engineOptions(options, addressOf(options.manifest))
  const parts: LocalParts = {
    openStore: async () => ({ store: new MemoryStore() }),
    read: readFileOrFetch,
    backends: [wasmBackend({ wasmUrl: options.wasmUrl?.('wasm'), threads: settled.threads })],
  }
  const { signal, onProgress } = options
  return SwitchingEngine.open(settled, (wanted, hooks) => LocalEngine.open(wanted, parts, hooks), {
    signal,
    onProgress,
  })
}

/** A registry whose models run in this thread. It is kept in memory, unless the host has an IndexedDB and asks for it. */
export const registryHost: RegistryHost = {
  openStore: async (kind, name) => ({
    store: kind === 'indexeddb' ? await openIndexedDbStore({ name }) : new MemoryStore(),
  }),
  addressOf,
  read: readFileOrFetch,
  createRuntime: ({ wasmUrl }) => localRuntime([wasmBackend({ wasmUrl: wasmUrl?.('wasm') })]),
}
