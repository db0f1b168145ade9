/** Pieces of bytes in IndexedDB without any rules: what the registry's own way is compared with. */

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason given')))
  })

/** One piece after the other, all in one request, or all requests at once. */
export type ReadMode = 'sequential' | 'all' | 'parallel'

async function piecesOf(table: IDBObjectStore, sha256: string, mode: ReadMode): Promise<ArrayBuffer[]> {
  const range = IDBKeyRange.bound([sha256], [sha256, []])
  if (mode === 'all') return settled(table.getAll(range) as IDBRequest<ArrayBuffer[]>)
  const keys = await settled(table.getAllKeys(range))
  const get = (key: IDBValidKey): Promise<ArrayBuffer> => settled(table.get(key) as IDBRequest<ArrayBuffer>)
  if (mode === 'parallel') return Promise.all(keys.map(get))
  const pieces: ArrayBuffer[] = []
  for (const key of keys) pieces.push(await get(key))
  return pieces
}

/** Reads a blob of the registry into one buffer; ms without the opening of the database. */
export async function readChunks(sha256: string, size: number, mode: ReadMode): Promise<number> {
  const database = await settled(indexedDB.open('candlewick-registry'))
  const began = performance.now()
  const bytes = new Uint8Array(size)
  let at = 0
  for (const piece of await piecesOf(database.transaction('chunks').objectStore('chunks'), sha256, mode)) {
    bytes.set(new Uint8Array(piece), at)
    at += piece.byteLength
  }
  const ms = performance.now() - began
  database.close()
  if (at !== size) throw new Error(`${at} of ${size} bytes were there.`)
  return ms
}

/** Writes pieces into a database of their own, which is deleted afterwards; one transaction for each. */
export async function writeChunks(buffer: ArrayBuffer, chunkBytes: number): Promise<void> {
  const opening = indexedDB.open('bare')
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('chunks'))
  const database = await settled(opening)
  for (let start = 0; start < buffer.byteLength; start += chunkBytes) {
    const transaction = database.transaction('chunks', 'readwrite')
    transaction.objectStore('chunks').put(buffer.slice(start, start + chunkBytes), start)
    await new Promise((resolve) => transaction.addEventListener('complete', resolve))
  }
  database.close()
}
