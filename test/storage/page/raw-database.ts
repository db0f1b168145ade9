/** The registry's database, past the registry: what a disk, another program or another version may do to it. */

const databaseName = 'candlewick-registry'

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason given')))
  })

const committed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')))
  })

const keysOf = (sha256: string): IDBKeyRange => IDBKeyRange.bound([sha256], [sha256, []])

/** What the first version of the package kept of a model. */
export interface FirstVersionRows {
  readonly manifest: { readonly url: string; readonly text: string }
  readonly files: readonly { readonly url: string; readonly sha256: string; readonly chunkBytes: number }[]
}

/** Direct access to the database. */
export class RawDatabase {
  #held: IDBDatabase | undefined

  /** State of stored bytes, and how many of their chunks are there. */
  async blob(sha256: string): Promise<{ state: string | undefined; chunks: number }> {
    return this.#with(async (database) => {
      const tables = database.transaction(['blobs', 'chunks'])
      const [row, chunks] = await Promise.all([
        settled(tables.objectStore('blobs').get(sha256) as IDBRequest<{ state?: string } | undefined>),
        settled(tables.objectStore('chunks').count(keysOf(sha256))),
      ])
      return { state: row?.state, chunks }
    })
  }

  /** Changes one bit of one byte of a stored chunk. */
  async flipBit(sha256: string, chunk: number, byte: number): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction('chunks', 'readwrite')
      const done = committed(transaction)
      const table = transaction.objectStore('chunks')
      const buffer = await settled(table.get([sha256, chunk]) as IDBRequest<ArrayBuffer>)
      new Uint8Array(buffer)[byte]! ^= 1
      table.put(buffer, [sha256, chunk])
      await done
    })
  }

  /** Removes stored bytes, also those that are half there. */
  async forget(sha256: string): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction(['blobs', 'chunks'], 'readwrite')
      const done = committed(transaction)
      transaction.objectStore('blobs').delete(sha256)
      transaction.objectStore('chunks').delete(keysOf(sha256))
      await done
    })
  }

  /** Deletes the whole database, as a browser does that needs room. */
  async evict(): Promise<void> {
    await settled(indexedDB.deleteDatabase(databaseName))
  }

  /** Makes the database as the first version of the package left it, and keeps it open without a word to others. */
  async holdFirstVersion({ manifest, files }: FirstVersionRows): Promise<void> {
    const opening = indexedDB.open(databaseName, 1)
    opening.addEventListener('upgradeneeded', () => {
      opening.result.createObjectStore('manifests', { keyPath: 'url' })
      opening.result.createObjectStore('blobs', { keyPath: 'sha256' })
      opening.result.createObjectStore('chunks')
    })
    const database = await settled(opening)
    const bodies = await Promise.all(files.map(async ({ url }) => (await fetch(url)).arrayBuffer()))
    const transaction = database.transaction(['manifests', 'blobs', 'chunks'], 'readwrite')
    const done = committed(transaction)
    transaction.objectStore('manifests').put({ ...manifest, storedAt: 7 })
    for (const [i, { sha256, url, chunkBytes }] of files.entries()) {
      const bytes = bodies[i]!
      const chunkCount = Math.ceil(bytes.byteLength / chunkBytes)
      transaction.objectStore('blobs').put({ sha256, url, size: bytes.byteLength, chunkBytes, chunkCount, storedAt: 7 })
      for (let chunk = 0; chunk < chunkCount; chunk++)
        transaction
          .objectStore('chunks')
          .put(bytes.slice(chunk * chunkBytes, (chunk + 1) * chunkBytes), [sha256, chunk])
    }
    await done
    this.#held = database
  }

  /** Opens the database with a higher version number, as a later version of the package would. */
  async upgrade(version: number): Promise<void> {
    ;(await settled(indexedDB.open(databaseName, version))).close()
  }

  release(): void {
    this.#held?.close()
    this.#held = undefined
  }

  async #with<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await settled(indexedDB.open(databaseName))
    try {
      return await work(database)
    } finally {
      database.close()
    }
  }
}
