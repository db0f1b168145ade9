import * as fakeIndexedDb from 'fake-indexeddb'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import { openIndexedDbStore } from '../../../src/registry/stores/indexeddb.ts'
import { indexedDbContract, openRaw, openStore, settled } from '../../contract/indexeddb-contract.ts'
import {
  all,
  everything,
  freshName,
  hash,
  manifest,
  model,
  pattern,
  putBytes,
  write,
} from '../../contract/store-fixtures.ts'

Object.assign(globalThis, fakeIndexedDb)

const put = Reflect.get(IDBObjectStore.prototype, 'put') as (
  this: IDBObjectStore,
  ...args: unknown[]
) => IDBRequest<IDBValidKey>

/** Lets a test decide what happens to rows on their way into a table. */
function interceptPut(
  intercept: (table: IDBObjectStore, write: () => IDBRequest<IDBValidKey>) => IDBRequest<IDBValidKey>,
): void {
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function through(
    this: IDBObjectStore,
    ...args
  ) {
    return intercept(this, () => put.apply(this, args))
  })
  onTestFinished(() => spy.mockRestore())
}

let name: string
beforeEach(() => {
  name = freshName()
})

indexedDbContract()

describe('openIndexedDbStore', () => {
  it('opens the database again when the platform has ended the connection', async () => {
    const opened: IDBDatabase[] = []
    const open = indexedDB.open.bind(indexedDB)
    const spy = vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      const request = open(...args)
      request.addEventListener('success', () => void opened.push(request.result))
      return request
    })
    onTestFinished(() => spy.mockRestore())
    const store = await openStore(name)
    await write(store, everything)
    for (const database of opened) fakeIndexedDb.forceCloseDatabase(database as never)
    expect((await store.read(all)).families.size).toBe(1)
    expect(opened).toHaveLength(2)
  })

  it('says after its time that opening hangs, and works when it no longer does', async () => {
    const holder = await openRaw(name, 1)
    const deletion = settled(indexedDB.deleteDatabase(name))
    await expect(openIndexedDbStore({ name, openTimeoutMs: 30 })).rejects.toMatchObject({
      code: 'store/unavailable',
      details: { store: `IndexedDB "${name}"`, reason: 'opening took longer than 30 ms' },
    })
    holder.close()
    await deletion
    expect((await (await openStore(name)).read(all)).families.size).toBe(0)
  })

  it('keeps bytes in the database where there are no files, and says why', async () => {
    const store = await openIndexedDbStore({ name, bytesIn: 'opfs' })
    onTestFinished(() => store.close())
    const bytesProblem = 'there is no Origin Private File System'
    expect(store).toMatchObject({ bytesIn: 'indexeddb', bytesProblem })
    await putBytes(store, hash('a'), pattern(25), 10)
    expect(await store.getBytes(hash('a'))).toEqual(pattern(25))
    await write(store, { droppedBlobs: [hash('a')] })
    expect(await store.getBytes(hash('a'))).toBeUndefined()
  })

  it('says that there is no IndexedDB', async () => {
    const kept = globalThis.indexedDB
    onTestFinished(() => void Object.assign(globalThis, { indexedDB: kept }))
    Reflect.deleteProperty(globalThis, 'indexedDB')
    await expect(openStore(name)).rejects.toMatchObject({
      code: 'store/unavailable',
      details: { reason: 'indexedDB is not defined' },
    })
  })

  it.each([
    [1, undefined],
    [2, 'store/unavailable'],
  ])('opens a broken database once more: %i failures give %s', async (failures, code) => {
    const open = indexedDB.open.bind(indexedDB)
    let left = failures
    const spy = vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      if (left-- > 0) throw new DOMException('Internal error opening backing store', 'UnknownError')
      return open(...args)
    })
    onTestFinished(() => spy.mockRestore())
    const outcome = await openStore(name).then(
      () => undefined,
      (error: unknown) => (error as { readonly code: string }).code,
    )
    expect(outcome).toBe(code)
    expect(spy).toHaveBeenCalledTimes(2)
  })

  it('asks for strict durability of records and relaxed of pieces', async () => {
    const store = await openStore(name)
    const spy = vi.spyOn(IDBDatabase.prototype, 'transaction')
    onTestFinished(() => spy.mockRestore())
    await putBytes(store, hash('a'), pattern(3))
    expect(spy.mock.calls.map(([tables, mode, options]) => [[tables].flat().length, mode, options])).toEqual([
      [1, 'readwrite', { durability: 'relaxed' }],
      [8, 'readwrite', { durability: 'strict' }],
    ])
  })
})

describe('a page that is kept for going back', () => {
  it('holds no connection, and opens one again at the next call', async () => {
    const page = new EventTarget()
    const added = vi.spyOn(page, 'addEventListener')
    const removed = vi.spyOn(page, 'removeEventListener')
    const { addEventListener, removeEventListener } = globalThis
    onTestFinished(() => {
      Object.assign(globalThis, { addEventListener, removeEventListener })
      Reflect.deleteProperty(globalThis, 'onpagehide')
    })
    Object.assign(globalThis, {
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
      onpagehide: null,
    })
    const store = await openStore(name)
    await write(store, everything)
    const closed = vi.spyOn(IDBDatabase.prototype, 'close')
    onTestFinished(() => closed.mockRestore())
    page.dispatchEvent(new Event('pagehide'))
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect((await store.read(all)).families.size).toBe(1)
    await store.close()
    expect(removed.mock.calls).toEqual(added.mock.calls)
    page.dispatchEvent(new Event('pagehide'))
    expect(closed).toHaveBeenCalledTimes(2)
  })
})

describe('a write that fails', () => {
  it('leaves what was there before, names the room that is missing, and goes on with a new connection', async () => {
    const store = await openStore(name)
    await write(store, everything)
    await putBytes(store, hash('a'), pattern(10))
    const before = await store.read(all)
    let full = true
    interceptPut((table, write) => {
      if (full && table.name === 'events') throw new DOMException('full', 'QuotaExceededError')
      return write()
    })
    const opened = vi.spyOn(indexedDB, 'open')
    onTestFinished(() => opened.mockRestore())
    const changes = { ...everything, models: [model('b', '1.0.0')], droppedBlobs: [hash('a')] }
    await expect(write(store, changes)).rejects.toMatchObject({
      code: 'store/quota-exceeded',
      details: { neededBytes: expect.any(Number) as number, freeBytes: undefined },
      cause: { name: 'QuotaExceededError' },
    })
    expect(await store.read(all)).toStrictEqual(before)
    expect(await store.getBytes(hash('a'))).toEqual(pattern(10))
    expect(opened).toHaveBeenCalledTimes(1)
    full = false
    await write(store, { manifests: [manifest('b')] })
    expect((await store.read(all)).manifests.size).toBe(2)
  })

  it('names the length of a piece that finds no room', async () => {
    const store = await openStore(name)
    interceptPut(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await expect(store.putChunk(hash('a'), 0, pattern(12))).rejects.toMatchObject({ details: { neededBytes: 12 } })
  })

  it.each(['meta', 'events'])(
    'tells the reason of the transaction, ended after %s, where no request knows it',
    async (last) => {
      const store = await openStore(name)
      interceptPut((table, write) => {
        const request = write()
        request.addEventListener('success', () => {
          if (table.name !== last) return
          Object.defineProperty(table.transaction, 'error', { value: new DOMException('full', 'QuotaExceededError') })
          table.transaction.abort()
        })
        return request
      })
      await expect(write(store, everything)).rejects.toMatchObject({ code: 'store/quota-exceeded' })
      expect((await store.read(all)).families.size).toBe(0)
    },
  )

  it('is tried once more where the transaction was ended without a reason', async () => {
    const store = await openStore(name)
    let left = 1
    interceptPut((table, write) => {
      const request = write()
      if (left-- > 0) table.transaction.abort()
      return request
    })
    const decide = vi.fn(() => ({ changes: everything, result: 5 }))
    expect(await store.update({}, decide)).toBe(5)
    expect(decide).toHaveBeenCalledTimes(2)
    expect(await store.listEvents()).toHaveLength(1)
    left = 100
    await expect(write(store, everything)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await store.listEvents()).toHaveLength(1)
  })

  it('is not taken for success where only the commit failed', async () => {
    const store = await openStore(name)
    interceptPut((table, write) => {
      const request = write()
      if (table.name === 'events') request.addEventListener('success', () => table.transaction.abort())
      return request
    })
    await expect(write(store, everything)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect((await store.read(all)).families.size).toBe(0)
  })
})

describe('a decision that throws', () => {
  it('is asked once, and the connection stays', async () => {
    const store = await openStore(name)
    const opened = vi.spyOn(indexedDB, 'open')
    onTestFinished(() => opened.mockRestore())
    const decide = vi.fn(() => {
      throw new DOMException('mine', 'QuotaExceededError')
    })
    await expect(store.update({}, decide)).rejects.toMatchObject({ message: 'mine' })
    await store.read(all)
    expect(decide).toHaveBeenCalledTimes(1)
    expect(opened).not.toHaveBeenCalled()
  })
})

describe('a stored row', () => {
  it('of a piece is a buffer of exact length, with none behind it', async () => {
    const store = await openStore(name)
    await putBytes(store, hash('a'), pattern(100).subarray(5, 30), 10)
    const raw = await openRaw(name)
    const pieces = (await settled(raw.transaction('chunks').objectStore('chunks').getAll())) as ArrayBuffer[]
    expect(pieces.map((piece) => [piece instanceof ArrayBuffer, piece.byteLength])).toEqual([
      [true, 10],
      [true, 10],
      [true, 5],
    ])
  })

  it('is found by id, status, type, hash, name and kind', async () => {
    const store = await openStore(name)
    await write(store, everything)
    const raw = await openRaw(name)
    const count = (table: string, index: string, key: IDBValidKey): Promise<number> =>
      settled(raw.transaction(table).objectStore(table).index(index).count(key))
    expect(await count('models', 'id', 'a_v1.0.0')).toBe(1)
    expect(await count('models', 'status', ['a', 'registered'])).toBe(2)
    expect(await count('models', 'modelType', 'patchtst')).toBe(2)
    expect(await count('models', 'sha256', hash('a'))).toBe(2)
    expect(await count('models', 'sha256', hash('b'))).toBe(2)
    expect(await count('events', 'name', ['a', 1])).toBe(1)
    expect(await count('events', 'type', 'registered')).toBe(1)
  })
})
