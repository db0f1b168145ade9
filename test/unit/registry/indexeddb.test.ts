import * as fakeIndexedDb from 'fake-indexeddb'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import type { ModelStore } from '../../../src/registry/store.ts'
import { chunkBytes, openIndexedDbStore } from '../../../src/registry/stores/indexeddb.ts'

Object.assign(globalThis, fakeIndexedDb)

const hash = 'ab'.repeat(32)
const meta = { url: 'https://models.example/m.onnx' }
const bytes = Uint8Array.from([1, 2, 3])

const put = Reflect.get(IDBObjectStore.prototype, 'put') as (
  this: IDBObjectStore,
  ...args: unknown[]
) => IDBRequest<IDBValidKey>

let name: string
beforeEach(() => {
  name = `indexeddb-${Math.random().toString(36).slice(2)}`
})

async function openStore(): Promise<ModelStore> {
  const store = await openIndexedDbStore({ name })
  onTestFinished(() => store.close())
  return store
}

const settled = (request: IDBRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason')))
  })

/** Opens the database as another tab would, beside the store. */
async function openRaw(version?: number): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version)
  await settled(request)
  onTestFinished(() => request.result.close())
  return request.result
}

describe('openIndexedDbStore', () => {
  it('gives way to a tab that deletes or upgrades the database, and opens it again', async () => {
    const store = await openStore()
    await store.putBlob(hash, bytes, meta)
    await settled(indexedDB.deleteDatabase(name))
    expect(await store.getBlob(hash)).toBeUndefined()
    await store.putBlob(hash, bytes, meta)
    await openRaw(2)
    expect(await store.getBlob(hash)).toEqual(bytes)
  })

  it('opens a database that newer code has upgraded', async () => {
    await (await openStore()).putBlob(hash, bytes, meta)
    const newer = await openRaw(7)
    newer.close()
    expect(await (await openStore()).getBlob(hash)).toEqual(bytes)
  })

  it('opens the database again when the platform has ended the connection', async () => {
    const opened: IDBDatabase[] = []
    const open = indexedDB.open.bind(indexedDB)
    const spy = vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      const request = open(...args)
      request.addEventListener('success', () => void opened.push(request.result))
      return request
    })
    onTestFinished(() => spy.mockRestore())
    const store = await openStore()
    await store.putBlob(hash, bytes, meta)
    for (const database of opened) fakeIndexedDb.forceCloseDatabase(database as never)
    expect(await store.getBlob(hash)).toEqual(bytes)
    for (const database of opened) database.close()
    expect(await store.getBlob(hash)).toEqual(bytes)
    expect(opened).toHaveLength(3)
  })

  it('opens once for calls that come at the same time', async () => {
    const store = await openStore()
    await settled(indexedDB.deleteDatabase(name))
    const spy = vi.spyOn(indexedDB, 'open')
    onTestFinished(() => spy.mockRestore())
    await Promise.all([store.listBlobs(), store.getBlob(hash), store.putBlob(hash, bytes, meta)])
    expect(spy).toHaveBeenCalledTimes(1)
  })

  it('says after its time that opening hangs, and works when it no longer does', async () => {
    const holder = await openRaw(1)
    const deletion = settled(indexedDB.deleteDatabase(name))
    await expect(openIndexedDbStore({ name, openTimeoutMs: 30 })).rejects.toMatchObject({
      code: 'store/unavailable',
      details: { store: `IndexedDB "${name}"`, reason: 'opening took longer than 30 ms' },
    })
    holder.close()
    await deletion
    expect(await (await openStore()).listBlobs()).toEqual([])
  })

  it('says that there is no IndexedDB', async () => {
    const kept = globalThis.indexedDB
    onTestFinished(() => void Object.assign(globalThis, { indexedDB: kept }))
    Reflect.deleteProperty(globalThis, 'indexedDB')
    await expect(openStore()).rejects.toMatchObject({
      code: 'store/unavailable',
      details: { reason: 'indexedDB is not defined' },
    })
  })
})

describe('a write that fails', () => {
  /** Makes the database refuse the second piece of a blob as a browser does that has no room. */
  function fill(): void {
    const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function refuse(
      this: IDBObjectStore,
      ...args
    ) {
      if (this.name === 'chunks' && Array.isArray(args[1]) && args[1][1] === 1)
        throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args)
    })
    onTestFinished(() => spy.mockRestore())
  }

  it('leaves what was there before, and names the room that is missing', async () => {
    const store = await openStore()
    await store.putBlob(hash, bytes, meta)
    fill()
    await expect(store.putBlob(hash, new Uint8Array(2 * chunkBytes), meta)).rejects.toMatchObject({
      code: 'store/quota-exceeded',
      details: { neededBytes: 2 * chunkBytes, freeBytes: undefined },
      cause: { name: 'QuotaExceededError' },
    })
    expect(await store.getBlob(hash)).toEqual(bytes)
    expect(await store.listBlobs()).toMatchObject([{ size: 3 }])
    await store.putBlob(hash, bytes.subarray(1), meta)
    expect(await store.getBlob(hash)).toEqual(bytes.slice(1))
  })

  it('is tried once more where the transaction was ended without a reason', async () => {
    const store = await openStore()
    let left = 1
    const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function end(
      this: IDBObjectStore,
      ...args
    ) {
      const request = put.apply(this, args)
      if (left-- > 0) this.transaction.abort()
      return request
    })
    onTestFinished(() => spy.mockRestore())
    await store.putBlob(hash, bytes, meta)
    expect(await store.getBlob(hash)).toEqual(bytes)
    left = 100
    await expect(store.putBlob(hash, bytes, meta)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await store.getBlob(hash)).toEqual(bytes)
  })
})

describe('a commit that fails after every request succeeded', () => {
  it('is not taken for success', async () => {
    const store = await openStore()
    const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function end(
      this: IDBObjectStore,
      ...args
    ) {
      const request = put.apply(this, args)
      if (this.name === 'chunks') request.addEventListener('success', () => this.transaction.abort())
      return request
    })
    onTestFinished(() => spy.mockRestore())
    await expect(store.putBlob(hash, bytes, meta)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await store.getBlob(hash)).toBeUndefined()
  })
})

describe('a stored blob', () => {
  it('leaves no pieces behind when shorter bytes replace it or it is deleted', async () => {
    const store = await openStore()
    const raw = await openRaw()
    const pieces = async (): Promise<unknown> => {
      const request = raw.transaction('chunks').objectStore('chunks').getAllKeys()
      await settled(request)
      return request.result
    }
    await store.putBlob(hash, new Uint8Array(2 * chunkBytes), meta)
    await store.putBlob(hash, bytes, meta)
    expect(await pieces()).toEqual([[hash, 0]])
    await store.deleteBlob(hash)
    expect(await pieces()).toEqual([])
  })

  it('is in pieces of exact length, none with a larger buffer behind it', async () => {
    const store = await openStore()
    const whole = new Uint8Array(3 * chunkBytes)
    await store.putBlob(hash, whole.subarray(5, 2 * chunkBytes + 6), meta)
    const raw = await openRaw()
    const request = raw.transaction('chunks').objectStore('chunks').getAll()
    await settled(request)
    const pieces = request.result as ArrayBuffer[]
    expect(pieces.map((piece) => piece.byteLength)).toEqual([chunkBytes, chunkBytes, 1])
  })

  it.each<[string, (chunks: IDBObjectStore) => IDBRequest]>([
    ['is missing', (chunks) => chunks.delete([hash, 1])],
    ['is shorter', (chunks) => chunks.put(new ArrayBuffer(1), [hash, 0])],
    ['is longer', (chunks) => chunks.put(new ArrayBuffer(3), [hash, 1])],
  ])('counts as absent where a piece %s', async (_, spoil) => {
    const store = await openStore()
    await store.putBlob(hash, new Uint8Array(chunkBytes + 2), meta)
    const raw = await openRaw()
    await settled(spoil(raw.transaction('chunks', 'readwrite').objectStore('chunks')))
    expect(await store.getBlob(hash)).toBeUndefined()
  })
})
