import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { BlobSource } from '../../src/registry/blobs.ts'
import type { ReadResource } from '../../src/registry/download.ts'
import { sha256Hex } from '../../src/registry/integrity.ts'
import type { IndexedDbRegistryStore } from '../../src/registry/stores/indexeddb.ts'
import { ChunkFiles } from '../../src/registry/stores/opfs-chunks.ts'
import { blob, freshName, hash, pattern, putBytes, same, write } from '../contract/store-fixtures.ts'
import { fileOf, filesOf, folderOf, namedFiles, openPlace, refusal, replace, rowsOf, writeFile } from './opfs-place.ts'
import type { Errand, Reply } from './opfs.worker.ts'

type GetFileHandle = (
  this: FileSystemDirectoryHandle,
  ...args: Parameters<FileSystemDirectoryHandle['getFileHandle']>
) => Promise<FileSystemFileHandle>

const a = hash('a')
let name = ''
beforeEach(() => {
  name = freshName()
})

const open = (bytesIn: 'indexeddb' | 'opfs'): Promise<IndexedDbRegistryStore> => openPlace(name, bytesIn)

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
      worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => 'bytes' in data && resolve(data))
      worker.addEventListener('error', reject)
    })
    const puts = [{ sha256: hash('b'), index: 0, bytes: pattern(15).slice(0, 10) }]
    worker.postMessage({ name, puts, read: a } satisfies Errand)
    const [reply] = await Promise.all([answer, store.putChunk(hash('b'), 1, pattern(15).slice(10))])
    expect(reply).toEqual({ done: 1, bytesIn: 'opfs', bytes: pattern(25) })
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

describe('a worker that is killed while it writes', () => {
  it.each([0, 1, 2, 3, 4, 5])('leaves whole pieces or none, and no file (after %i of 6)', async (count) => {
    const worker = new Worker(new URL('./opfs.worker.ts', import.meta.url), { type: 'module' })
    onTestFinished(() => worker.terminate())
    const pieces = Array.from({ length: 6 }, (_, i) => pattern(2_000_000, i))
    worker.postMessage({ name, puts: pieces.map((bytes, index) => ({ sha256: a, index, bytes })) } satisfies Errand)
    await new Promise((resolve, reject) => {
      worker.addEventListener('error', reject)
      worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => data.done === count && resolve(data))
    })
    worker.terminate()
    // Granted when the dead worker's lock has been let go.
    await navigator.locks.request(`candlewick-chunks:${name}`, async () => undefined)
    const store = await open('opfs')
    const back = await Promise.all(pieces.map((_, index) => store.getChunk(a, index)))
    for (const [index, piece] of back.entries())
      expect(piece === undefined ? index >= count : same(piece, pieces[index]!)).toBe(true)
    const named = await namedFiles(name)
    await expect.poll(async () => (await filesOf(name)).filter((file) => !named.includes(file))).toEqual([])
  })
})

describe('the source of verified bytes', () => {
  const offline: ReadResource = async () => {
    throw new Error('there is no network')
  }

  it('keeps them in files, and removes what has rotted', async () => {
    const bytes = pattern(9_000_000)
    const file = { url: 'https://models.example/m.onnx', size: bytes.byteLength, sha256: await sha256Hex(bytes) }
    expect(await new BlobSource(await open('opfs'), offline).keep(file, bytes)).toBeUndefined()
    const later = new BlobSource(await open('opfs'), offline)
    const stored = await later.obtain(file)
    expect(stored).toMatchObject({ source: 'store', persisted: true })
    expect(same(stored.bytes, bytes)).toBe(true)
    expect(await filesOf(name)).toHaveLength(3)
    const [first] = await namedFiles(name)
    await writeFile(name, first!, new Uint8Array((await (await fileOf(name, first!)).getFile()).size))
    expect(await later.stored(file)).toBeUndefined()
    expect(await filesOf(name)).toEqual([])
  })
})
