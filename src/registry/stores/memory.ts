/** A store that lasts as long as the page: for places without IndexedDB. */
import { CandlewickError } from '../../core/errors.ts'
import type { ModelStore, StoredBlob, StoredManifest } from '../store.ts'

/** Keeps manifests and models in memory. */
export class MemoryStore implements ModelStore {
  readonly kind = 'memory'
  readonly #manifests = new Map<string, StoredManifest>()
  readonly #blobs = new Map<string, { readonly row: StoredBlob; readonly bytes: Uint8Array<ArrayBuffer> }>()
  #closed = false

  async getManifest(url: string): Promise<StoredManifest | undefined> {
    this.#checkOpen()
    return this.#manifests.get(url)
  }

  async putManifest(manifest: StoredManifest, admit?: (current: StoredManifest | undefined) => void): Promise<void> {
    this.#checkOpen()
    admit?.(this.#manifests.get(manifest.url))
    this.#manifests.set(manifest.url, { ...manifest })
  }

  async getBlob(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#checkOpen()
    return this.#blobs.get(sha256)?.bytes.slice()
  }

  async putBlob(sha256: string, bytes: Uint8Array<ArrayBuffer>, meta: { readonly url: string }): Promise<void> {
    this.#checkOpen()
    const row = { sha256, size: bytes.byteLength, storedAt: Date.now(), url: meta.url }
    this.#blobs.set(sha256, { row, bytes: bytes.slice() })
  }

  async deleteBlob(sha256: string): Promise<void> {
    this.#checkOpen()
    this.#blobs.delete(sha256)
  }

  async listBlobs(): Promise<StoredBlob[]> {
    this.#checkOpen()
    return Array.from(this.#blobs.values(), ({ row }) => ({ ...row }))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#manifests.clear()
    this.#blobs.clear()
  }

  #checkOpen(): void {
    if (this.#closed) throw new CandlewickError('store/unavailable', { store: 'memory', reason: 'it was closed' })
  }
}
