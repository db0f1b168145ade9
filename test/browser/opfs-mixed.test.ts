import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import type { RegistryStore } from '../../src/registry/store.ts'
import type { IndexedDbRegistryStore } from '../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../src/registry/stores/memory.ts'
import { openRaw } from '../contract/indexeddb-contract.ts'
import { blob, freshName, hash, pattern, putBytes, write } from '../contract/store-fixtures.ts'
import { filesOf, namedFiles, openPlace, refusal, replace, rowsOf } from './opfs-place.ts'

const a = hash('a')
let name = ''
beforeEach(() => {
  name = freshName()
})

const open = (bytesIn?: 'indexeddb' | 'opfs'): Promise<IndexedDbRegistryStore> => openPlace(name, bytesIn)

describe('a store whose place for bytes was changed', () => {
  it.each([
    ['indexeddb', 'opfs'],
    ['opfs', 'indexeddb'],
  ] as const)('has what was written in %s, also half of it, when it writes in %s', async (before, after) => {
    const [first, second] = [await open(before), await open(after)]
    await putBytes(first, a, pattern(25), 10)
    expect(await second.getBytes(a)).toEqual(pattern(25))
    await second.putChunk(a, 1, pattern(10, 5))
    const mixed = Uint8Array.from([...pattern(25).slice(0, 10), ...pattern(10, 5), ...pattern(25).slice(20)])
    for (const store of [first, second]) {
      expect(await store.getBytes(a)).toEqual(mixed)
      expect(await store.getChunk(a, 1)).toEqual(pattern(10, 5))
    }
    expect(await filesOf(name)).toEqual(await namedFiles(name))
    await write(second, { droppedBlobs: [a] })
    expect([await filesOf(name), (await rowsOf(name)).keys]).toEqual([[], []])
  })

  it('takes the row that older code has put beside a file', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    const raw = await openRaw(name)
    const transaction = raw.transaction('chunks', 'readwrite')
    transaction.objectStore('chunks').put(pattern(10, 5).buffer, [a, 0])
    await new Promise((resolve) => transaction.addEventListener('complete', resolve))
    expect(await store.getChunk(a, 0)).toEqual(pattern(10, 5))
    expect(await store.getBytes(a)).toEqual(Uint8Array.from([...pattern(10, 5), ...pattern(25).slice(10)]))
  })

  it('gives the same bytes as one in memory, whoever writes where, and leaves no file', async () => {
    const step = fc.tuple(
      fc.constantFrom('table', 'files'),
      fc.constantFrom('a', 'b').map(hash),
      fc.oneof(fc.constant('drop' as const), fc.tuple(fc.nat(2), fc.constantFrom(10, 10, 10, 5), fc.nat(9))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        name = freshName()
        const [table, files, memory] = [await open(), await open('opfs'), new MemoryStore()]
        const records = ['a', 'b'].map((digit) => blob(hash(digit), 25, 10))
        for (const [place, sha256, what] of steps)
          for (const store of [place === 'table' ? table : files, memory])
            if (what === 'drop') await write(store, { droppedBlobs: [sha256] })
            else await store.putChunk(sha256, what[0], pattern(what[1], what[2]))
        for (const store of [table, memory]) await write(store, { blobs: records })
        for (const { sha256 } of records)
          for (const read of [
            (store: RegistryStore) => store.getBytes(sha256),
            ...[0, 1, 2].map((index) => (store: RegistryStore) => store.getChunk(sha256, index)),
          ])
            for (const store of [table, files]) expect(await read(store)).toEqual(await read(memory))
        expect(await filesOf(name)).toEqual(await namedFiles(name))
        await table.close()
        await files.close()
      }),
      { numRuns: 20 },
    )
  })
})

describe('where files cannot be had', () => {
  async function fallsBack(reason: RegExp): Promise<void> {
    const store = await open('opfs')
    expect(store.bytesIn).toBe('indexeddb')
    expect(store.bytesProblem).toMatch(reason)
    await putBytes(store, a, pattern(25), 10)
    expect(await store.getBytes(a)).toEqual(pattern(25))
    expect((await rowsOf(name)).bytes).toBe(25)
  }

  it('bytes go into the database: a private window', async () => {
    replace(StorageManager.prototype, 'getDirectory', refusal('SecurityError'))
    await fallsBack(/refuses: no$/)
  })

  it('bytes go into the database: a browser that writes files in workers only', async () => {
    replace(FileSystemFileHandle.prototype, 'createWritable', refusal('not called'))
    Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable')
    await fallsBack(/cannot be written/)
  })

  it('the pieces that still come go into the database, when files fail in the middle', async () => {
    const store = await open('opfs')
    await store.putChunk(a, 0, pattern(25).slice(0, 10))
    replace(FileSystemFileHandle.prototype, 'createWritable', refusal('NoModificationAllowedError'))
    await store.putChunk(a, 1, pattern(25).slice(10, 20))
    expect(store).toMatchObject({ bytesIn: 'indexeddb', bytesProblem: 'no' })
    await store.putChunk(a, 2, pattern(25).slice(20))
    await write(store, { blobs: [blob(a, 25, 10)] })
    expect(await store.getBytes(a)).toEqual(pattern(25))
    expect(await filesOf(name)).toEqual(await namedFiles(name))
  })

  it('no room is an error, and leaves no file', async () => {
    const store = await open('opfs')
    replace(FileSystemWritableFileStream.prototype, 'write', refusal('QuotaExceededError'))
    await expect(store.putChunk(a, 0, pattern(25))).rejects.toMatchObject({
      code: 'store/quota-exceeded',
      details: { neededBytes: 25 },
    })
    expect(store.bytesIn).toBe('opfs')
    expect(await filesOf(name)).toEqual([])
  })

  it('a store that never asked for them does not touch them', async () => {
    const getDirectory = vi.spyOn(StorageManager.prototype, 'getDirectory')
    onTestFinished(() => getDirectory.mockRestore())
    const store = await open()
    await putBytes(store, a, pattern(25), 10)
    expect(await store.getBytes(a)).toEqual(pattern(25))
    await write(store, { droppedBlobs: [a] })
    expect(await store.getChunk(a, 0)).toBeUndefined()
    expect(getDirectory).not.toHaveBeenCalled()
  })
})
