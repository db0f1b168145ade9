/** What can be asked of a registry, and models brought out of it. Nothing here changes what is registered. */
import { CandlewickError } from '../core/errors.ts'
import type { Announcement } from './announcements.ts'
import { checklistFor, type PromotionChecklist } from './checklist.ts'
import { brokenInvariants } from './lifecycle/invariants.ts'
import { entryOf, type LoadedModel, type LoadOptions } from './loader.ts'
import type { Manifest } from './manifest.ts'
import { type ModelHandle, modelHandle } from './model-handle.ts'
import {
  bestCandidateOf,
  compareRecords,
  infoOf,
  matches,
  type ModelFilter,
  type ModelInfo,
  type VersionComparison,
} from './queries.ts'
import { type Channel, filesOf, type ModelMetadata, type ModelRecord, type RegistryEvent } from './records.ts'
import type { RegistryParts } from './registry-parts.ts'
import { allRecords, chooseModel, nameMeant, recordOf } from './resolve.ts'
import { storageStats, type StorageStats } from './retention.ts'
import type { EventQuery, Snapshot } from './store.ts'

/** A loaded model, and the state of its name when it was chosen. */
export interface ServedModel extends LoadedModel {
  /** Counts the moves of the name's production pointer. */
  readonly epoch: number
}

/** What a check of the whole registry found. */
export interface VerifyReport {
  /** Broken rules and spoiled bytes, a sentence each; empty where all is well. */
  readonly faults: readonly string[]
  readonly blobs: number
  readonly bytes: number
  readonly events: number
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const field of Object.values(value)) deepFreeze(field)
  return Object.freeze(value)
}

/** The asking half of the registry. */
export abstract class RegistryReader {
  protected readonly parts: RegistryParts
  #closed = false

  constructor(parts: RegistryParts) {
    this.parts = parts
  }

  /** The manifest in force; `undefined` for a registry without one. */
  abstract get manifest(): Manifest | undefined

  /** Models by name and version, the newest first, as far as they pass the filter. */
  async listModels(filter: ModelFilter = {}): Promise<ModelInfo[]> {
    const snapshot = await this.look('listModels')
    return allRecords(snapshot.families)
      .filter((record) => matches(record, filter))
      .map((record) => this.describe(record, snapshot))
  }

  /** All models by id. */
  async getAvailableModels(): Promise<Map<string, ModelMetadata>> {
    const { families } = await this.look('getAvailableModels')
    return new Map(allRecords(families).map(({ id, metadata }) => [id, deepFreeze(metadata)]))
  }

  /** One line about a model. Throws `model/not-found`. */
  async getModelInfo(id: string): Promise<ModelInfo> {
    const snapshot = await this.look('getModelInfo')
    return this.describe(recordOf(snapshot.families, id), snapshot)
  }

  /** Everything known of a model, as a frozen copy. Throws `model/not-found`. */
  async getModelMetadata(id: string): Promise<ModelMetadata> {
    const { families } = await this.look('getModelMetadata')
    return deepFreeze(recordOf(families, id).metadata)
  }

  /**
   * The production version of a name.
   *
   * @param name default: the manifest's first, or the only one there is
   * @throws `registry/name-required` where several names are registered
   */
  async getProductionModel(name?: string): Promise<ModelInfo | undefined> {
    const snapshot = await this.look('getProductionModel')
    if (name === undefined && allRecords(snapshot.families).length === 0) return undefined
    const family = snapshot.families.get(nameMeant(snapshot.families, this.manifest, name))
    const record = family?.models.get(family.channel.production ?? '')
    return record && this.describe(record, snapshot)
  }

  /** Who serves under a name: production, the versions before it, canary, shadow and the epoch. */
  async getChannel(name?: string): Promise<Channel> {
    const { families } = await this.look('getChannel')
    const meant = nameMeant(families, this.manifest, name)
    return families.get(meant)?.channel ?? { name: meant, previous: [], epoch: 0 }
  }

  /**
   * Brings a model's bytes, from the store where it has them. Every byte is verified, whatever its source. Where the bytes of
   * the production version cannot be had, the latest earlier version whose bytes are here stands in, and the answer says so.
   *
   * @param idOrName an id; a name for its production version or, before one was promoted, its highest; default: the
   * production version of the manifest's first name or, before one was promoted, the manifest's first entry
   * @throws `model/not-found`, `model/download-failed`, `model/integrity`, `model/contract`, `registry/withdrawn`,
   * `registry/expired`, `registry/incompatible`, `platform/unsupported`; the signal's reason when aborted
   */
  async load(idOrName?: string, options: LoadOptions = {}): Promise<ServedModel> {
    options.signal?.throwIfAborted()
    const { families } = await this.look('load')
    const { record, standIns, epoch } = chooseModel(families, this.manifest, idOrName, this.parts.now())
    await this.checkTakeable(record, 'load')
    const loaded = await this.parts.loader.loadWithStandIn(record, standIns, options)
    return { ...loaded, epoch }
  }

  /**
   * Opens a model for direct use; its session stays open for the next one who asks.
   *
   * @throws as {@link load}; `platform/unsupported` without a runtime, `model/golden-mismatch`, `model/unloadable`
   *
   * @example
   * ```ts
   * await using model = await registry.getModel('lstm_v1.2.0')
   * const output = await model.predict(input)
   * ```
   */
  async getModel(idOrName?: string, options: LoadOptions = {}): Promise<ModelHandle> {
    options.signal?.throwIfAborted()
    const snapshot = await this.look('getModel')
    const { record } = chooseModel(snapshot.families, this.manifest, idOrName, this.parts.now())
    await this.checkTakeable(record, 'load')
    const { dims } = entryOf(record).io.inputs[0] ?? { dims: [] }
    return modelHandle(this.describe(record, snapshot), dims, await this.parts.opener.lease(record, options))
  }

  /** The same as {@link getModel}. */
  loadModel(idOrName?: string, options: LoadOptions = {}): Promise<ModelHandle> {
    return this.getModel(idOrName, options)
  }

  /** Closes models that are open and not in use. Nothing stored is touched. */
  async clearCache(): Promise<void> {
    this.check('clearCache')
    await this.parts.sessions.clear()
  }

  /** What differs between two versions. Throws `model/not-found`. */
  async compareVersions(a: string, b: string): Promise<VersionComparison> {
    const { families } = await this.look('compareVersions')
    return compareRecords(recordOf(families, a), recordOf(families, b))
  }

  /** The candidate with the best value of a metric; by default the one the candidate rule looks at. */
  async bestCandidate(metric: string = this.parts.rule.metric, name?: string): Promise<ModelInfo | undefined> {
    const snapshot = await this.look('bestCandidate')
    const records = allRecords(snapshot.families).filter((record) => name === undefined || record.name === name)
    const best = bestCandidateOf(records, metric, this.parts.rule.direction)
    return best && this.describe(best, snapshot)
  }

  /** What should be known before a model is promoted; all its bytes are hashed for it. Throws `model/not-found`. */
  async promotionChecklist(
    id: string,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<PromotionChecklist> {
    const { families } = await this.look('promotionChecklist')
    const record = recordOf(families, id)
    const { examiner, rule, now } = this.parts
    const examination = await examiner.examine([record], { signal })
    return checklistFor(families.get(record.name)!, record, examination, { rule, at: now() })
  }

  /** The log, oldest first: everything that ever happened to the registry. */
  async history(query: EventQuery = {}): Promise<RegistryEvent[]> {
    this.check('history')
    return this.parts.store.listEvents(query)
  }

  /** How much is stored, and what the platform says about room. */
  async storageStats(): Promise<StorageStats> {
    this.check('storageStats')
    return storageStats(this.parts.store)
  }

  /** Checks everything: the rules of the registry, the chain of its log, and every stored byte. */
  async verify({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<VerifyReport> {
    this.check('verify')
    const { store, blobs } = this.parts
    const snapshot = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
    // Lines that another tab has added since belong to a state that was not read.
    const events = (await store.listEvents()).filter(({ seq }) => seq <= (snapshot.lastEvent?.seq ?? 0))
    const faults = brokenInvariants({ ...snapshot, events })
    let bytes = 0
    for (const blob of snapshot.blobs.values()) {
      signal?.throwIfAborted()
      if (blob.state !== 'ready') continue
      const good = await blobs.stored(blob)
      if (good === undefined) faults.push(`I5 ${blob.sha256}: its bytes are no longer themselves, and were removed`)
      bytes += good?.byteLength ?? 0
    }
    return { faults, blobs: snapshot.blobs.size, bytes, events: events.length }
  }

  /**
   * Hears of changes, also of those made in other tabs.
   *
   * @returns ends the listening
   */
  subscribe(listener: (change: Announcement) => void): () => void {
    this.check('subscribe')
    return this.parts.announcements.subscribe(listener)
  }

  /** Closes open models and listeners. A store that the caller brought stays open: it is its owner's. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const { announcements, sessions, dispose } = this.parts
    announcements.close()
    await sessions.clear()
    await dispose()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Throws `registry/closed` where it is. */
  protected check(call: string): void {
    if (this.#closed) throw new CandlewickError('registry/closed', { call })
  }

  protected async look(call: string): Promise<Snapshot> {
    this.check(call)
    return this.parts.store.read({ families: 'all', blobs: 'all' })
  }

  protected describe(record: ModelRecord, { blobs }: Pick<Snapshot, 'blobs'>): ModelInfo {
    const installed = filesOf(record).every(({ sha256 }) => blobs.get(sha256)?.state === 'ready')
    return infoOf(record, this.parts.namespace, installed)
  }

  /**
   * Refuses a version that this package cannot use, or that its manifest does not let begin: what is here already may be
   * loaded, and nothing new may be installed or put into service by a manifest past its date.
   */
  protected abstract checkTakeable(record: ModelRecord, purpose: 'load' | 'install' | 'serve'): Promise<void>
}
