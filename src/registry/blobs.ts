/** Verified bytes, from the store where it has them and else from the network. */
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { download, type FileProgress, type ReadResource } from './download.ts'
import { type FileReference, sha256Hex, wrongSize } from './integrity.ts'
import { withLock } from './locks.ts'
import { publicUrl } from './public-url.ts'
import { SharedFlights } from './shared-flights.ts'
import type { ModelStore } from './store.ts'

/** How far one file has come, counted in bytes of the manifest. */
export interface BlobProgress {
  readonly phase: 'download' | 'verify' | 'store'
  readonly loaded: number
  readonly total: number
}

/** Bytes that are the ones the manifest names. */
export interface VerifiedBlob {
  /** The caller's own. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly source: 'network' | 'store'
  /** Whether the store has them for the next visit. */
  readonly persisted: boolean
  /** Why the store failed, where it did. */
  readonly storeProblem: string | undefined
}

type Report = (progress: BlobProgress) => void

/** Obtains files by their hash: each is read once, however many ask, and never returned or stored unverified. */
export class BlobSource {
  readonly #store: ModelStore
  readonly #read: ReadResource
  readonly #flights = new SharedFlights<VerifiedBlob, BlobProgress>()

  constructor(store: ModelStore, read: ReadResource) {
    this.#store = store
    this.#read = read
  }

  /**
   * Obtains one file. A store that fails does not stop it: the bytes are then in memory only.
   *
   * @throws `model/download-failed`, `model/integrity`, `platform/unsupported`; the signal's reason when aborted
   */
  async obtain(
    file: FileReference,
    options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: Report | undefined },
  ): Promise<VerifiedBlob> {
    // Callers who disagree on size or address must not share a flight: one of them is wrong.
    const key = JSON.stringify([file.sha256, file.size, file.url])
    const { result, joined } = await this.#flights.join(
      key,
      (signal, report) => this.#obtain(file, signal, report),
      options,
    )
    // Whoever hands the bytes to a worker loses them, so each caller has its own.
    return joined ? { ...result, bytes: result.bytes.slice() } : result
  }

  /** Removes bytes from the store; where that fails they stay, verified and unused. */
  async forget(sha256: string): Promise<void> {
    await this.#store.deleteBlob(sha256).catch(() => undefined)
  }

  async #obtain(file: FileReference, signal: AbortSignal, report: Report): Promise<VerifiedBlob> {
    const first = await this.#fromStore(file, report)
    if (first.bytes !== undefined) return this.#found(first.bytes)
    return withLock(`blob:${file.sha256}`, signal, async () => {
      // Another tab may have stored it while this one waited for the lock.
      const second = await this.#fromStore(file, report)
      if (second.bytes !== undefined) return this.#found(second.bytes)
      const onProgress = ({ loaded, total }: FileProgress): void => {
        report({ phase: 'download', loaded, total })
        if (loaded === total) report({ phase: 'verify', loaded, total })
      }
      const bytes = await download(file, { read: this.#read, signal, onProgress })
      report({ phase: 'store', loaded: file.size, total: file.size })
      const problem = await this.#save(file, bytes)
      const storeProblem = problem ?? second.problem
      return { bytes, source: 'network', persisted: problem === undefined && this.#lasting, storeProblem }
    })
  }

  get #lasting(): boolean {
    return this.#store.kind !== 'memory'
  }

  #found(bytes: Uint8Array<ArrayBuffer>): VerifiedBlob {
    return { bytes, source: 'store', persisted: this.#lasting, storeProblem: undefined }
  }

  /** Stored bytes that still have their hash. Others are deleted, so that good ones can take their place. */
  async #fromStore(
    file: FileReference,
    report: Report,
  ): Promise<{ readonly bytes?: Uint8Array<ArrayBuffer>; readonly problem?: string }> {
    let bytes: Uint8Array<ArrayBuffer> | undefined
    try {
      bytes = await this.#store.getBlob(file.sha256)
    } catch (error) {
      return { problem: reasonOf(error) }
    }
    if (bytes === undefined) return {}
    report({ phase: 'verify', loaded: file.size, total: file.size })
    if ((await sha256Hex(bytes)) === file.sha256) {
      // The hash decides, so it is the manifest that has the size wrong; the bytes stay.
      if (bytes.byteLength !== file.size) throw wrongSize(file, String(bytes.byteLength))
      return { bytes }
    }
    try {
      await this.#store.deleteBlob(file.sha256)
      return {}
    } catch (error) {
      return { problem: reasonOf(error) }
    }
  }

  async #save(file: FileReference, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
    try {
      await this.#store.putBlob(file.sha256, bytes, { url: publicUrl(file.url) })
      return undefined
    } catch (error) {
      return reasonOf(error)
    }
  }
}

/**
 * Reads verified bytes as JSON.
 *
 * @param path where in the manifest's entry the file is named
 * @throws `model/contract`
 */
export function parseJsonFile(bytes: Uint8Array<ArrayBuffer>, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch (cause) {
    const details = { path, expected: 'a JSON text in UTF-8', actual: reasonOf(cause) }
    throw new CandlewickError('model/contract', details, { cause })
  }
}
