/** One blob on its way into the store, piece by piece, so that a download goes on where it stopped. */
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import type { ResumePoint } from './download.ts'
import { type FileReference, sha256Hex, wrongHash } from './integrity.ts'
import { publicUrl } from './public-url.ts'
import type { BlobRecord } from './records.ts'
import type { RegistryStore } from './store.ts'

/** Bytes in one stored piece where the manifest does not say otherwise. */
export const defaultChunkBytes = 4_194_304

const smallestChunk = 65_536
const largestChunk = 67_108_864

/** What a store threw, as an error that may be thrown again. */
export function storeFailure(thrown: unknown, store: string): CandlewickError {
  if (isCandlewickError(thrown)) return thrown
  return new CandlewickError('store/unavailable', { store, reason: reasonOf(thrown) }, { cause: thrown })
}

/** Frees space in the store; `false` where there was nothing to free. */
export type MakeRoom = () => Promise<boolean>

/**
 * Writes the pieces of one file. A store that fails is not asked again: the download then goes on in memory, and
 * {@link problem} says why.
 */
export class IncomingBlob {
  readonly #store: RegistryStore
  readonly #file: FileReference
  readonly #makeRoom: MakeRoom
  readonly #chunkBytes: number
  #madeRoom = false
  /** When the record was written that this download goes by. */
  #begunAt: number | undefined
  /** Somebody else has brought the bytes meanwhile. */
  #here = false
  /** Why the store has not got the bytes, if it has not. */
  problem: CandlewickError | undefined

  constructor(store: RegistryStore, file: FileReference, makeRoom: MakeRoom) {
    this.#store = store
    this.#file = file
    this.#makeRoom = makeRoom
    const { chunkSize } = file
    this.#chunkBytes =
      chunkSize !== undefined && chunkSize >= smallestChunk && chunkSize <= largestChunk ? chunkSize : defaultChunkBytes
  }

  /**
   * Copies the pieces that an earlier download left into the buffer.
   *
   * @returns where the transfer may go on, which is the end where all pieces are here; `undefined` where it must begin anew
   */
  async resume(bytes: Uint8Array<ArrayBuffer>): Promise<ResumePoint | undefined> {
    return this.#try(async () => {
      const { sha256, size } = this.#file
      const record = (await this.#store.read({ blobs: [sha256] })).blobs.get(sha256)
      if (record?.etag === undefined || record.size !== size || record.chunkBytes !== this.#chunkBytes) return undefined
      let start = 0
      for (let index = 0; start < size; index++) {
        const chunk = await this.#store.getChunk(sha256, index)
        const due = Math.min(this.#chunkBytes, size - start)
        if (chunk === undefined || chunk.byteLength !== due || !(await this.#isGood(index, chunk))) break
        bytes.set(chunk, start)
        start += due
      }
      this.#begunAt = record.storedAt
      return start > 0 ? { start, etag: record.etag } : undefined
    })
  }

  /** Says that pieces will come. What an earlier download left is dropped unless it is continued. */
  async begin(start: number, etag: string | undefined): Promise<void> {
    const { sha256, size, url } = this.#file
    await this.#try(async () => {
      this.#here = await this.#store.update({ blobs: [sha256] }, ({ blobs }) => {
        const here = blobs.get(sha256)?.state === 'ready'
        return { changes: here || start > 0 ? {} : { droppedBlobs: [sha256] }, result: here }
      })
      if (this.#here) return
      const record: BlobRecord = {
        sha256,
        size,
        state: 'downloading',
        chunkBytes: this.#chunkBytes,
        chunkCount: Math.ceil(size / this.#chunkBytes),
        url: publicUrl(url),
        storedAt: (this.#begunAt = Date.now()),
        ...(etag !== undefined && { etag }),
      }
      await this.#store.update({}, () => ({ changes: { blobs: [record] }, result: undefined }))
    })
  }

  /**
   * Stores the pieces that are complete now. `loaded` bytes of the buffer are filled, `before` of them were already.
   *
   * @throws `model/integrity` for a piece that is not the one the manifest names
   */
  async write(bytes: Uint8Array<ArrayBuffer>, before: number, loaded: number): Promise<void> {
    const { size, sha256 } = this.#file
    const complete = loaded === size ? Math.ceil(size / this.#chunkBytes) : Math.floor(loaded / this.#chunkBytes)
    for (let index = Math.floor(before / this.#chunkBytes); index < complete; index++) {
      const piece = bytes.slice(index * this.#chunkBytes, Math.min((index + 1) * this.#chunkBytes, size))
      if (!(await this.#isGood(index, piece))) throw wrongHash(this.#file, `other bytes in piece ${index}`)
      if (!this.#here) await this.#try(() => this.#store.putChunk(sha256, index, piece))
    }
  }

  /** Whether a piece has the hash that the manifest gives it; where it gives none, the whole file's hash decides later. */
  async #isGood(index: number, piece: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const expected = this.#expectedHash(index)
    return expected === undefined || (await sha256Hex(piece)) === expected
  }

  #expectedHash(index: number): string | undefined {
    const { chunkSha256, chunkSize } = this.#file
    return chunkSize === this.#chunkBytes ? chunkSha256?.[index] : undefined
  }

  /**
   * Reads everything back, hashes it, and only then lets the store give it out.
   *
   * @returns the bytes as they were read back; `undefined` where the store has not got them
   */
  async finish(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { sha256, size, url } = this.#file
    const found = await this.#try(async () => {
      const bytes = await this.#store.getBytes(sha256)
      if (bytes === undefined || (await sha256Hex(bytes)) !== sha256) throw new Error('it gave back other bytes')
      const at = Date.now()
      await this.#store.update({ blobs: [sha256] }, ({ blobs }) => {
        const record = blobs.get(sha256)
        if (record === undefined || !(this.#here || record.storedAt === this.#begunAt))
          throw new Error('the bytes were removed meanwhile')
        const { etag: _etag, ...rest } = record
        const data = { sha256, size, url: publicUrl(url) }
        const events = record.state === 'ready' ? [] : [{ at, actor: 'host', type: 'blob-stored', data }]
        const ready: BlobRecord = { ...rest, state: 'ready', storedAt: at, lastVerifiedAt: at, lastUsedAt: at }
        return { changes: { blobs: [ready], events }, result: undefined }
      })
      return bytes
    })
    if (found === undefined) await this.drop()
    return found
  }

  /** Leaves nothing of it. What somebody else is bringing, or has brought, stays. */
  async drop(): Promise<void> {
    const { sha256 } = this.#file
    try {
      await this.#store.update({ blobs: [sha256] }, ({ blobs }) => {
        const current = blobs.get(sha256)
        const own = current?.state === 'downloading' && current.storedAt === this.#begunAt
        return { changes: own ? { droppedBlobs: [sha256] } : {}, result: undefined }
      })
    } catch (error) {
      this.problem ??= storeFailure(error, this.#store.kind)
    }
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.problem !== undefined) return undefined
    try {
      return await work()
    } catch (error) {
      if (isCandlewickError(error, 'store/quota-exceeded') && !this.#madeRoom) {
        this.#madeRoom = true
        if (await this.#makeRoom().catch(() => false)) return this.#try(work)
      }
      this.problem = this.#failure(error)
      return undefined
    }
  }

  /** A store that is full says how large the piece was that did not fit; people must know of the whole file. */
  #failure(error: unknown): CandlewickError {
    if (!isCandlewickError(error, 'store/quota-exceeded')) return storeFailure(error, this.#store.kind)
    const details = { neededBytes: this.#file.size, freeBytes: error.details.freeBytes }
    return new CandlewickError('store/quota-exceeded', details, { cause: error })
  }
}
