import { describe, expect, it } from 'vitest'

import type { RegistryStore } from '../../src/registry/store.ts'
import { blob, chunk, freshName, hash, type OpenStore, pattern, putBytes, same, twin, write } from './store-fixtures.ts'

/** What every store must keep of bytes. */
export function bytesContract(openStore: OpenStore): void {
  describe('bytes', () => {
    it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 5])(
      'come back unchanged where they are %i',
      async (length) => {
        const store = await openStore()
        const bytes = pattern(length)
        await putBytes(store, hash('a'), bytes)
        const back = await store.getBytes(hash('a'))
        expect(same(back, bytes)).toBe(true)
        expect(back?.buffer.byteLength).toBe(length)
      },
    )

    it('come back in pieces of the length that their record names', async () => {
      const store = await openStore()
      await putBytes(store, hash('a'), pattern(25), 10)
      expect(await store.getChunk(hash('a'), 0)).toEqual(pattern(25).slice(0, 10))
      expect(await store.getChunk(hash('a'), 2)).toEqual(pattern(25).slice(20))
      expect(await store.getBytes(hash('a'))).toEqual(pattern(25))
    })

    it('are unknown where they were never put', async () => {
      const store = await openStore()
      expect(await store.getBytes(hash('a'))).toBeUndefined()
      expect(await store.getChunk(hash('a'), 0)).toBeUndefined()
      await putBytes(store, hash('a'), pattern(5))
      expect(await store.getChunk(hash('a'), 1)).toBeUndefined()
      expect(await store.getChunk(hash('b'), 0)).toBeUndefined()
    })

    it('are no whole before their record is there, whatever its state', async () => {
      const store = await openStore()
      await store.putChunk(hash('a'), 0, pattern(5))
      expect(await store.getBytes(hash('a'))).toBeUndefined()
      await write(store, { blobs: [{ ...blob(hash('a'), 5), state: 'downloading' }] })
      expect(await store.getBytes(hash('a'))).toEqual(pattern(5))
    })

    it.each<[string, (store: RegistryStore) => Promise<void>]>([
      ['is missing', (store) => write(store, { droppedBlobs: [hash('a')], blobs: [] })],
      ['is shorter', (store) => store.putChunk(hash('a'), 0, pattern(9))],
      ['is longer', (store) => store.putChunk(hash('a'), 1, pattern(6))],
      [
        'is longer where another is shorter',
        async (store) => {
          await store.putChunk(hash('a'), 0, pattern(9))
          await store.putChunk(hash('a'), 1, pattern(6))
        },
      ],
    ])('count as absent where a piece %s', async (_, spoil) => {
      const store = await openStore()
      await putBytes(store, hash('a'), pattern(15), 10)
      expect(await store.getBytes(hash('a'))).toEqual(pattern(15))
      await spoil(store)
      await write(store, { blobs: [blob(hash('a'), 15, 10)] })
      expect(await store.getBytes(hash('a'))).toBeUndefined()
    })

    it.each([14, 16, 21])('count as absent where their record says %i for 15', async (size) => {
      const store = await openStore()
      await putBytes(store, hash('a'), pattern(15), 10)
      await write(store, { blobs: [{ ...blob(hash('a'), size, 10), chunkCount: 2 }] })
      expect(await store.getBytes(hash('a'))).toBeUndefined()
    })

    it('are stored as a view shows them, without the buffer behind it', async () => {
      class Sliding extends Uint8Array<ArrayBuffer> {
        override slice(from?: number, to?: number): Uint8Array<ArrayBuffer> {
          return this.subarray(from, to)
        }
      }
      const store = await openStore()
      const whole = pattern(1000)
      await store.putChunk(hash('a'), 0, whole.subarray(100, 110))
      await store.putChunk(hash('b'), 0, new Sliding(whole.buffer, 100, 10))
      for (const digit of ['a', 'b']) {
        const back = await store.getChunk(hash(digit), 0)
        expect(back).toEqual(whole.slice(100, 110))
        expect(back?.buffer.byteLength).toBe(10)
      }
    })

    it('are not changed by what callers do to bytes they gave or got', async () => {
      const store = await openStore()
      const given = pattern(100)
      const put = store.putChunk(hash('a'), 0, given)
      given.fill(0)
      await put
      await write(store, { blobs: [blob(hash('a'), 100)] })
      ;(await store.getChunk(hash('a'), 0))?.fill(1)
      ;(await store.getBytes(hash('a')))?.fill(2)
      expect(await store.getBytes(hash('a'))).toEqual(pattern(100))
      expect(await store.getChunk(hash('a'), 0)).toEqual(pattern(100))
    })

    it('of different blobs are taken and given at the same time', async () => {
      const store = await openStore()
      const digits = ['0', '1', '2', '3', '4', '5']
      await Promise.all(digits.map((digit, i) => putBytes(store, hash(digit), pattern(1000 + i, i), 300)))
      const back = await Promise.all(digits.map((digit) => store.getBytes(hash(digit))))
      expect(back).toEqual(digits.map((_, i) => pattern(1000 + i, i)))
    })

    it('go with all their pieces where the blob is dropped, also pieces without a record', async () => {
      const database = freshName()
      const store = await openStore(database)
      await putBytes(store, hash('a'), pattern(25), 10)
      await putBytes(store, hash('b'), pattern(5))
      await store.putChunk(hash('c'), 7, pattern(3))
      await write(await twin(store, openStore, database), { droppedBlobs: [hash('a'), hash('c'), hash('e')] })
      for (let i = 0; i < 3; i++) expect(await store.getChunk(hash('a'), i)).toBeUndefined()
      expect(await store.getChunk(hash('c'), 7)).toBeUndefined()
      expect([...(await store.read({ blobs: 'all' })).blobs.keys()]).toEqual([hash('b')])
      expect(await store.getBytes(hash('b'))).toEqual(pattern(5))
    })
  })
}
