import * as fakeIndexedDb from 'fake-indexeddb'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sha256 } from '../sample-manifest.ts'
import { acts, allOf, bytesOf, collect, keptIn, live, lived, open, register, WatchedStore } from './kept.ts'

Object.assign(globalThis, fakeIndexedDb)

const faultsOf = async (store: RegistryStore): Promise<string[]> => {
  const snapshot = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
  return brokenInvariants({ ...snapshot, events: await store.listEvents() })
}
const installId = async (store: RegistryStore): Promise<string | undefined> => (await store.read({})).meta?.installId

const stores: Record<string, () => Promise<RegistryStore>> = {
  memory: async () => new MemoryStore(),
  indexeddb: () => openIndexedDbStore({ name: `backup-${Math.random()}` }),
}

describe.each(Object.keys(stores))('a backup that replaces what is in %s', (kind) => {
  const openStore = stores[kind]!

  it('brings back ids, statuses, pointers, bytes and the log, and leaves the installation its name', async () => {
    const [from, to] = [await openStore(), await openStore()]
    const before = await lived(from)
    const backup = await collect(before.backup())
    const written = await keptIn(from)
    const after = await lived(to)
    await register(after, 'other', '1.0.0')
    const name = await installId(to)
    const report = await after.restore(backup, { mode: 'replace' })
    const { events, blobs, ...rest } = await keptIn(to)
    expect(rest).toEqual({ families: written.families, manifests: written.manifests })
    const made = written.events.at(-1)!
    expect(events.slice(0, -1)).toEqual(written.events.slice(0, made.seq - 1))
    expect(events.at(-1)).toMatchObject({
      type: 'backup-restored',
      data: { mode: 'replace', createdAt: report.createdAt },
    })
    // What nothing names any more goes with the garbage.
    for (const blob of written.blobs.filter(({ sha256: key }) => backup.includes(0) && key !== '')) {
      if (blob.hash !== sha256(bytesOf('lstm 1.5.0 '))) expect(blobs).toContainEqual(blob)
    }
    expect(await installId(to)).toBe(name)
    expect(await faultsOf(to)).toEqual([])
    expect(report.models.find(({ name }) => name === 'other')?.action).toBe('removed')
    expect((await after.verify()).faults).toEqual([])
    await Promise.all([from.close(), to.close()])
  })

  it('is the registry that was backed up, whatever had happened to it', async () => {
    await fc.assert(
      fc.asyncProperty(acts, acts, async (steps, others) => {
        const [from, to] = [await openStore(), await openStore()]
        const backup = await collect((await live(await open(from), steps)).backup())
        const after = await live(await open(to), others)
        const written = await keptIn(from)
        await after.restore(backup, { mode: 'replace' })
        const restored = await keptIn(to)
        expect(restored.families).toEqual(written.families)
        expect(restored.events.slice(0, -1)).toEqual(written.events.slice(0, -1))
        const named = new Set(
          written.families.flatMap(([, { models }]) => models.map((model) => model.artifact.sha256)),
        )
        const blobs = restored.blobs.filter((blob) => named.has(blob.sha256))
        expect(blobs).toEqual(written.blobs.filter((blob) => named.has(blob.sha256)))
        expect(await faultsOf(to)).toEqual([])
        // A backup of the restored registry differs only in its date and in what was logged about backups.
        await collect(after.backup())
        await Promise.all([from.close(), to.close()])
      }),
      { numRuns: kind === 'memory' ? 60 : 12 },
    )
  })
})

describe('a backup that is damaged', () => {
  let backup: Uint8Array<ArrayBuffer>
  let headerEnd: number

  beforeAll(async () => {
    backup = await collect((await lived(new MemoryStore())).backup())
    const line = backup.indexOf(0x0a)
    headerEnd = line + 1 + Number(Buffer.from(backup.subarray(0, line)).toString().split(' ')[1])
  })

  /** Refused by both modes, with the store the same to the last byte. */
  const refuses = async (spoiled: Uint8Array<ArrayBuffer>, told?: RegExp): Promise<void> => {
    const store = new WatchedStore()
    const registry = await open(store)
    await register(registry, 'lstm', '1.0.0')
    await register(registry, 'own', '1.0.0')
    const before = await allOf(store)
    for (const mode of ['merge', 'replace'] as const)
      for (const dryRun of [false, true]) {
        const error: unknown = await registry.restore(spoiled, { mode, dryRun }).catch((thrown: unknown) => thrown)
        expect(isCandlewickError(error, 'backup/invalid') ? error.details.reason : error).toMatch(told ?? /./u)
        expect(await allOf(store)).toBe(before)
      }
  }

  it('is refused for any bit of it, and nothing is changed', async () => {
    const bits = fc.integer({ min: 0, max: 7 })
    const places = fc.oneof(
      fc.integer({ min: 0, max: headerEnd - 1 }),
      fc.integer({ min: headerEnd, max: backup.byteLength - 33 }),
      fc.integer({ min: backup.byteLength - 32, max: backup.byteLength - 1 }),
      fc.integer({ min: 0, max: 40 }),
    )
    await fc.assert(
      fc.asyncProperty(places, bits, async (place, bit) => {
        const spoiled = backup.slice()
        spoiled[place]! ^= 1 << bit
        await refuses(spoiled)
      }),
      {
        numRuns: 150,
        examples: [
          [0, 0],
          [19, 0],
          [headerEnd - 1, 2],
          [headerEnd, 0],
          [backup.byteLength - 1, 7],
        ],
      },
    )
  })

  it('is refused where it ends too early, wherever that is', async () => {
    const lengths = fc.integer({ min: 0, max: backup.byteLength - 1 })
    await fc.assert(
      fc.asyncProperty(lengths, (length) => refuses(backup.slice(0, length), /it ends too early/u)),
      { numRuns: 40, examples: [[0], [1], [headerEnd], [backup.byteLength - 32], [backup.byteLength - 1]] },
    )
  })

  it('is refused where a byte is slipped in, wherever that is', async () => {
    const places = fc.integer({ min: 0, max: backup.byteLength })
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 0, max: 255 }), async (place, byte) => {
        const longer = new Uint8Array(backup.byteLength + 1)
        longer.set(backup.subarray(0, place))
        longer[place] = byte
        longer.set(backup.subarray(place), place + 1)
        await refuses(longer)
      }),
      {
        numRuns: 40,
        examples: [
          [0, 0],
          [headerEnd, 10],
          [backup.byteLength, 0],
        ],
      },
    )
  })

  it('is refused where it is something else altogether', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => refuses(new Uint8Array(bytes))),
      { numRuns: 30 },
    )
    await refuses(new TextEncoder().encode('PK\u{3}\u{4}\n'), /does not begin as a backup/u)
  })

  it('is refused where a newer version of the package wrote it, and says so', async () => {
    const text = new TextEncoder()
    await refuses(text.encode('candlewick-backup/2 something new\n'), /does not begin/u)
    await refuses(text.encode('candlewick-backup/2 5\n{}'), /edition 2 .* reads up to 1; update the package/u)
    await refuses(text.encode('candlewick-backup/10\n'), /edition 10/u)
  })

  /** A backup with another header, and a hash that is right again. */
  const forged = (change: (text: string) => string): Uint8Array<ArrayBuffer> => {
    const line = backup.indexOf(0x0a) + 1
    const json = Buffer.from(change(Buffer.from(backup.subarray(line, headerEnd)).toString('utf8')))
    const head = Buffer.from(`candlewick-backup/1 ${json.byteLength}\n`)
    const body = Buffer.concat([head, json, backup.subarray(headerEnd, -32)])
    return new Uint8Array(Buffer.concat([body, Buffer.from(sha256(body), 'hex')]))
  }
  /** The same with one part of the header changed. */
  const changed = (change: (header: Record<string, never>) => void): Uint8Array<ArrayBuffer> =>
    forged((text) => {
      const header = JSON.parse(text) as Record<string, never>
      change(header)
      return JSON.stringify(header)
    })

  interface Loose {
    families: { name: string; models: Record<string, unknown>[]; channel: Record<string, unknown> }[]
    events: { seq: number; data: unknown; type: string }[]
    blobs: { sha256: string }[]
    manifests: unknown[]
  }
  const lies: Record<string, readonly [(header: Loose) => void, RegExp]> = {
    'a status that the log does not know of': [
      ({ families }) => void (families[0]!.models[0]!['status'] = 'archived'),
      /I13|I1/u,
    ],
    'a status there is not': [
      ({ families }) => void (families[0]!.models[0]!['status'] = 'best'),
      /at families\.0\.models\.0\.status/u,
    ],
    'a pointer to nothing': [({ families }) => void (families[0]!.channel['production'] = '9.9.9'), /I1|I2/u],
    'an epoch of its own': [({ families }) => void (families[0]!.channel['epoch'] = 77), /I13/u],
    'a missing event': [({ events }) => void events.splice(2, 1), /I9|I13/u],
    'an altered event': [({ events }) => void (events[1]!.data = {}), /./u],
    'events without sense': [({ events }) => void (events[0]!.data = { record: null }), /./u],
    'a file that nothing names': [({ blobs }) => void (blobs[0]!.sha256 = 'ab'.repeat(32)), /no version names/u],
    'a file twice': [({ blobs }) => void (blobs[1] = blobs[0]!), /twice/u],
    'a family twice': [({ families }) => void families.push(families[0]!), /twice/u],
    'a record under another name': [({ families }) => void (families[0]!.models[0]!['name'] = 'tree'), /lies under/u],
    'a manifest that is none': [
      ({ manifests }) => void manifests.push({ url: 'x', text: '{}', storedAt: 1 }),
      /sense/u,
    ],
    'reference runs that are none': [
      ({ families }) => void (families[0]!.models[0]!['metadata'] = { modelType: 'x', golden: 'x' }),
      /metadata/u,
    ],
    'evaluations that are none': [
      ({ families }) => void (families[0]!.models[0]!['metadata'] = { modelType: 'x', evaluations: [{}] }),
      /metadata/u,
    ],
    'an evaluation that the log does not know of': [
      ({ families }) => {
        const evaluations = [{ evalSetId: 'a', metrics: {}, recordedAt: 1 }]
        const [model] = families[0]!.models
        model!['metadata'] = { ...(model!['metadata'] as object), evaluations }
      },
      /I13/u,
    ],
    'an evaluation without sense': [
      ({ events }) => void (events.find(({ type }) => type === 'evaluated')!.data = { version: '1.3.0' }),
      /./u,
    ],
    'no families': [(header) => void Reflect.deleteProperty(header, 'families'), /families/u],
  }
  it.each(Object.keys(lies))('is refused for %s, though its hash is right', async (lie) => {
    const [change, told] = lies[lie]!
    await refuses(
      changed((header) => change(header as unknown as Loose)),
      told,
    )
  })

  it('is refused for bytes that are not those of their hash, though its own hash is right', async () => {
    const body = Buffer.from(backup.subarray(0, -32))
    body[headerEnd + 5]! ^= 1
    await refuses(new Uint8Array(Buffer.concat([body, Buffer.from(sha256(body), 'hex')])), /are not its bytes/u)
  })

  it('is refused for arbitrary headers, though their hash is right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), (json) => refuses(forged(() => json))),
      { numRuns: 30 },
    )
    await refuses(
      forged((text) => text.replace('"events":[', `"events":[${'['.repeat(100_000)}${']'.repeat(100_000)},`)),
    )
    await refuses(forged(() => '{"__proto__":{"schema":"candlewick-backup/1"}}'))
  })

  it('is refused with a typed error where its stream fails or gives no bytes', async () => {
    const registry = await open(new MemoryStore())
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('disk')) })
    await expect(registry.restore(failing)).rejects.toMatchObject({
      code: 'backup/invalid',
      details: { reason: 'it cannot be read on: disk', offset: 0 },
    })
    const words = new ReadableStream({ pull: (controller) => controller.enqueue('words') })
    await expect(registry.restore(words as ReadableStream<Uint8Array>)).rejects.toMatchObject({
      code: 'backup/invalid',
    })
    const locked = new Blob([backup]).stream()
    locked.getReader()
    await expect(registry.restore(locked)).rejects.toMatchObject({ code: 'backup/invalid' })
  })
})

describe('a restore', () => {
  it('reads streams of any cut, blobs and bytes alike', async () => {
    const from = new MemoryStore()
    const backup = await collect((await lived(from)).backup())
    const cut = (length: number): ReadableStream<Uint8Array> => {
      let at = 0
      return new ReadableStream({
        pull: (controller) => {
          if (at >= backup.byteLength) return controller.close()
          controller.enqueue(backup.slice(at, (at += length)))
          return controller.enqueue(new Uint8Array())
        },
      })
    }
    const results = []
    for (const source of [backup, new Blob([backup]), cut(1), cut(7), cut(1_000_000)]) {
      const to = new MemoryStore()
      await (await open(to)).restore(source, { mode: 'replace' })
      results.push((await keptIn(to)).families)
    }
    for (const families of results) expect(families).toEqual((await keptIn(from)).families)
  })

  it('keeps files of several pieces, and files of none', async () => {
    const from = new MemoryStore()
    const registry = await open(from)
    await register(registry, 'lstm', '1.0.0', { length: 9_000_000 })
    await registry.registerModel(new Uint8Array(), { modelName: 'empty', modelType: 'none' })
    const to = new MemoryStore()
    await (await open(to)).restore(registry.backup(), { mode: 'replace' })
    const { blobs } = await keptIn(to)
    expect(blobs.map(({ size }) => size).sort((a, b) => b - a)).toEqual([9_000_000, 36, 0])
    for (const { sha256: key, hash, state } of blobs) expect([hash, state]).toEqual([key, 'ready'])
  })

  it.each(['merge', 'replace'] as const)('leaves nothing when a %s is aborted, wherever that is', async (mode) => {
    const backup = await collect((await lived(new MemoryStore())).backup())
    const store = new WatchedStore()
    const registry = await open(store)
    await register(registry, 'lstm', '1.0.0')
    const before = await allOf(store)
    await expect(registry.restore(backup, { mode, signal: AbortSignal.abort('no') })).rejects.toBe('no')
    for (let step = 0; step < 12; step++) {
      const controller = new AbortController()
      const reason = new Error('enough')
      let seen = 0
      const onProgress = (): void => {
        if (seen++ === step) controller.abort(reason)
      }
      const restoring = registry.restore(backup, { mode, signal: controller.signal, onProgress })
      const outcome: unknown = await restoring.catch((error: unknown) => error)
      if (seen <= step) break
      expect(outcome).toBe(reason)
      expect(await allOf(store)).toBe(before)
    }
  })

  it('hears of an abort while the stream says nothing, and lets go of it', async () => {
    const controller = new AbortController()
    let left = false
    const silent = new ReadableStream<Uint8Array>({
      start: (it) => it.enqueue(new TextEncoder().encode('candlewick')),
      cancel: () => void (left = true),
    })
    const restoring = (await open(new MemoryStore())).restore(silent, { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 5)
    await expect(restoring).rejects.toBe('enough')
    expect(left).toBe(true)
  })

  it('leaves nothing where the store fails in the middle', async () => {
    class FailingStore extends WatchedStore {
      left = Infinity
      override async putChunk(...chunk: Parameters<WatchedStore['putChunk']>): Promise<void> {
        if (this.left-- <= 0) throw new Error('broken')
        await super.putChunk(...chunk)
      }
    }
    const backup = await collect((await lived(new MemoryStore())).backup())
    const store = new FailingStore()
    const registry = await open(store)
    const before = await allOf(store)
    for (let left = 0; left < 7; left++) {
      store.left = left
      await expect(registry.restore(backup)).rejects.toThrow('broken')
      expect(await allOf(store)).toBe(before)
    }
  })

  it('leaves half a download alone until all is proven, and then makes it whole', async () => {
    const backup = await collect((await lived(new MemoryStore())).backup())
    const store = new WatchedStore()
    const registry = await open(store)
    const half = sha256(bytesOf('lstm 1.0.0 '))
    const record = {
      sha256: half,
      size: 300,
      state: 'downloading' as const,
      chunkBytes: 100,
      chunkCount: 3,
      url: 'https://models.example/m.onnx',
      storedAt: 5,
      etag: '"a"',
    }
    await store.update({}, () => ({ changes: { blobs: [record] }, result: undefined }))
    await store.putChunk(half, 0, bytesOf('lstm 1.0.0 ').slice(0, 100))
    const before = await allOf(store)
    const spoiled = backup.slice()
    spoiled[backup.byteLength - 1]! ^= 1
    await expect(registry.restore(spoiled)).rejects.toMatchObject({ code: 'backup/invalid' })
    expect(await allOf(store)).toBe(before)
    await registry.restore(backup)
    expect(await store.getBytes(half)).toEqual(bytesOf('lstm 1.0.0 '))
    expect([...(await store.read({ blobs: 'all' })).blobs.keys()].filter((key) => key.startsWith('restore-'))).toEqual(
      [],
    )
    expect((await registry.verify()).faults).toEqual([])
  })

  it('does not touch bytes that are here already', async () => {
    const backup = await collect((await lived(new MemoryStore())).backup())
    const store = new WatchedStore()
    const registry = await lived(store)
    const { blobs } = await store.read({ blobs: 'all' })
    store.touched.clear()
    const report = await registry.restore(backup, { mode: 'replace' })
    expect((await store.read({ blobs: 'all' })).blobs).toEqual(blobs)
    expect([...store.touched]).toEqual([])
    expect(report.blobs).toMatchObject({ added: 0, addedBytes: 0, present: 8 })
  })

  it('gives out nothing that the store does not give back as it was', async () => {
    class LyingStore extends WatchedStore {
      lies = false
      override async putChunk(key: string, index: number, piece: Uint8Array<ArrayBuffer>): Promise<void> {
        await super.putChunk(key, index, this.lies ? piece.map((byte) => byte ^ 1) : piece)
      }
    }
    const backup = await collect((await lived(new MemoryStore())).backup())
    const store = new LyingStore()
    const registry = await open(store)
    await register(registry, 'own', '1.0.0')
    store.lies = true
    const before = await allOf(store)
    await expect(registry.restore(backup)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await allOf(store)).toBe(before)
  })

  it('tells beforehand what it would do, and does nothing then', async () => {
    await fc.assert(
      fc.asyncProperty(
        acts,
        acts,
        fc.constantFrom('merge' as const, 'replace' as const),
        fc.boolean(),
        async (steps, others, mode, takePointers) => {
          const backup = await collect((await live(await open(new MemoryStore()), steps)).backup())
          const store = new WatchedStore()
          const registry = await live(await open(store), others)
          const before = await allOf(store)
          const attempt = async (dryRun: boolean): Promise<unknown> => {
            const restoring = registry.restore(backup, { mode, takePointers, dryRun })
            return restoring.catch((error: unknown) =>
              isCandlewickError(error) ? error.message : Promise.reject(error),
            )
          }
          const told = await attempt(true)
          expect(await allOf(store)).toBe(before)
          const done = await attempt(false)
          expect(typeof done === 'string' ? done : { ...(done as object), dryRun: true }).toEqual(told)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is heard of by those who listen, unless nothing changed', async () => {
    const from = await lived(new MemoryStore())
    const backup = await collect(from.backup())
    const registry = await open(new MemoryStore(), 'heard')
    let heard = 0
    registry.subscribe(() => void (heard += 1))
    await registry.restore(backup, { dryRun: true })
    await registry.restore(backup)
    await registry.restore(backup)
    await Promise.resolve()
    expect(heard).toBe(1)
    await registry.close()
  })
})
