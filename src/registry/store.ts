/** The port behind which models are kept between visits. */

/** A manifest as it was received. */
export interface StoredManifest {
  /** The address it was read from: its key. */
  readonly url: string
  /** The JSON text, unchanged. */
  readonly text: string
  /** When it was stored, ms since the epoch. */
  readonly storedAt: number
}

/** What is known of stored bytes without reading them. */
export interface StoredBlob {
  /** SHA-256 the bytes were stored under. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** ms since the epoch. */
  readonly storedAt: number
  /** Where the bytes came from. */
  readonly url: string
}

/**
 * Keeps manifests by address and bytes by content. A call either happens whole or not at all, also where several tabs
 * write at the same time. Stores do not verify: whoever reads bytes checks their hash.
 *
 * All calls throw `store/unavailable`; the writing ones also `store/quota-exceeded`.
 */
export interface ModelStore {
  readonly kind: 'indexeddb' | 'memory'

  getManifest(url: string): Promise<StoredManifest | undefined>

  /**
   * Replaces the manifest of an address.
   *
   * @param admit sees the manifest that is about to be replaced, in the same transaction; what it throws is thrown
   * untouched, and nothing is replaced
   */
  putManifest(manifest: StoredManifest, admit?: (current: StoredManifest | undefined) => void): Promise<void>

  /** The caller's own copy of the bytes; `undefined` also where stored pieces are missing. */
  getBlob(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>

  /** Stores a copy of exactly these bytes, replacing what was there under this hash. */
  putBlob(sha256: string, bytes: Uint8Array<ArrayBuffer>, meta: { readonly url: string }): Promise<void>

  /** Forgets bytes; bytes that are not there are no error. */
  deleteBlob(sha256: string): Promise<void>

  listBlobs(): Promise<StoredBlob[]>

  /** Ends the connection; later calls throw `store/unavailable`. */
  close(): Promise<void>
}
