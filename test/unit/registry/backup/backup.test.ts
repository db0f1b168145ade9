import { describe, expect, it, onTestFinished } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import type { BackupHeader, BackupProgress } from '../../../../src/registry/backup/format.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sha256 } from '../sample-manifest.ts'
import { allOf, bytesOf, collect, lived, open, register } from './kept.ts'

/** The header as anybody may read it: the second line of the file. */
const headerOf = (backup: Uint8Array): BackupHeader => {
  const line = Buffer.from(backup.subarray(0, 64)).toString('latin1').split('\n', 1).join('')
  const start = line.length + 1
  return JSON.parse(
    Buffer.from(backup.subarray(start, start + Number(line.split(' ')[1]))).toString('utf8'),
  ) as BackupHeader
}

describe('a backup', () => {
  it('begins with what it is, tells everything but who this installation is, and ends with its hash', async () => {
    const store = new MemoryStore()
    const registry = await lived(store)
    const { meta, lastEvent } = await store.read({})
    const backup = await collect(registry.backup())
    expect(Buffer.from(backup.subarray(0, 20)).toString()).toBe('candlewick-backup/1 ')
    expect(Buffer.from(backup.subarray(-32)).toString('hex')).toBe(sha256(backup.subarray(0, -32)))
    const header = headerOf(backup)
    expect(header).toMatchObject({ namespace: 'kept', scope: 'all', packageVersion: '0.1.0', missing: [] })
    expect(header.events.at(-1)).toEqual(lastEvent)
    expect(Buffer.from(backup).includes(meta!.installId)).toBe(false)
    const start = backup.byteLength - 32 - header.blobs.reduce((sum, { size }) => sum + size, 0)
    header.blobs.reduce((at, { sha256: expected, size }) => {
      expect(sha256(backup.subarray(at, at + size))).toBe(expected)
      return at + size
    }, start)
  })

  it('is noted once it was read to its end, and not before', async () => {
    const store = new MemoryStore()
    const registry = await lived(store)
    const before = await allOf(store)
    const reader = registry.backup().getReader()
    await reader.read()
    await reader.cancel()
    expect(await allOf(store)).toBe(before)
    const backup = await collect(registry.backup({ scope: 'production' }))
    const { meta, lastEvent } = await store.read({})
    const { createdAt, blobs } = headerOf(backup)
    expect(meta?.lastBackupAt).toBe(createdAt)
    expect(lastEvent).toMatchObject({
      type: 'backup-made',
      data: {
        scope: 'production',
        createdAt,
        bytes: backup.byteLength,
        sha256: Buffer.from(backup.subarray(-32)).toString('hex'),
        blobs: blobs.length,
        missing: 0,
      },
    })
  })

  it('holds the bytes that its scope asks for, and all records whatever the scope', async () => {
    const registry = await lived(new MemoryStore())
    const hashes = async (scope: 'metadata' | 'production' | 'all'): Promise<string[]> => {
      const header = headerOf(await collect(registry.backup({ scope })))
      expect(header.families.flatMap(({ models }) => models)).toHaveLength(6)
      return header.blobs.map((blob) => blob.sha256)
    }
    const of = (version: string): string => sha256(bytesOf(`lstm ${version} `))
    const [none, serving, all] = [await hashes('metadata'), await hashes('production'), await hashes('all')]
    expect(none).toEqual([])
    expect(all).toHaveLength(8)
    // Production, the way back, the canary and the shadow of one name, their scaler, and the other name's two files.
    expect(new Set(serving)).toEqual(new Set(all.filter((hash) => hash !== of('1.4.0'))))
    expect(all).not.toContain(of('1.5.0'))
  })

  it('says which bytes it has not got, and why', async () => {
    const store = new MemoryStore()
    const registry = await open(store)
    await register(registry, 'lstm', '1.0.0')
    await register(registry, 'lstm', '1.1.0')
    const [absent, corrupt] = [sha256(bytesOf('lstm 1.0.0 ')), sha256(bytesOf('lstm 1.1.0 '))]
    await store.update({}, () => ({ changes: { droppedBlobs: [absent] }, result: undefined }))
    await store.putChunk(corrupt, 0, bytesOf('something else'))
    const backup = await collect(registry.backup())
    const { missing, blobs } = headerOf(backup)
    expect(new Map(missing.map((blob) => [blob.sha256, blob.reason]))).toEqual(
      new Map([
        [absent, 'absent'],
        [corrupt, 'corrupt'],
      ]),
    )
    expect(blobs).toHaveLength(1)
    const other = await open(new MemoryStore())
    const report = await other.restore(backup)
    expect(new Set(report.blobs.missing)).toEqual(new Set([absent, corrupt]))
  })

  it('fails where bytes are lost between the promise and their turn', async () => {
    const store = new MemoryStore()
    const registry = await lived(store)
    const reader = registry.backup().getReader()
    const { blobs } = headerOf((await reader.read()).value!)
    await store.putChunk(blobs[2]!.sha256, 0, bytesOf('something else', blobs[2]!.size))
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow(`The backup cannot be used: the bytes of "${blobs[2]!.sha256}" were lost`)
    expect((await store.read({})).lastEvent?.type).not.toBe('backup-made')
  })

  it('is refused by a registry whose log tells otherwise, because nobody could restore it', async () => {
    const store = new MemoryStore()
    const registry = await lived(store)
    const { families } = await store.read({ families: 'all' })
    const channel = { ...families.get('lstm')!.channel, epoch: 99 }
    await store.update({}, () => ({ changes: { channels: [channel] }, result: undefined }))
    await expect(collect(registry.backup())).rejects.toThrow(
      /^The backup cannot be used: the registry is at fault itself.*I13 lstm/u,
    )
  })

  it('is of one moment, whatever is registered or restored while it begins', async () => {
    class BusyStore extends MemoryStore {
      meanwhile: (() => Promise<unknown>) | undefined
      override async listEvents(...query: Parameters<MemoryStore['listEvents']>) {
        const { meanwhile } = this
        this.meanwhile = undefined
        await meanwhile?.()
        return super.listEvents(...query)
      }
    }
    const store = new BusyStore()
    const registry = await lived(store)
    store.meanwhile = () => register(registry, 'late', '1.0.0')
    const first = headerOf(await collect(registry.backup()))
    expect(first.families.map(({ name }) => name)).toEqual(['lstm', 'tree'])
    expect(first.events.some(({ name }) => name === 'late')).toBe(false)
    const other = await open(new MemoryStore())
    await register(other, 'other', '1.0.0')
    const backup = await collect(other.backup())
    store.meanwhile = () => registry.restore(backup, { mode: 'replace' })
    const second = headerOf(await collect(registry.backup()))
    expect(second.families.map(({ name }) => name)).toEqual(['other'])
  })

  it('does nothing before somebody reads it', async () => {
    class CountingStore extends MemoryStore {
      reads = 0
      override async read(...scope: Parameters<MemoryStore['read']>) {
        this.reads += 1
        return super.read(...scope)
      }
    }
    const store = new CountingStore()
    const registry = await lived(store)
    const before = store.reads
    const [backup, bundle] = [registry.backup(), registry.exportBundle()]
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(store.reads).toBe(before)
    await Promise.all([backup.cancel(), bundle.cancel()])
  })

  it('has no more than one stored piece at a time', async () => {
    const store = new MemoryStore()
    const registry = await open(store)
    await register(registry, 'lstm', '1.0.0', { length: 9_000_000 })
    const reader = registry.backup().getReader()
    const lengths: number[] = []
    for (let read = await reader.read(); !read.done; read = await reader.read()) lengths.push(read.value.byteLength)
    expect(Math.max(...lengths)).toBe(4_194_304)
  })

  it('counts its bytes, first while they are checked and then while they are written', async () => {
    const registry = await lived(new MemoryStore())
    const seen: BackupProgress[] = []
    const backup = await collect(registry.backup({ onProgress: (progress) => seen.push(progress) }))
    expect(seen.map(({ phase }) => phase).join(' ')).toMatch(/^(?:check )+(?:write )*write$/u)
    expect(seen.at(-1)).toEqual({ phase: 'write', loaded: backup.byteLength, total: backup.byteLength })
    seen.reduce((before, after) => {
      if (before.phase === after.phase) expect(after.loaded).toBeGreaterThanOrEqual(before.loaded)
      return after
    })
  })

  it('ends with the reason of an abort, untouched', async () => {
    const registry = await lived(new MemoryStore())
    const controller = new AbortController()
    const reader = registry.backup({ signal: controller.signal }).getReader()
    await reader.read()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(reader.read()).rejects.toBe(reason)
  })

  it('is made also where the device has no room for the note of it', async () => {
    class FullStore extends MemoryStore {
      full = false
      override update: MemoryStore['update'] = async (scope, decide) => {
        if (this.full) throw new CandlewickError('store/quota-exceeded', { neededBytes: 1, freeBytes: 0 })
        return super.update(scope, decide)
      }
    }
    const store = new FullStore()
    const registry = await lived(store)
    store.full = true
    const backup = await collect(registry.backup())
    expect((await (await open(new MemoryStore())).restore(backup)).changed).toBe(true)
  })

  it('is not to be had of a closed registry', async () => {
    const registry = await lived(new MemoryStore())
    onTestFinished(() => registry.close())
    await registry.close()
    expect(() => registry.backup()).toThrow(expect.objectContaining({ code: 'registry/closed' }))
    await expect(registry.restore(new Uint8Array())).rejects.toMatchObject({ code: 'registry/closed' })
  })
})
