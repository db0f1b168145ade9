/** Where a browser keeps models: IndexedDB, or memory where that cannot be had. */
import { reasonOf } from '../core/errors.ts'
import type { EngineOptions } from '../engine/core.ts'
import type { OpenedStore } from '../engine/load-model.ts'
import { MemoryStore, openIndexedDbStore } from '../registry/index.ts'

/**
 * Opens the store asked for. Without a wish, a browser that refuses IndexedDB (private mode, blocked storage) still gets
 * one: in memory, and with the reason.
 *
 * @param name of the database; default: the one that engines use
 * @throws `store/unavailable` where IndexedDB was asked for by name
 */
export async function openBrowserStore(kind: EngineOptions['store'], name?: string): Promise<OpenedStore> {
  if (kind === 'memory') return { store: new MemoryStore() }
  try {
    return { store: await openIndexedDbStore({ name }) }
  } catch (error) {
    if (kind === 'indexeddb') throw error
    return { store: new MemoryStore(), problem: reasonOf(error) }
  }
}
