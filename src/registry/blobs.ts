/** Verified bytes, from the store where it has them and else from the network. */
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { throwIfAborted } from '../core/abort.ts'
import { allocate, beginTransfer, type ReadResource, type ResumePoint, type Transfer } from './download.ts'
import { IncomingBlob, type MakeRoom, storeFailure } from './incoming-blob.ts'
import { type FileReference, sha256Hex, verifyBytes, wrongSize } from './integrity.ts'
import { withLock } from './locks.ts'
import { isStoreError } from './opening.ts'
import { publicUrl } from './public-url.ts'
import type { BlobRecord } from './records.ts'
import { SharedFlights } from './shared-flights.ts'
import type { RegistryStore } from './store.ts'

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
  readonly storeProblem: CandlewickError | undefined
}

type Report = (progress: BlobProgress) => void

interface ObtainOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: Report | undefined
}

/** Bytes are marked as used at most this often; retention counts in days. */
const usedMarkMs = 3_600_000

/** Obtains files by their hash: each is read once, however many ask, and never returned or stored unverified. */
export class BlobSource {
  readonly #store: RegistryStore
  readonly #read: ReadResource
  readonly #makeRoom: MakeRoom
  readonly #flights = new SharedFlights<VerifiedBlob, BlobProgress>()

  constructor(store: RegistryStore, read: ReadResource, makeRoom: MakeRoom = async () => false) {
    this.#store = store
    this.#read = read
    this.#makeRoom = makeRoom
  }

  /**
   * Obtains one file. A store that fails does not stop it: the bytes are then in memory only.
   *
   * @throws `model/download-failed`, `model/integrity`, `platform/unsupported`; the signal's reason when aborted
   */
  async obtain(file: FileReference, options: ObtainOptions = {}): Promise<VerifiedBlob> {
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

  /** Whether the store says it has all these files; a store that cannot be asked has none. */
  async has(files: readonly FileReference[]): Promise<boolean> {
    try {
      const { blobs } = await this.#store.read({ blobs: files.map(({ sha256 }) => sha256) })
      return files.every(({ sha256 }) => blobs.get(sha256)?.state === 'ready')
    } catch {
      return false
    }
  }

  /**
   * Reads a file from the store, never from the network.
   *
   * @returns its bytes, hashed just now; `undefined` where they are not here or were no longer themselves
   * @throws `model/integrity` where the manifest has another size, `store/unavailable`
   */
  async stored(file: FileReference): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { sha256, size } = file
    const record = (await this.#store.read({ blobs: [sha256] })).blobs.get(sha256)
    if (record?.state !== 'ready') return undefined
    const bytes = await this.#store.getBytes(sha256)
    if (bytes !== undefined && (await sha256Hex(bytes)) === sha256) {
      // The hash decides, so it is the manifest that has the size wrong; the bytes stay.
      if (bytes.byteLength !== size) throw wrongSize(file, String(bytes.byteLength))
      await this.#markUsed(record)
      return bytes
    }
    await this.#quarantine(record, bytes === undefined ? 'pieces are missing' : 'its hash is another one')
    return undefined
  }

  /** Stores bytes that came by another way than the network, such as a file the user chose. */
  async keep(file: FileReference, bytes: Uint8Array<ArrayBuffer>): Promise<CandlewickError | undefined> {
    await verifyBytes(file, bytes)
    return withLock(`blob:${file.sha256}`, undefined, async () => {
      // Good bytes are not put at risk to write them once more: they may serve, and nobody could fetch them again.
      if ((await this.#fromStore(file, () => undefined)).bytes !== undefined) return undefined
      const incoming = new IncomingBlob(this.#store, file, this.#makeRoom)
      await incoming.begin(0, undefined)
      await incoming.write(bytes, 0, bytes.byteLength)
      await incoming.finish()
      return incoming.problem
    })
  }

  async #obtain(file: FileReference, signal: AbortSignal, report: Report): Promise<VerifiedBlob> {
    const first = await this.#fromStore(file, report)
    if (first.bytes !== undefined) return this.#found(first.bytes)
    return withLock(`blob:${file.sha256}`, signal, async () => {
      // Another tab may have stored it while this one waited for the lock.
      const second = await this.#fromStore(file, report)
      if (second.bytes !== undefined) return this.#found(second.bytes)
      const { problem, ...fetched } = await this.#fetch(file, signal, report)
      const storeProblem = problem ?? second.problem
      return { ...fetched, persisted: problem === undefined && this.#lasting, storeProblem }
    })
  }

  get #lasting(): boolean {
    return this.#store.kind !== 'memory'
  }

  #found(bytes: Uint8Array<ArrayBuffer>): VerifiedBlob {
    return { bytes, source: 'store', persisted: this.#lasting, storeProblem: undefined }
  }

  async #fromStore(
    file: FileReference,
    report: Report,
  ): Promise<{ readonly bytes?: Uint8Array<ArrayBuffer>; readonly problem?: CandlewickError }> {
    try {
      const bytes = await this.stored(file)
      if (bytes === undefined) return {}
      report({ phase: 'verify', loaded: file.size, total: file.size })
      return { bytes }
    } catch (error) {
      if (error instanceof CandlewickError && !isStoreError(error)) throw error
      return { problem: storeFailure(error, this.#store.kind) }
    }
  }

  /** From the network into the store, going on where an earlier download stopped. */
  async #fetch(
    file: FileReference,
    signal: AbortSignal,
    report: Report,
  ): Promise<Pick<VerifiedBlob, 'bytes' | 'source'> & { readonly problem: CandlewickError | undefined }> {
    const bytes = allocate(file)
    const incoming = new IncomingBlob(this.#store, file, this.#makeRoom)
    let resumed = await incoming.resume(bytes)
    for (;;) {
      try {
        // An earlier visit may have ended between the last piece and the last word.
        if (resumed?.start === file.size) await verifyBytes(file, bytes)
        else await this.#receive(file, bytes, incoming, { signal, report, resumed })
        break
      } catch (error) {
        const spoiled = error instanceof CandlewickError && error.code === 'model/integrity'
        if (spoiled) await incoming.drop()
        // The first half may belong to another edition than the second, so a spoiled continuation is no verdict yet.
        if (!spoiled || resumed === undefined) throw error
        resumed = undefined
      }
    }
    report({ phase: 'store', loaded: file.size, total: file.size })
    const stored = await incoming.finish()
    throwIfAborted(signal)
    const source = resumed?.start === file.size ? 'store' : 'network'
    return { bytes: stored ?? bytes, source, problem: incoming.problem }
  }

  async #receive(
    file: FileReference,
    bytes: Uint8Array<ArrayBuffer>,
    incoming: IncomingBlob,
    { signal, report, resumed }: { signal: AbortSignal; report: Report; resumed: ResumePoint | undefined },
  ): Promise<void> {
    const transfer: Transfer = await beginTransfer(file.url, { read: this.#read, signal }, resumed)
    let loaded = transfer.start
    await incoming.begin(loaded, transfer.etag)
    for await (const piece of transfer.pieces) {
      if (loaded + piece.byteLength > file.size) throw wrongSize(file, `at least ${loaded + piece.byteLength}`)
      bytes.set(piece, loaded)
      const before = loaded
      loaded += piece.byteLength
      report({ phase: 'download', loaded, total: file.size })
      await incoming.write(bytes, before, loaded)
    }
    if (loaded < file.size) throw wrongSize(file, String(loaded))
    report({ phase: 'verify', loaded, total: file.size })
    await verifyBytes(file, bytes)
  }

  async #markUsed(record: BlobRecord): Promise<void> {
    const now = Date.now()
    if (now - (record.lastUsedAt ?? 0) < usedMarkMs) return
    const mark = this.#store.update({ blobs: [record.sha256] }, ({ blobs }) => {
      const current = blobs.get(record.sha256)
      const marked = current && { ...current, lastUsedAt: now, lastVerifiedAt: now }
      return { changes: { blobs: marked === undefined ? [] : [marked] }, result: undefined }
    })
    // Advice for retention only: bytes that are here and good must not be fetched again because a mark was not written.
    await mark.catch(() => undefined)
  }

  /** Bytes that are no longer themselves are never run: they go, so that good ones can take their place. */
  async #quarantine({ sha256, size, url, storedAt }: BlobRecord, reason: string): Promise<void> {
    const event = {
      at: Date.now(),
      actor: 'host',
      type: 'blob-corrupted',
      data: { sha256, size, url: publicUrl(url), reason },
    }
    await this.#store.update({ blobs: [sha256] }, ({ blobs }) => {
      const current = blobs.get(sha256)
      // Another tab may have removed them since, or be bringing good ones.
      const same = current?.state === 'ready' && current.storedAt === storedAt
      return { changes: same ? { droppedBlobs: [sha256], events: [event] } : {}, result: undefined }
    })
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
