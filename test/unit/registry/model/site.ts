/** A publisher's site and a user's store, small enough for one test. */
import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryOptions } from '../../../../src/registry/registry-parts.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { Network } from './network.ts'
import { type Edition, type EntryPlan, entryOf, manifestUrl, publish, trust } from './publisher.ts'

export const hour = 3_600_000
export const one = 'lgbm_v1.0.0'
export const two = 'lgbm_v1.9.0'
export const three = 'lgbm_v1.10.0'

/** Entries of `lgbm`. */
export const entries = (...plans: readonly Omit<EntryPlan, 'name'>[]): ModelEntry[] =>
  plans.map((plan) => entryOf({ name: 'lgbm', ...plan }))

/** The three versions that most tests need. */
export const all: readonly ModelEntry[] = entries({ version: '1.0.0' }, { version: '1.9.0' }, { version: '1.10.0' })

export class Site {
  store = new MemoryStore()
  readonly network = new Network()

  /** Publishes a manifest. */
  async offer(version: number, changes: Partial<Edition> = {}, by?: 'stranger'): Promise<void> {
    const dates = { issuedAt: Date.now(), expires: Date.now() + 720 * hour }
    this.network.manifest = await publish({ version, keysVersion: 1, ...dates, entries: all, ...changes }, by)
  }

  /** A visit. */
  open(more: Partial<RegistryOptions> = {}): Promise<ModelRegistry> {
    return ModelRegistry.open({ store: this.store, manifest: manifestUrl, trust, read: this.network.read, ...more })
  }
}

/** Puts versions into service, one after the other. */
export async function serve(registry: ModelRegistry, ...ids: readonly string[]): Promise<ModelRegistry> {
  for (const id of ids) {
    await registry.install(id)
    await registry.setProductionModel(id)
  }
  return registry
}
