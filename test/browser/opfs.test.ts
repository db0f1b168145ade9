import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import type { RegistryStore } from '../../src/registry/store.ts'
import { type IndexedDbRegistryStore, openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../src/registry/stores/memory.ts'
import { ChunkFiles } from '../../src/registry/stores/opfs-chunks.ts'
import { openRaw } from '../contract/indexeddb-contract.ts'
import { blob, freshName, hash, pattern, putBytes, write } from '../contract/store-fixtures.ts'
import { filesOf, folderOf, namedFiles, rowsOf, writeFile } from './opfs-place.ts'
import type { Errand } from './opfs.worker.ts'

const a = hash('a')
let name = ''
beforeEach(() => {
  name = freshName()
})

async function open(bytesIn?: 'indexeddb' | 'opfs'): Promise<IndexedDbRegistryStore> {
  const store = await openIndexedDbStore({ name, bytesIn })
  onTestFinished(() => store.close())
  return store
}

/** Answers calls of a method of the platform in another way, for one test. */
function replace<T extends object>(target: T, method: keyof T & string, answer: (...args: never[]) => unknown): void {
  const before = Object.getOwnPropertyDescriptor(target, method)
  Object.defineProperty(target, method, { value: answer, configurable: true, writable: true })
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(target, method)
    else Object.defineProperty(target, method, before)
  })
}

type GetFileHandle = (
  this: FileSystemDirectoryHandle,
  ...args: Parameters<FileSystemDirectoryHandle['getFileHandle']>
) => Promise<FileSystemFileHandle>

const refusal = (name: string) => async (): Promise<never> => {
  throw new DOMException('no', name)
}

describe('bytes in files', () => {
  it('leave nothing but names in the database', async () => {
    await putBytes(await open('opfs'), a, pattern(25), 10)
    const { keys, bytes } = await rowsOf(name)
    expect([keys.length, bytes]).toEqual([3, 0])
    expect(await filesOf(name)).toHaveLength(3)
    expect(await filesOf(name)).toEqual(await namedFiles(name))
  })

  it('go with their blob, and no others with it', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    await putBytes(store, hash('b'), pattern(5))
    await write(store, { droppedBlobs: [a] })
    expect(await filesOf(name)).toHaveLength(1)
    expect(await store.getBytes(hash('b'))).toEqual(pattern(5))
  })

  it('stay where the transaction that drops them comes to nothing', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    const odd = { installId: 'i', lastSeenAt: 1, sink: () => 1 }
    await expect(write(store, { droppedBlobs: [a], meta: odd })).rejects.toThrow()
    expect(await store.getBytes(a)).toEqual(pattern(25))
  })

  it('take the place of earlier ones, whose file goes', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    await store.putChunk(a, 1, pattern(10, 9))
    expect(await store.getChunk(a, 1)).toEqual(pattern(10, 9))
    expect(await filesOf(name)).toEqual(await namedFiles(name))
  })

  it('are there again after a crash in the middle, and are completed', async () => {
    const first = await open('opfs')
    await first.putChunk(a, 0, pattern(25).slice(0, 10))
    await write(first, { blobs: [{ ...blob(a, 25, 10), state: 'downloading' }] })
    await first.close()
    const second = await open('opfs')
    expect(await second.getBytes(a)).toBeUndefined()
    expect(await second.getChunk(a, 0)).toEqual(pattern(25).slice(0, 10))
    await second.putChunk(a, 1, pattern(25).slice(10, 20))
    await second.putChunk(a, 2, pattern(25).slice(20))
    expect(await second.getBytes(a)).toEqual(pattern(25))
  })

  it('count as absent where a file is gone or was cut off', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    const [, , last] = await namedFiles(name)
    await writeFile(name, last!, pattern(4))
    expect(await store.getBytes(a)).toBeUndefined()
    await (await folderOf(name)).removeEntry(last!)
    expect(await store.getBytes(a)).toBeUndefined()
    const pieces = await Promise.all([0, 1, 2].map((index) => store.getChunk(a, index)))
    expect(pieces.filter((piece) => piece === undefined)).toHaveLength(1)
  })

  it('are an error, not absent, where files cannot be read', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    replace(FileSystemDirectoryHandle.prototype, 'getFileHandle', refusal('UnknownError'))
    for (const call of [store.getBytes(a), store.getChunk(a, 0)])
      await expect(call).rejects.toMatchObject({ code: 'store/unavailable', details: { reason: 'no' } })
  })

  it('are shared by a page and a worker at the same time', async () => {
    const store = await open('opfs')
    await putBytes(store, a, pattern(25), 10)
    await write(store, { blobs: [blob(hash('b'), 15, 10)] })
    const worker = new Worker(new URL('./opfs.worker.ts', import.meta.url), { type: 'module' })
    onTestFinished(() => worker.terminate())
    const answer = new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => resolve(data))
      worker.addEventListener('error', reject)
    })
    const errand: Errand = { name, put: { sha256: hash('b'), index: 0, bytes: pattern(15).slice(0, 10) }, read: a }
    worker.postMessage(errand)
    const [reply] = await Promise.all([answer, store.putChunk(hash('b'), 1, pattern(15).slice(10))])
    expect(reply).toEqual({ bytesIn: 'opfs', bytes: pattern(25) })
    expect(await store.getBytes(hash('b'))).toEqual(pattern(15))
  })
})

describe('a blob that another tab drops while it is read', () => {
  /** Runs something between the moment a reader knows its files and the moment it opens the first. */
  function meanwhile(work: () => Promise<unknown>): void {
    const getFileHandle: GetFileHandle = Reflect.get(FileSystemDirectoryHandle.prototype, 'getFileHandle')
    let began: Promise<unknown> | undefined
    replace(
      FileSystemDirectoryHandle.prototype,
      'getFileHandle',
      async function through(this: FileSystemDirectoryHandle, ...args: Parameters<GetFileHandle>) {
        if (args[1]?.create !== true) await (began ??= work())
        return getFileHandle.apply(this, args)
      },
    )
  }

  it('is absent', async () => {
    const [reader, other] = [await open('opfs'), await open('opfs')]
    await putBytes(reader, a, pattern(25), 10)
    meanwhile(() => write(other, { droppedBlobs: [a] }))
    expect(await reader.getBytes(a)).toBeUndefined()
  })

  it.each(['opfs', 'indexeddb'] as const)('and stores anew in %s, is given out as it is now', async (place) => {
    const [reader, other] = [await open('opfs'), await open(place)]
    await putBytes(reader, a, pattern(25), 10)
    meanwhile(async () => {
      await write(other, { droppedBlobs: [a] })
      await putBytes(other, a, pattern(35, 3), 10)
    })
    expect(await reader.getBytes(a)).toEqual(pattern(35, 3))
  })
})

describe('files that nobody knows', () => {
  it('go at the next opening, and no others', async () => {
    const first = await open('opfs')
    await putBytes(first, a, pattern(25), 10)
    await first.close()
    for (const orphan of ['one', 'two.crswap']) await writeFile(name, orphan, pattern(7))
    const second = await open('opfs')
    await expect.poll(() => filesOf(name)).toHaveLength(3)
    expect(await second.getBytes(a)).toEqual(pattern(25))
  })

  it('stay while any tab is writing, because one may be about to be known', async () => {
    const files = new ChunkFiles(name)
    await files.keep(async () => {
      const file = await files.write(pattern(7))
      await new ChunkFiles(name).clean(async () => new Set())
      expect(await filesOf(name)).toEqual([file])
    })
    await files.clean(async () => new Set())
    expect(await filesOf(name)).toEqual([])
  })

  it('are not left by a piece whose row could not be kept', async () => {
    const store = await open('opfs')
    await store.putChunk(a, 0, pattern(5))
    replace(IDBObjectStore.prototype, 'put', () => {
      throw new DOMException('no', 'DataError')
    })
    await expect(store.putChunk(a, 1, pattern(5))).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await filesOf(name)).toEqual(await namedFiles(name))
  })
})

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
