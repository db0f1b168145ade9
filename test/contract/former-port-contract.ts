/** What callers of the former port rely on. It runs in Node and in browsers alike, so it imports nothing of either. */
import { afterEach, describe, expect, it } from 'vitest'

import type { ModelStore } from '../../src/registry/store.ts'

const chunk = 4_194_304
const hash = (digit: string): string => digit.repeat(64)
const meta = { url: 'https://models.example/m.onnx' }

/** Bytes that repeat nowhere near a chunk's length, so that swapped or shifted pieces show. */
function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])

const manifest = (url: string, text: string) => ({ url, text, storedAt: 7 })

/**
 * Declares the suite for one kind of store.
 *
 * @param open opens the store of a given name; the same name twice means the same data where the store outlives a page
 */
export function formerPortContract(name: string, open: (database: string) => Promise<ModelStore>): void {
  describe(`${name} store behind its former port`, () => {
    const stores: ModelStore[] = []
    const fresh = (): string => `contract-${Date.now()}-${Math.random().toString(36).slice(2)}`
    const openStore = async (database = fresh()): Promise<ModelStore> => {
      const store = await open(database)
      stores.push(store)
      return store
    }
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close()
    })

    it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 5])('gives back %i bytes unchanged', async (length) => {
      const store = await openStore()
      const bytes = pattern(length)
      await store.putBlob(hash('a'), bytes, meta)
      expect(same(await store.getBlob(hash('a')), bytes)).toBe(true)
    })

    it('knows nothing of bytes and manifests that were never put', async () => {
      const store = await openStore()
      expect(await store.getBlob(hash('a'))).toBeUndefined()
      expect(await store.getManifest('https://a.example/')).toBeUndefined()
      expect(await store.listBlobs()).toEqual([])
      await expect(store.deleteBlob(hash('a'))).resolves.toBeUndefined()
    })

    it('stores what a view shows, not the buffer behind it', async () => {
      const store = await openStore()
      const whole = pattern(1000)
      await store.putBlob(hash('a'), whole.subarray(100, 110), meta)
      const back = await store.getBlob(hash('a'))
      expect(back).toEqual(whole.slice(100, 110))
      expect(back?.buffer.byteLength).toBe(10)
    })

    it('is not changed by what callers do to bytes they gave or got', async () => {
      const store = await openStore()
      const given = pattern(100)
      const put = store.putBlob(hash('a'), given, meta)
      await put
      given.fill(0)
      const got = await store.getBlob(hash('a'))
      got?.fill(1)
      expect(await store.getBlob(hash('a'))).toEqual(pattern(100))
    })

    it('lists hash, size, time and origin', async () => {
      const store = await openStore()
      const before = Date.now()
      await store.putBlob(hash('a'), pattern(3), meta)
      await store.putBlob(hash('b'), pattern(5), { url: 'https://models.example/s.json' })
      const rows = (await store.listBlobs()).sort((x, y) => x.size - y.size)
      expect(rows.map(({ sha256, size, url }) => [sha256, size, url])).toEqual([
        [hash('a'), 3, meta.url],
        [hash('b'), 5, 'https://models.example/s.json'],
      ])
      for (const { storedAt, ...rest } of rows) {
        expect(storedAt).toBeGreaterThanOrEqual(before)
        expect(new Set(Object.keys(rest))).toEqual(new Set(['sha256', 'size', 'url']))
      }
    })

    it('replaces longer bytes by shorter ones without a rest', async () => {
      const store = await openStore()
      await store.putBlob(hash('a'), pattern(2 * chunk + 9), meta)
      await store.putBlob(hash('a'), pattern(4, 2), meta)
      expect(await store.getBlob(hash('a'))).toEqual(pattern(4, 2))
      expect(await store.listBlobs()).toHaveLength(1)
    })

    it('deletes one blob and leaves the others', async () => {
      const store = await openStore()
      await store.putBlob(hash('a'), pattern(chunk + 1), meta)
      await store.putBlob(hash('b'), pattern(5), meta)
      await store.deleteBlob(hash('a'))
      expect(await store.getBlob(hash('a'))).toBeUndefined()
      expect(await store.getBlob(hash('b'))).toEqual(pattern(5))
      expect((await store.listBlobs()).map((row) => row.sha256)).toEqual([hash('b')])
    })

    it('keeps one whole version where several are put at the same time', async () => {
      const store = await openStore()
      const versions = [pattern(chunk + 3, 1), pattern(2 * chunk, 2), pattern(7, 3)]
      await Promise.all(versions.map((bytes) => store.putBlob(hash('a'), bytes, meta)))
      const back = await store.getBlob(hash('a'))
      expect(versions.filter((bytes) => same(back, bytes))).toHaveLength(1)
    })

    it('shows a reader the bytes before or after a write, never between', async () => {
      const store = await openStore()
      const [old, next] = [pattern(chunk + 3, 1), pattern(2 * chunk, 2)]
      await store.putBlob(hash('a'), old, meta)
      const reads = [store.getBlob(hash('a'))]
      const write = store.putBlob(hash('a'), next, meta)
      for (let i = 0; i < 3; i++) reads.push(store.getBlob(hash('a')))
      await write
      for (const read of await Promise.all(reads)) expect(same(read, old) || same(read, next)).toBe(true)
      expect(same(await store.getBlob(hash('a')), next)).toBe(true)
    })

    it('takes and gives different blobs at the same time', async () => {
      const store = await openStore()
      const digits = ['0', '1', '2', '3', '4', '5']
      await Promise.all(digits.map((digit, i) => store.putBlob(hash(digit), pattern(1000 + i, i), meta)))
      const back = await Promise.all(digits.map((digit) => store.getBlob(hash(digit))))
      expect(back).toEqual(digits.map((_, i) => pattern(1000 + i, i)))
    })

    it('keeps manifests by address and replaces them', async () => {
      const store = await openStore()
      await store.putManifest(manifest('https://a.example/', 'one'))
      await store.putManifest(manifest('https://b.example/', 'two'))
      await store.putManifest(manifest('https://a.example/', 'three'))
      expect(await store.getManifest('https://a.example/')).toEqual(manifest('https://a.example/', 'three'))
      expect(await store.getManifest('https://b.example/')).toEqual(manifest('https://b.example/', 'two'))
    })

    it('shows the current manifest before it is replaced', async () => {
      const store = await openStore()
      const seen: unknown[] = []
      for (const text of ['one', 'two'])
        await store.putManifest(manifest('https://a.example/', text), (current) => seen.push(current?.text))
      expect(seen).toEqual([undefined, 'one'])
    })

    it('replaces nothing where the replacement is refused, and throws the refusal untouched', async () => {
      const store = await openStore()
      await store.putManifest(manifest('https://a.example/', 'one'))
      const refusal = new Error('no')
      const refused = store.putManifest(manifest('https://a.example/', 'two'), () => {
        throw refusal
      })
      await expect(refused).rejects.toBe(refusal)
      expect((await store.getManifest('https://a.example/'))?.text).toBe('one')
      await store.putManifest(manifest('https://a.example/', 'three'))
      expect((await store.getManifest('https://a.example/'))?.text).toBe('three')
    })

    it('lets one of two writers go first, and the other see it', async () => {
      const store = await openStore()
      const add = () => {
        const next = { ...manifest('https://a.example/', ''), text: 'x' }
        const seen: (string | undefined)[] = []
        return store.putManifest(next, (current) => seen.push(current?.text)).then(() => seen[0])
      }
      expect(new Set(await Promise.all([add(), add()]))).toEqual(new Set(['x', undefined]))
    })

    it('answers after it was closed with an error', async () => {
      const store = await openStore()
      await store.putBlob(hash('a'), pattern(3), meta)
      await store.close()
      await store.close()
      await expect(store.getBlob(hash('a'))).rejects.toMatchObject({ code: 'store/unavailable' })
      await expect(store.putBlob(hash('a'), pattern(3), meta)).rejects.toMatchObject({ code: 'store/unavailable' })
      await expect(store.listBlobs()).rejects.toMatchObject({ code: 'store/unavailable' })
    })

    it('works beside a second one of the same name', async () => {
      const database = fresh()
      const [left, right] = [await openStore(database), await openStore(database)]
      await left.putBlob(hash('a'), pattern(chunk + 1), meta)
      await right.putBlob(hash('b'), pattern(9), meta)
      expect(await left.getBlob(hash('b'))).toEqual(left.kind === 'memory' ? undefined : pattern(9))
      await left.close()
      if (right.kind !== 'memory') expect(same(await right.getBlob(hash('a')), pattern(chunk + 1))).toBe(true)
      expect(await right.getBlob(hash('b'))).toEqual(pattern(9))
    })

    it('is empty or as it was left when it is opened again, by its kind', async () => {
      const database = fresh()
      const first = await openStore(database)
      await first.putBlob(hash('a'), pattern(10), meta)
      await first.putManifest(manifest('https://a.example/', 'one'))
      await first.close()
      const second = await openStore(database)
      const kept = second.kind !== 'memory'
      expect(await second.getBlob(hash('a'))).toEqual(kept ? pattern(10) : undefined)
      expect((await second.getManifest('https://a.example/'))?.text).toBe(kept ? 'one' : undefined)
    })
  })
}
