/** The registry: from the address of a manifest to models whose every byte is proven, also without a network. */
import { abortable, throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { type BlobProgress, BlobSource, parseJsonFile } from './blobs.ts'
import { type DownloadOptions, type ReadResource, readByFetch, readUpTo } from './download.ts'
import { findModel, locate, type Manifest, type ModelEntry, modelId } from './manifest.ts'
import { checkSameBytes, manifestLimit, parseManifestText } from './parse-manifest.ts'
import type { ModelStore, StoredManifest } from './store.ts'

/** What a registry works with. */
export interface RegistryOptions {
  /** Absolute address of the manifest, or whatever `read` understands. */
  readonly manifest: string
  /** Where models are kept. The caller closes it. */
  readonly store: ModelStore
  /** Default {@link readByFetch}. */
  readonly read?: ReadResource | undefined
}

/** How far loading has come, in bytes. `total` is 0 while it is not known, which is so for the manifest. */
export interface LoadProgress {
  readonly phase: 'manifest' | 'download' | 'verify' | 'store'
  readonly loaded: number
  readonly total: number
}

/** What opening and loading take besides. */
export interface LoadOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** A model whose bytes are the ones its manifest names. */
export interface LoadedModel {
  /** `name_vVersion`. */
  readonly id: string
  readonly entry: ModelEntry
  /** The ONNX file; the caller's own copy. */
  readonly model: Uint8Array<ArrayBuffer>
  /** The scaler's JSON, parsed but not yet checked. */
  readonly scaler: unknown
  /** `store` where no byte came from the network. */
  readonly source: 'network' | 'store'
  /** Whether the next visit finds the bytes here. Where it is `false`, they are in memory only. */
  readonly persisted: boolean
  /** Why the store failed, where it did. */
  readonly storeProblem?: string | undefined
  /** ms: until the manifest was checked, and until both files were verified. */
  readonly timings: { readonly manifestMs: number; readonly bytesMs: number }
}

interface OpenedManifest {
  readonly manifest: Manifest
  readonly source: 'network' | 'store'
  readonly storeProblem?: string
}

/** The models of one manifest. */
export class ModelRegistry {
  readonly manifest: Manifest
  /** `store` where the manifest could not be fetched and the copy of an earlier visit serves. */
  readonly manifestSource: 'network' | 'store'
  /** Why the manifest could not be stored for the next visit, where it could not. */
  readonly storeProblem: string | undefined
  readonly #url: string
  readonly #manifestMs: number
  readonly #blobs: BlobSource

  private constructor(options: RegistryOptions, opened: OpenedManifest, manifestMs: number) {
    this.manifest = opened.manifest
    this.manifestSource = opened.source
    this.storeProblem = opened.storeProblem
    this.#url = options.manifest
    this.#manifestMs = manifestMs
    this.#blobs = new BlobSource(options.store, options.read ?? readByFetch)
  }

  /**
   * Fetches and checks the manifest. Where it cannot be fetched, the copy of an earlier visit serves; one that was
   * fetched and is wrong is an error and replaces nothing.
   *
   * @example
   * ```ts
   * const store = await openIndexedDbStore()
   * const registry = await ModelRegistry.open({ manifest: new URL('models/manifest.json', location.href).href, store })
   * const { model, scaler, source } = await registry.load()
   * ```
   *
   * @throws `model/manifest-invalid`; `model/download-failed` where there is no copy either; the signal's reason when
   * aborted
   */
  static async open(options: RegistryOptions & LoadOptions): Promise<ModelRegistry> {
    const started = performance.now()
    throwIfAborted(options.signal)
    let opened: OpenedManifest
    try {
      const text = await readManifest(options.manifest, options)
      opened = await adopt(options, text)
    } catch (error) {
      if (!isCandlewickError(error, 'model/download-failed')) throw error
      const manifest = await abortable(earlierManifest(options), options.signal)
      if (manifest === undefined) throw error
      opened = { manifest, source: 'store' }
    }
    return new ModelRegistry(options, opened, performance.now() - started)
  }

  /** All entries, in the manifest's order. */
  list(): readonly ModelEntry[] {
    return this.manifest.models
  }

  /**
   * Brings a model's bytes, from the store where it has them. Every byte is verified, whatever its source.
   *
   * @param id `name_vVersion`, or a name for its highest version; default: the first model of the manifest
   * @throws `model/not-found`, `model/download-failed`, `model/integrity`, `model/contract`,
   * `platform/unsupported`; the signal's reason when aborted
   */
  async load(id?: string, options: LoadOptions = {}): Promise<LoadedModel> {
    const started = performance.now()
    throwIfAborted(options.signal)
    const entry = findModel(this.manifest.models, id)
    if (entry === undefined)
      throw new CandlewickError('model/not-found', { id: id ?? '(any)', available: this.manifest.models.map(modelId) })
    const { artifact, scaler, scalerJson } = await this.#files(entry, options)
    const problem = artifact.storeProblem ?? scaler.storeProblem
    return {
      id: modelId(entry),
      entry,
      model: artifact.bytes,
      scaler: scalerJson,
      source: artifact.source === 'store' && scaler.source === 'store' ? 'store' : 'network',
      persisted: artifact.persisted && scaler.persisted,
      ...(problem !== undefined && { storeProblem: problem }),
      timings: { manifestMs: this.#manifestMs, bytesMs: performance.now() - started },
    }
  }

  // The small file goes first: where it is wrong, the large one is not fetched in vain.
  async #files(entry: ModelEntry, { signal, onProgress }: LoadOptions) {
    const total = entry.scaler.size + entry.artifact.size
    const after = (before: number) => (progress: BlobProgress) =>
      onProgress?.({ phase: progress.phase, loaded: before + progress.loaded, total })
    const file = (part: 'artifact' | 'scaler') => locate(entry[part], this.manifest, this.#url)
    const scaler = await this.#blobs.obtain(file('scaler'), { signal, onProgress: after(0) })
    const scalerJson = parseJsonFile(scaler.bytes, 'scaler')
    try {
      const artifact = await this.#blobs.obtain(file('artifact'), { signal, onProgress: after(entry.scaler.size) })
      return { artifact, scaler, scalerJson }
    } catch (error) {
      // Nothing stays of a version that was refused; after a mere interruption the rest is fetched next time. A scaler that
      // was here before may belong to another version too.
      if (scaler.source === 'network' && isCandlewickError(error, 'model/integrity'))
        await this.#blobs.forget(entry.scaler.sha256)
      throw error
    }
  }
}

async function readManifest(url: string, options: RegistryOptions & LoadOptions): Promise<string> {
  const { read, signal, onProgress } = options
  const report: DownloadOptions['onProgress'] = ({ loaded, total }) =>
    onProgress?.({ phase: 'manifest', loaded, total })
  const bytes = await readUpTo(url, manifestLimit, { read, signal, onProgress: report })
  const refuse = (expected: string, actual: string, cause?: unknown): never => {
    throw new CandlewickError('model/manifest-invalid', { path: '$', expected, actual }, { cause })
  }
  if (bytes === undefined) return refuse(`at most ${manifestLimit} bytes`, 'more')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    return refuse('a text in UTF-8', 'other bytes', cause)
  }
}

/** Checks a fetched manifest, by itself and against the one of an earlier visit, and stores it in its place. */
async function adopt(
  { manifest: url, store, signal }: RegistryOptions & LoadOptions,
  text: string,
): Promise<OpenedManifest> {
  const manifest = parseManifestText(text)
  const admit = (current: StoredManifest | undefined): void => {
    const earlier = parseStored(current)
    if (earlier !== undefined) checkSameBytes(manifest, earlier)
  }
  try {
    await abortable(store.putManifest({ url, text, storedAt: Date.now() }, admit), signal)
  } catch (error) {
    throwIfAborted(signal)
    if (isCandlewickError(error, 'model/manifest-invalid')) throw error
    return { manifest, source: 'network', storeProblem: reasonOf(error) }
  }
  return { manifest, source: 'network' }
}

/** A store that cannot be read has nothing; the failed fetch is then what the caller hears of. */
async function earlierManifest({ manifest, store }: RegistryOptions): Promise<Manifest | undefined> {
  try {
    return parseStored(await store.getManifest(manifest))
  } catch {
    return undefined
  }
}

/** A stored copy that this version cannot read counts as none. */
function parseStored(stored: StoredManifest | undefined): Manifest | undefined {
  if (stored === undefined) return undefined
  try {
    return parseManifestText(stored.text)
  } catch {
    return undefined
  }
}
