/** Bytes on their way into the store: nothing gives them out, and nothing that was there is touched, before all is decided. */
import { CandlewickError } from '../../core/errors.ts'
import { defaultChunkBytes } from '../incoming-blob.ts'
import { sha256Hex } from '../integrity.ts'
import { withLock } from '../locks.ts'
import type { BlobRecord } from '../records.ts'
import type { RegistryStore } from '../store.ts'
import type { BackupBlob } from './format.ts'
import type { TakePiece } from './read-backup.ts'

interface Staged {
  readonly record: BlobRecord
  /** What its pieces lie under: its hash, or a name of its own where half a download lies under the hash. */
  readonly key: string
}

const noPiece: TakePiece = async () => undefined

/** Takes in the bytes of one restore. */
export class Staging {
  readonly #store: RegistryStore
  readonly #signal: AbortSignal
  readonly #now: number
  readonly #staged = new Map<string, Staged>()
  readonly #releases: (() => void)[] = []

  constructor(store: RegistryStore, signal: AbortSignal, now: number) {
    this.#store = store
    this.#signal = signal
    this.#now = now
  }

  /** Makes ready for one file; what is in the store already stays as it is. No download of it begins meanwhile. */
  async begin({ sha256, size, url }: BackupBlob): Promise<TakePiece> {
    this.#releases.push(await hold(`blob:${sha256}`, this.#signal))
    const before = (await this.#store.read({ blobs: [sha256] })).blobs.get(sha256)
    if (before?.state === 'ready') return noPiece
    // Pieces of the length that a download began with can later take the place of its own.
    const chunkBytes = before?.chunkBytes ?? defaultChunkBytes
    const record: BlobRecord = {
      sha256,
      size,
      state: 'downloading',
      chunkBytes,
      chunkCount: Math.ceil(size / chunkBytes),
      url,
      storedAt: this.#now,
    }
    const key = before === undefined ? sha256 : `restore-${crypto.randomUUID()}`
    this.#staged.set(sha256, { record, key })
    const blobs = [{ ...record, sha256: key }]
    await this.#store.update({}, () => ({ changes: { blobs }, result: undefined }))
    return this.#taker(key, record)
  }

  /** Cuts what comes into pieces of the store's length. */
  #taker(key: string, { size, chunkBytes }: BlobRecord): TakePiece {
    let buffer = new Uint8Array(Math.min(size, chunkBytes))
    let [filled, index] = [0, 0]
    return async (piece) => {
      for (let at = 0; at < piece.byteLength;) {
        const part = piece.subarray(at, at + buffer.byteLength - filled)
        buffer.set(part, filled)
        at += part.byteLength
        filled += part.byteLength
        if (filled < buffer.byteLength) continue
        await this.#store.putChunk(key, index, buffer)
        index += 1
        filled = 0
        buffer = new Uint8Array(Math.max(0, Math.min(chunkBytes, size - index * chunkBytes)))
      }
    }
  }

  /**
   * Reads back what is wanted of the staged bytes and hashes it.
   *
   * @returns the records under which they are ready
   * @throws `store/unavailable` where the store gives back something else
   */
  async prove(wanted: ReadonlySet<string>): Promise<BlobRecord[]> {
    const ready: BlobRecord[] = []
    for (const { record, key } of this.#staged.values()) {
      this.#signal.throwIfAborted()
      const { sha256 } = record
      if (!wanted.has(sha256)) continue
      const bytes = await this.#store.getBytes(key)
      if (bytes === undefined || (await sha256Hex(bytes)) !== sha256) {
        const reason = 'it gave back other bytes'
        throw new CandlewickError('store/unavailable', { store: this.#store.kind, reason })
      }
      ready.push({ ...record, state: 'ready', lastVerifiedAt: this.#now })
    }
    return ready
  }

  /** Moves proven bytes to where half a download lies: from here on its pieces are good ones. */
  async settle(ready: readonly BlobRecord[]): Promise<void> {
    for (const { sha256, chunkCount } of ready) {
      const key = this.#staged.get(sha256)?.key ?? sha256
      if (key === sha256) continue
      for (let index = 0; index < chunkCount; index++) {
        const piece = await this.#store.getChunk(key, index)
        if (piece !== undefined) await this.#store.putChunk(sha256, index, piece)
      }
    }
  }

  /**
   * What goes when the records in `ready` come: bytes that nobody wanted, and places that served for a while; never bytes
   * that somebody else has made ready meanwhile.
   */
  leftovers(stored: ReadonlyMap<string, BlobRecord>, ready: readonly BlobRecord[] = []): string[] {
    const stay = new Set(ready.map(({ sha256 }) => sha256))
    return Array.from(this.#staged.values(), ({ key }) => key).filter(
      (key) => !stay.has(key) && stored.get(key)?.state !== 'ready',
    )
  }

  /** Leaves nothing of what was staged. */
  async discard(): Promise<void> {
    const keys = Array.from(this.#staged.values(), ({ key }) => key)
    if (keys.length === 0) return
    await this.#store.update({ blobs: keys }, ({ blobs }) => ({
      changes: { droppedBlobs: this.leftovers(blobs) },
      result: undefined,
    }))
  }

  /** Lets downloads go on. */
  release(): void {
    for (const release of this.#releases.splice(0)) release()
  }
}

/** Holds a lock until the returned function is called. */
async function hold(name: string, signal: AbortSignal): Promise<() => void> {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await new Promise<void>((entered, failed) => {
    const held = async (): Promise<void> => {
      entered()
      await released
    }
    withLock(name, signal, held).catch(failed)
  })
  return release
}
