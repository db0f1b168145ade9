/** Whether versions could serve here, found out before a command is decided: bytes hashed, contracts compared, reference run. */
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import type { BlobSource } from './blobs.ts'
import type { LifecycleContext } from './lifecycle/course.ts'
import { filesOf, type ModelRecord } from './records.ts'

/** Says why a version cannot serve here; `undefined` where it can. */
export type CheckModel = (
  record: ModelRecord,
  signal: AbortSignal | undefined,
) => Promise<string | undefined> | string | undefined

/** What was found. It holds for the versions that were looked at; others count as not fit. */
export class Examination implements Pick<LifecycleContext, 'isReady' | 'incompatibility'> {
  readonly #ready = new Set<string>()
  readonly #reasons = new Map<string, string | undefined>()

  /** Whether the bytes were hashed just now. */
  readonly isReady = (sha256: string): boolean => this.#ready.has(sha256)

  readonly incompatibility = (record: ModelRecord): string | undefined =>
    this.#reasons.has(record.id) ? this.#reasons.get(record.id) : 'it was not examined'

  note(record: ModelRecord, ready: readonly string[], reason: string | undefined): void {
    for (const sha256 of ready) this.#ready.add(sha256)
    this.#reasons.set(record.id, reason)
  }

  /** Whether a version passed in everything. */
  passed(record: ModelRecord): boolean {
    return filesOf(record).every(({ sha256 }) => this.#ready.has(sha256)) && this.incompatibility(record) === undefined
  }
}

/** Looks at versions one by one. */
export class Examiner {
  readonly #blobs: BlobSource
  readonly #checks: readonly CheckModel[]

  constructor(blobs: BlobSource, checks: readonly CheckModel[]) {
    this.#blobs = blobs
    this.#checks = checks
  }

  /**
   * Examines versions in order.
   *
   * @param until stops after the first that passes, so that a long history is not hashed in vain
   * @param examination what was found before, where this goes on from there
   * @throws `store/unavailable`; the signal's reason when aborted
   */
  async examine(
    records: Iterable<ModelRecord>,
    {
      until = 'all',
      signal,
    }: { readonly until?: 'all' | 'first' | undefined; readonly signal?: AbortSignal | undefined } = {},
    examination: Examination = new Examination(),
  ): Promise<Examination> {
    for (const record of records) {
      signal?.throwIfAborted()
      const { ready, complete } = await this.#hash(record)
      examination.note(record, ready, complete ? await this.#check(record, signal) : undefined)
      if (until === 'first' && examination.passed(record)) break
    }
    return examination
  }

  async #hash(record: ModelRecord): Promise<{ ready: string[]; complete: boolean }> {
    const ready: string[] = []
    const files = filesOf(record)
    for (const file of files) {
      try {
        if ((await this.#blobs.stored(file)) !== undefined) ready.push(file.sha256)
      } catch (error) {
        // Bytes of another size than the entry says are not its bytes.
        if (!isCandlewickError(error, 'model/integrity')) throw error
      }
    }
    return { ready, complete: ready.length === files.length }
  }

  async #check(record: ModelRecord, signal: AbortSignal | undefined): Promise<string | undefined> {
    for (const check of this.#checks) {
      try {
        const reason = await check(record, signal)
        if (reason !== undefined) return reason
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof CandlewickError && error.code === 'store/unavailable') throw error
        return reasonOf(error)
      }
    }
    return undefined
  }
}
