/** Where a browser keeps models: IndexedDB, or memory where it has none. */
import type { EngineOptions } from '../engine/core.ts'
import { MemoryStore, type ModelStore, openIndexedDbStore } from '../registry/index.ts'

/** Opens the store asked for; by default IndexedDB where the browser has it. */
export async function openBrowserStore(kind: EngineOptions['store']): Promise<ModelStore> {
  if (kind === 'memory' || (kind === undefined && typeof indexedDB === 'undefined')) return new MemoryStore()
  return openIndexedDbStore()
}
