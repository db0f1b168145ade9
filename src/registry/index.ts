/** `candlewick/registry`: manifests, verified downloads and the stores that keep them. */
export { type FileProgress, type DownloadOptions, download, type ReadResource, readByFetch } from './download.ts'
export { type FileReference, sha256Hex, verifyBytes } from './integrity.ts'
export {
  type ClassName,
  type Manifest,
  type ModelEntry,
  type ModelFeatures,
  type ModelHorizon,
  modelId,
  type TensorShape,
} from './manifest.ts'
export { parseManifest } from './parse-manifest.ts'
export {
  type LoadedModel,
  type LoadOptions,
  type LoadProgress,
  ModelRegistry,
  type RegistryOptions,
} from './registry.ts'
export type { ModelStore, StoredBlob, StoredManifest } from './store.ts'
export { type IndexedDbStoreOptions, openIndexedDbStore } from './stores/indexeddb.ts'
export { MemoryStore } from './stores/memory.ts'
