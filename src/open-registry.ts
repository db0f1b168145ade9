/** The other main door: the models themselves, in versions, with somebody to run them. */
import { registryHost } from '#platform'
import { refuseUnservable } from './engine/servable.ts'
import type { OpenRegistryOptions } from './platform/port.ts'
import { ModelRegistry } from './registry/index.ts'

/**
 * Opens the registry that engines of this place use: what is promoted in it is what they serve from their next start on. It
 * holds models to their reference runs when they are installed and before they are promoted; in a browser they run in a Web
 * Worker, in Node in the calling thread. Closing the registry closes its store.
 *
 * @throws where there is no earlier manifest: `model/download-failed`, `model/manifest-invalid`, `manifest/…`,
 * `registry/version-immutable`; `store/unavailable` where IndexedDB was asked for by name; the signal's reason when aborted
 *
 * @example
 * ```ts
 * import { openRegistry } from 'candlewick'
 *
 * await using registry = await openRegistry({ manifest: '/models/manifest.json' })
 * for (const { modelId, status, installed } of await registry.listModels()) console.log(modelId, status, installed)
 * await registry.install('lstm_v1.2.0')
 * await using model = await registry.getModel('lstm_v1.2.0')
 * const output = await model.predict(input)
 * ```
 */
export async function openRegistry(options: OpenRegistryOptions = {}): Promise<ModelRegistry> {
  const { store: kind, manifest, timestamp, worker, wasmUrl, timeouts, ...rest } = options
  options.signal?.throwIfAborted()
  const { store, problem } = await registryHost.openStore(kind, rest.namespace)
  try {
    return await ModelRegistry.open({
      ...rest,
      store,
      storeProblem: problem,
      closesStore: true,
      manifest: manifest === undefined ? undefined : registryHost.addressOf(manifest),
      timestamp: timestamp === undefined ? undefined : registryHost.addressOf(timestamp),
      read: rest.read ?? registryHost.read,
      runtime: registryHost.createRuntime({ worker, wasmUrl, timeouts }),
      incompatibility: refuseUnservable,
    })
  } catch (error) {
    await store.close()
    throw error
  }
}
