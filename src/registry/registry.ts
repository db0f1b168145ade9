/** The registry: models in versions, whose every byte is proven, that can be promoted and rolled back without a network. */
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { packageVersion } from '../core/version.ts'
import {
  type AdoptedManifest,
  type AdoptionParts,
  keepsTheOldOne,
  refreshManifest,
  signedBefore,
  storedManifest,
} from './adoption.ts'
import { referenceTime } from './clock.ts'
import { incompatibility } from './compatibility.ts'
import type { CheckModel } from './examiner.ts'
import type { LoadOptions } from './loader.ts'
import type { Manifest } from './manifest.ts'
import { isStoreError, usableStore } from './opening.ts'
import type { ModelInfo } from './queries.ts'
import type { ModelRecord } from './records.ts'
import { assembleParts, type RegistryOptions, type RegistryParts } from './registry-parts.ts'
import { RegistryKeeper } from './registry-keeper.ts'
import type { RegistryStore } from './store.ts'
import { MemoryStore } from './stores/memory.ts'

/** What opening found. */
interface Opened {
  /** When the manifest of the visit before was signed: a time that has certainly passed. */
  signedAt: number | undefined
  adopted: AdoptedManifest | undefined
  manifestProblem: CandlewickError | undefined
  storeProblem: string | undefined
}

/**
 * Models in versions.
 *
 * @example
 * ```ts
 * const store = await openIndexedDbStore()
 * const registry = await ModelRegistry.open({ manifest: new URL('models/manifest.json', location.href).href, store })
 * const [best] = await registry.listModels({ status: 'candidate' })
 * if (best) {
 *   await registry.install(best.modelId)
 *   await registry.promote(best.modelId)
 * }
 * const { model, scaler } = await registry.load()
 * ```
 */
export class ModelRegistry extends RegistryKeeper {
  readonly #opened: Opened
  /** ms that opening took, the manifest included. */
  readonly openedMs: number

  private constructor(parts: RegistryParts, opened: Opened, openedMs: number) {
    super(parts)
    this.#opened = opened
    this.openedMs = openedMs
  }

  /**
   * Opens the registry of a store and, where a manifest is named, takes over what it brings. Where it cannot be fetched, or
   * what was fetched is refused, the manifest of an earlier visit stays in force and {@link manifestProblem} says why.
   *
   * @throws where there is no earlier manifest: `model/download-failed`, `model/manifest-invalid`, `manifest/…`,
   * `registry/version-immutable`; the signal's reason when aborted
   */
  static async open(options: RegistryOptions & LoadOptions): Promise<ModelRegistry> {
    const started = performance.now()
    options.signal?.throwIfAborted()
    const { store, problem } = await usableStore(options.store)
    const opened: Opened = {
      signedAt: undefined,
      adopted: undefined,
      manifestProblem: undefined,
      storeProblem: problem ?? options.storeProblem,
    }
    const now = (): number => {
      const { adopted, signedAt } = opened
      return referenceTime(Date.now(), adopted === undefined ? signedAt : Date.parse(adopted.manifest.issuedAt)).now
    }
    const assemble = (records: RegistryStore): RegistryParts =>
      assembleParts(options, records, checksOf(options, opened), now)
    let parts = assemble(store)
    try {
      await takeManifest(parts, opened, options)
    } catch (error) {
      if (!isStoreError(error)) throw error
      // A full or failing store must not keep a first visitor from signals; the next visit tries it again.
      parts = assemble((await usableStore(new MemoryStore())).store)
      await takeManifest(parts, opened, options)
      opened.storeProblem = reasonOf(error)
    }
    return new ModelRegistry(parts, opened, performance.now() - started)
  }

  get manifest(): Manifest | undefined {
    return this.#opened.adopted?.manifest
  }

  /** Where the manifest in force came from: `store` where this visit could not fetch or take over another. */
  get manifestSource(): 'network' | 'store' | undefined {
    return this.#opened.adopted?.source
  }

  /** Whether the manifest's signatures were checked. */
  get signature(): AdoptedManifest['signature'] | undefined {
    return this.#opened.adopted?.signature
  }

  /** Why the manifest of an earlier visit is in force, if it is. Show it: a forged or broken publication looks like this. */
  get manifestProblem(): CandlewickError | undefined {
    return this.#opened.manifestProblem
  }

  /** Why nothing lasts, where the store failed. */
  get storeProblem(): string | undefined {
    return this.#opened.storeProblem
  }

  /**
   * Fetches the manifest again and takes over what it brings.
   *
   * @returns whether it was a new edition
   * @throws as {@link open}; what was in force stays in force
   */
  async refresh(options: LoadOptions = {}): Promise<boolean> {
    this.check('refresh')
    const { adoption } = this.parts
    if (adoption === undefined) return false
    try {
      this.#opened.adopted = await refreshManifest(adoption, options)
      this.#opened.manifestProblem = undefined
    } catch (error) {
      if (isCandlewickError(error)) this.#opened.manifestProblem = error
      throw error
    }
    const { changed } = this.#opened.adopted
    if (changed) this.parts.announcements.say({})
    return changed
  }

  /** Reads the manifest again where it can be had, and lists what is registered. */
  async reloadModelList(options: LoadOptions = {}): Promise<ModelInfo[]> {
    await this.refresh(options).catch((error: unknown) => {
      if (!keepsTheOldOne(error)) throw error
    })
    return this.listModels()
  }

  /** Whether nothing new may begin, because the manifest in force is past its date. What serves goes on. */
  get stale(): boolean {
    const { expires } = this.manifest ?? {}
    return expires !== undefined && Date.parse(expires) <= this.parts.now()
  }

  protected async checkTakeable(record: ModelRecord, purpose: 'load' | 'install' | 'serve'): Promise<void> {
    const { id, withdrawn, unlisted } = record
    const fromHere = record.manifest !== undefined && record.manifest === this.parts.adoption?.url
    const kept = purpose === 'load' && (record.status === 'production' || (await this.parts.loader.isStored(record)))
    if (fromHere && !kept && this.stale) {
      const { expires = '' } = this.manifest ?? {}
      throw new CandlewickError('manifest/expired', { expires, now: new Date(this.parts.now()).toISOString() })
    }
    if (purpose === 'install' && withdrawn)
      throw new CandlewickError('registry/withdrawn', { id, reason: withdrawn.reason })
    const gone = unlisted && !kept && purpose !== 'serve' ? 'its manifest no longer names it' : undefined
    const reason = gone ?? packageProblem(record, this.manifest)
    if (reason !== undefined) throw new CandlewickError('registry/incompatible', { id, reason })
  }
}

/** Why this version of the package cannot use a model. */
function packageProblem(record: ModelRecord, manifest: Manifest | undefined): string | undefined {
  const range = record.manifest === undefined ? {} : (manifest ?? {})
  return incompatibility(record.metadata, range, packageVersion)
}

function checksOf({ incompatibility: own }: RegistryOptions, opened: Opened): CheckModel[] {
  const fits: CheckModel = (record) => packageProblem(record, opened.adopted?.manifest)
  return own === undefined ? [fits] : [fits, own]
}

/** Takes over the manifest; where that fails and there is an earlier one, that one stays in force. */
async function takeManifest(parts: RegistryParts, opened: Opened, options: LoadOptions): Promise<void> {
  const { adoption, announcements } = parts
  if (adoption === undefined) return
  try {
    await takeOver(adoption, opened, options)
  } catch (error) {
    announcements.close()
    throw error
  }
  if (opened.adopted?.changed) announcements.say({})
}

async function takeOver(adoption: AdoptionParts, opened: Opened, options: LoadOptions): Promise<void> {
  try {
    opened.signedAt = await signedBefore(adoption)
    opened.adopted = await refreshManifest(adoption, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!keepsTheOldOne(error) && !isStoreError(error)) throw error
    opened.adopted = await storedManifest(adoption)
    if (opened.adopted === undefined) throw error
    if (isStoreError(error)) opened.storeProblem = reasonOf(error)
    else opened.manifestProblem = error
  }
}
