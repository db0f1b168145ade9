/** `candlewick/registry`: models in versions, signed manifests, verified downloads and the stores that keep them. */
export type { Announcement } from './announcements.ts'
export type { ByteSource } from './backup/byte-reader.ts'
export type { BackupProgress, BackupScope } from './backup/format.ts'
export type { ImportReport } from './backup/import-tree.ts'
export type { RestoredManifest, RestoredModel, RestoredPointer, RestoreReport } from './backup/restore-report.ts'
export type { RestoreOptions } from './backup/restore.ts'
export type { TreeIndexEntry } from './backup/tree-form.ts'
export type { BackupOptions } from './backup/write-backup.ts'
export type { ChecklistItem, PromotionChecklist } from './checklist.ts'
export type { CommandOptions } from './command-desk.ts'
export {
  type DownloadOptions,
  download,
  type FileProgress,
  type ReadResource,
  readByFetch,
  type Resource,
  type ResumePoint,
} from './download.ts'
export { verifyChain } from './event-chain.ts'
export type { CheckModel } from './examiner.ts'
export { checkGolden, type GoldenRun, readFloats } from './golden.ts'
export { type FileReference, sha256Hex, verifyBytes } from './integrity.ts'
export { parsePublicKeys, type PublicKey } from './keys.ts'
export type { CandidateRule } from './lifecycle/candidate-rule.ts'
export type { Command, NewModel, WithdrawalPolicy } from './lifecycle/commands.ts'
export type { LifecycleContext } from './lifecycle/course.ts'
export { decide, type Outcome } from './lifecycle/decide.ts'
export { type Fact, type MoveCause, replayEvents } from './lifecycle/family.ts'
export { brokenInvariants, type RegistryState } from './lifecycle/invariants.ts'
export type { LoadedModel, LoadOptions, LoadProgress } from './loader.ts'
export {
  type ClassName,
  type GoldenSample,
  type Manifest,
  type ModelArtifact,
  type ModelEntry,
  type ModelFeatures,
  type ModelHorizon,
  modelId,
  type TensorShape,
} from './manifest.ts'
export type { ModelHandle, ModelRuntime } from './model-handle.ts'
export { parseManifest } from './parse-manifest.ts'
export type { EvaluationComparison, MetricComparison, ModelFilter, ModelInfo, VersionComparison } from './queries.ts'
export type {
  BlobRecord,
  Canary,
  CandidateReason,
  Channel,
  EventDraft,
  Family,
  ManifestRecord,
  ModelEvaluation,
  ModelMetadata,
  ModelRecord,
  ModelStatus,
  RecordedEvaluation,
  RegistryEvent,
  RegistryMeta,
  Tombstone,
} from './records.ts'
export type { ModelDescription, ModelSource } from './registrar.ts'
export type { RegistryOptions } from './registry-parts.ts'
export type { ServedModel, VerifyReport } from './registry-reader.ts'
export type { PromoteOptions, RegisterOptions } from './registry-writer.ts'
export { ModelRegistry } from './registry.ts'
export type { Collected, StorageStats } from './retention.ts'
export type { ModelSessionLike, SessionLimits } from './sessions.ts'
export type { Changes, Decision, EventQuery, RegistryStore, Scope, Snapshot } from './store.ts'
export { type IndexedDbRegistryStore, type IndexedDbStoreOptions, openIndexedDbStore } from './stores/indexeddb.ts'
export { MemoryStore } from './stores/memory.ts'
export type { Trust } from './trust.ts'
