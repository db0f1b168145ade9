/** What the store in IndexedDB must keep besides: older and newer versions of its database, and other tabs. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { RegistryStore } from '../../src/registry/store.ts'
import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import {
  all,
  blob,
  everything,
  freshName,
  hash,
  manifest,
  model,
  pattern,
  putBytes,
  same,
  write,
} from './store-fixtures.ts'

export const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no reason')))
  })

/** Opens the database as another tab would, beside the store. */
export async function openRaw(name: string, version?: number): Promise<IDBDatabase> {
  const database = await settled(indexedDB.open(name, version))
  onTestFinished(() => database.close())
  return database
}

export async function openStore(name: string): Promise<RegistryStore> {
  const store = await openIndexedDbStore({ name })
  onTestFinished(() => store.close())
  return store
}

const pieceBytes = 1_000_000
const text = '{"version":3,"issuedAt":"2026-01-31T12:00:00Z"}'
/** By another program. */
const digest = '2e6eaf357d49b3209b50fdc9e3ce14bf96956b3e6199659fc7d7e08fef0e7871'

/** The database as the first version of this package left it: one manifest, one blob, in two pieces. */
async function createFirstVersion(
  name: string,
  manifestText: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore('manifests', { keyPath: 'url' })
    request.result.createObjectStore('blobs', { keyPath: 'sha256' })
    request.result.createObjectStore('chunks')
  })
  const database = await settled(request)
  onTestFinished(() => database.close())
  const transaction = database.transaction(['manifests', 'blobs', 'chunks'], 'readwrite')
  transaction.objectStore('manifests').put({ url: 'https://a.example/', text: manifestText, storedAt: 7 })
  const { state: _, ...row } = blob(hash('a'), bytes.byteLength, pieceBytes)
  transaction.objectStore('blobs').put(row)
  for (let i = 0; i < row.chunkCount; i++)
    transaction.objectStore('chunks').put(bytes.slice(i * pieceBytes, (i + 1) * pieceBytes).buffer, [hash('a'), i])
  await new Promise((resolve) => transaction.addEventListener('complete', resolve))
  return database
}

/** The connections that are opened from now on. */
export function watchConnections(): IDBDatabase[] {
  const opened: IDBDatabase[] = []
  const open = indexedDB.open.bind(indexedDB)
  const spy = vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
    const request = open(...args)
    request.addEventListener('success', () => void opened.push(request.result))
    return request
  })
  onTestFinished(() => spy.mockRestore())
  return opened
}

export function indexedDbContract(): void {
  describe('a database of the first version', () => {
    it('is upgraded without a loss', async () => {
      const name = freshName()
      const bytes = pattern(pieceBytes + 5)
      ;(await createFirstVersion(name, text, bytes)).close()
      const store = await openStore(name)
      const { manifests, blobs, families, meta, lastEvent } = await store.read(all)
      expect([...manifests.values()]).toStrictEqual([
        { url: 'https://a.example/', text, storedAt: 7, version: 3, issuedAt: Date.UTC(2026, 0, 31, 12), digest },
      ])
      expect([...blobs.values()]).toStrictEqual([blob(hash('a'), bytes.byteLength, pieceBytes)])
      expect(same(await store.getBytes(hash('a')), bytes)).toBe(true)
      expect({ families, meta, lastEvent }).toStrictEqual({
        families: new Map(),
        meta: undefined,
        lastEvent: undefined,
      })
      await write(store, everything)
      expect((await (await openStore(name)).read(all)).families.size).toBe(1)
    })

    it.each(['no JSON', 'null', '[]', '{"version":"3","issuedAt":5}', '{"version":-1,"issuedAt":"soon"}'])(
      'keeps a manifest that tells neither edition nor time: %s',
      async (odd) => {
        const name = freshName()
        ;(await createFirstVersion(name, odd, pattern(1))).close()
        const { manifests } = await (await openStore(name)).read(all)
        expect(manifests.get('https://a.example/')).toMatchObject({ text: odd, version: 0, issuedAt: 0 })
      },
    )

    it('is still read by the first version after its upgrade', async () => {
      const name = freshName()
      const bytes = pattern(pieceBytes + 5)
      ;(await createFirstVersion(name, text, bytes)).close()
      const store = await openStore(name)
      await write(store, { manifests: [manifest('https://b.example/', 'new')] })
      await putBytes(store, hash('b'), pattern(3))
      const older = await openRaw(name)
      const tables = older.transaction(['manifests', 'blobs', 'chunks'])
      expect(await settled(tables.objectStore('manifests').getAll())).toMatchObject([
        { url: 'https://a.example/', text, storedAt: 7 },
        { url: 'https://b.example/', text: 'new', storedAt: 7 },
      ])
      expect(await settled(tables.objectStore('blobs').get(hash('b')))).toMatchObject({ size: 3, chunkCount: 1 })
      expect(await settled(tables.objectStore('chunks').get([hash('b'), 0]))).toEqual(pattern(3).buffer)
      expect(await settled(tables.objectStore('chunks').getAllKeys())).toHaveLength(3)
    })

    it('that another tab keeps open is named as the reason, and upgraded when the tab is gone', async () => {
      const name = freshName()
      const holder = await createFirstVersion(name, text, pattern(1))
      await expect(openIndexedDbStore({ name, openTimeoutMs: 300 })).rejects.toMatchObject({
        code: 'store/unavailable',
        details: { reason: 'another tab keeps an older version of it open; close that tab' },
      })
      holder.close()
      expect((await (await openStore(name)).read(all)).manifests.size).toBe(1)
    })
  })

  describe('a store with a database', () => {
    it('gives way to a tab that deletes or upgrades it, and opens it again', async () => {
      const name = freshName()
      const store = await openStore(name)
      await write(store, everything)
      await settled(indexedDB.deleteDatabase(name))
      expect((await store.read(all)).families.size).toBe(0)
      await write(store, everything)
      await openRaw(name, 3)
      expect((await store.read(all)).families.size).toBe(1)
    })

    it('opens one that newer code has upgraded as it is', async () => {
      const name = freshName()
      const store = await openStore(name)
      await write(store, everything)
      await store.close()
      ;(await openRaw(name, 7)).close()
      const again = await openStore(name)
      await write(again, { models: [model('b', '1.0.0')] })
      expect([...(await again.read(all)).families.keys()]).toEqual(['a', 'b'])
    })

    it('goes on where its connection was closed under its feet, also in the middle of calls', async () => {
      const opened = watchConnections()
      const store = await openStore(freshName())
      await write(store, everything)
      for (const connection of opened) connection.close()
      expect((await store.read(all)).families.size).toBe(1)
      const calls = Array.from({ length: 20 }, (_, i) => write(store, { models: [model('b', `${i}`)] }))
      for (const connection of opened) connection.close()
      await Promise.all(calls)
      expect((await store.read({ families: ['b'] })).families.get('b')?.models.size).toBe(20)
      expect(opened.length).toBeGreaterThan(1)
    })

    it('opens it once for calls that come at the same time', async () => {
      const opened = watchConnections()
      const name = freshName()
      const store = await openStore(name)
      await settled(indexedDB.deleteDatabase(name))
      await Promise.all([store.read(all), store.getBytes(hash('a')), write(store, everything), store.listEvents()])
      expect(opened).toHaveLength(2)
    })
  })
}
