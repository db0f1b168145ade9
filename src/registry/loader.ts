/** From a record to a model whose every byte is proven: from the store, from the network, or from an earlier version. */
import { throwIfAborted } from '../core/abort.ts'
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import { type BlobProgress, type BlobSource, parseJsonFile, type VerifiedBlob } from './blobs.ts'
import { type GoldenRun, readFloats } from './golden.ts'
import type { FileReference } from './integrity.ts'
import type { ModelEntry } from './manifest.ts'
import { filesOf, type ModelRecord } from './records.ts'

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

/** A model whose bytes are the ones its entry names. */
export interface LoadedModel {
  /** `name_vVersion`, or the id it was saved under. */
  readonly id: string
  readonly entry: ModelEntry
  /** The ONNX file; the caller's own copy. */
  readonly model: Uint8Array<ArrayBuffer>
  /** The scaler's JSON, parsed but not yet checked. */
  readonly scaler: unknown
  /** Reference runs of the entry: give them to `checkGolden` before the model serves. */
  readonly golden: readonly GoldenRun[]
  /** `store` where no byte came from the network. */
  readonly source: 'network' | 'store'
  /** Whether the next visit finds the bytes here. Where it is `false`, they are in memory only. */
  readonly persisted: boolean
  /** Why the store failed, where it did. */
  readonly storeProblem?: string | undefined
  /** Set where this is an earlier version, because the production version could not be had. */
  readonly standsInFor?: { readonly id: string; readonly reason: string } | undefined
  /** ms until all files were verified. */
  readonly bytesMs: number
}

/** A record's complete manifest entry. */
export function entryOf(record: ModelRecord): ModelEntry {
  const { name, version, artifact, scaler, metadata } = record
  const { features, io, outputLayout, classOrder } = metadata
  if (!features || !io || !outputLayout || !classOrder || !scaler) {
    const parts = { features, io, outputLayout, classOrder, scaler }
    const missing = Object.entries(parts).flatMap(([part, value]) => (value === undefined ? [part] : []))
    throw new CandlewickError('registry/incompatible', {
      id: record.id,
      reason: `its entry has no ${missing.join(', no ')}`,
    })
  }
  const createdAt = new Date(record.registeredAt).toISOString()
  const defaults = { taskType: 'multitask', createdAt } as const
  return { ...defaults, ...metadata, features, io, outputLayout, classOrder, name, version, artifact, scaler }
}

/** Loads records. */
export class Loader {
  readonly #blobs: BlobSource

  constructor(blobs: BlobSource) {
    this.#blobs = blobs
  }

  /**
   * Brings all files of a version.
   *
   * @throws `registry/incompatible`, `model/download-failed`, `model/integrity`, `model/contract`,
   * `platform/unsupported`; the signal's reason when aborted
   */
  async load(record: ModelRecord, options: LoadOptions = {}): Promise<LoadedModel> {
    const started = performance.now()
    throwIfAborted(options.signal)
    const entry = entryOf(record)
    const files = await this.bring(record, options)
    const blob = (file: FileReference): VerifiedBlob => files.get(file.sha256)!
    const problem = [...files.values()].find(({ storeProblem }) => storeProblem !== undefined)?.storeProblem?.message
    const runs = (record.metadata.golden ?? []).map(({ input, output, atol, rtol }) => ({
      input: readFloats(blob(input).bytes),
      output,
      atol,
      rtol,
    }))
    return {
      id: record.id,
      entry,
      model: blob(entry.artifact).bytes,
      scaler: parseJsonFile(blob(entry.scaler).bytes, 'scaler'),
      golden: runs,
      source: [...files.values()].every(({ source }) => source === 'store') ? 'store' : 'network',
      persisted: [...files.values()].every(({ persisted }) => persisted),
      ...(problem !== undefined && { storeProblem: problem }),
      bytesMs: performance.now() - started,
    }
  }

  /** The files of a version by hash; the small ones come first, so that a wrong one costs no large download. */
  async bring(
    record: ModelRecord,
    { signal, onProgress }: LoadOptions = {},
  ): Promise<ReadonlyMap<string, VerifiedBlob>> {
    const { artifact, scaler } = record
    const files = [...new Map(filesOf(record).map((file) => [file.sha256, file])).values()].sort(
      (a, b) => Number(a.sha256 === artifact.sha256) - Number(b.sha256 === artifact.sha256),
    )
    const total = files.reduce((sum, { size }) => sum + size, 0)
    const brought = new Map<string, VerifiedBlob>()
    let before = 0
    for (const file of files) {
      const start = before
      const report = ({ phase, loaded }: BlobProgress): void => onProgress?.({ phase, loaded: start + loaded, total })
      const blob = await this.#blobs.obtain(file, { signal, onProgress: report })
      // A scaler that is no scaler is found before the model is fetched for it.
      if (file.sha256 === scaler?.sha256) parseJsonFile(blob.bytes, 'scaler')
      brought.set(file.sha256, blob)
      before += file.size
    }
    return brought
  }

  /**
   * Loads the production version or, where its bytes cannot be had, the latest of the earlier ones whose bytes are here.
   *
   * @throws the first version's error where none of the others can be had either
   */
  async loadWithStandIn(
    record: ModelRecord,
    standIns: readonly ModelRecord[],
    options: LoadOptions,
  ): Promise<LoadedModel> {
    try {
      return await this.load(record, options)
    } catch (error) {
      const lost = isCandlewickError(error, 'model/download-failed') || isCandlewickError(error, 'model/integrity')
      if (!lost) throw error
      for (const earlier of standIns) {
        if (!(await this.isHere(earlier))) continue
        const loaded = await this.load(earlier, options)
        return { ...loaded, standsInFor: { id: record.id, reason: reasonOf(error) } }
      }
      throw error
    }
  }

  /** Whether the store has all files of a version, without a look at their bytes. */
  async isStored(record: ModelRecord): Promise<boolean> {
    return this.#blobs.has(filesOf(record))
  }

  /** Whether all files of a version are in the store and still themselves. */
  async isHere(record: ModelRecord): Promise<boolean> {
    for (const file of filesOf(record)) if ((await this.#blobs.stored(file)) === undefined) return false
    return true
  }
}
