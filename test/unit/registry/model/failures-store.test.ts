import * as fakeIndexedDb from 'fake-indexeddb'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import type { BlobRecord } from '../../../../src/registry/records.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryOptions } from '../../../../src/registry/registry-parts.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sha256 } from '../sample-manifest.ts'
import { FaultyStore, type Moment } from './faulty-store.ts'
import { Network } from './network.ts'
import {
  contentOf,
  contract,
  type EntryPlan,
  entryOf,
  manifestUrl,
  modelFile,
  publish,
  scalerFile,
  trust,
} from './publisher.ts'

Object.assign(globalThis, fakeIndexedDb)

const hour = 3_600_000
const one = 'lgbm_v1.0.0'
const two = 'lgbm_v1.9.0'
const three = 'lgbm_v1.10.0'

let store: MemoryStore
let network: Network

const offer = async (version: number, plans: readonly Omit<EntryPlan, 'name'>[]): Promise<void> => {
  const entries = plans.map((plan) => entryOf({ name: 'lgbm', ...plan }))
  const [issuedAt, expires] = [Date.now() - hour, Date.now() + 24 * hour]
  network.manifest = await publish({ version, keysVersion: 1, issuedAt, expires, entries })
}
const open = (using: RegistryStore = store, more: Partial<RegistryOptions> = {}): Promise<ModelRegistry> =>
  ModelRegistry.open({ store: using, manifest: manifestUrl, trust, read: network.read, ...more })
const serve = async (registry: ModelRegistry, ...ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    await registry.install(id)
    await registry.setProductionModel(id)
  }
}
const quota = (): never => {
  throw new CandlewickError('store/quota-exceeded', { neededBytes: 10, freeBytes: 3 })
}
const unavailable = (): never => {
  throw new CandlewickError('store/unavailable', { store: 'test', reason: 'Internal error opening backing store' })
}
const blobOf = async (name: string, version: string): Promise<BlobRecord | undefined> => {
  const hash = sha256(modelFile(name, version))
  return (await store.read({ blobs: [hash] })).blobs.get(hash)
}
const typesOf = async (registry: ModelRegistry): Promise<string[]> => (await registry.history()).map(({ type }) => type)

beforeEach(async () => {
  ;[store, network] = [new MemoryStore(), new Network()]
  await offer(1, [{ version: '1.0.0' }, { version: '1.9.0' }, { version: '1.10.0' }])
})

describe('A store without room', () => {
  /** Full for a piece, `times` times. */
  const fullFor = (times: number): FaultyStore => {
    let left = times
    return new FaultyStore(store, ({ call, when }: Moment) => {
      if (call === 'putChunk' && when === 'before' && left-- > 0) quota()
    })
  }

  it('gets room by collecting what nothing needs, once, and then takes the bytes', async () => {
    const before = await open()
    await serve(before, one, two)
    await before.install(three)
    await before.setModelStatus(three, 'archived')
    const [full, local] = [fullFor(1), await blobOf('lgbm', '1.10.0')]
    expect(local?.state).toBe('ready')
    await offer(2, [{ version: '1.0.0' }, { version: '1.9.0' }, { version: '1.10.0' }, { version: '2.0.0' }])
    const registry = await open(full)
    expect((await registry.install('lgbm_v2.0.0')).installed).toBe(true)
    await full.flush()
    expect(await blobOf('lgbm', '1.10.0')).toBeUndefined()
    expect(await typesOf(registry)).toContain('blobs-collected')
    expect((await registry.verify()).faults).toEqual([])
  })

  it('keeps what serves, lets a model run from memory, and refuses to call it installed', async () => {
    await serve(await open(), one, two)
    const registry = await open(fullFor(Infinity))
    await expect(registry.install(three)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect(await registry.load(three)).toMatchObject({ id: three, source: 'network', persisted: false })
    expect((await registry.getModelInfo(three)).installed).toBe(false)
    expect((await registry.load()).id).toBe(two)
    expect((await registry.rollback()).modelId).toBe(one)
    expect((await registry.verify()).faults).toEqual([])
  })

  it('keeps the bytes of the user, which nobody can fetch again', async () => {
    const registry = await open()
    await registry.registerModel(contentOf('mine'), { modelName: 'mine', version: '1.0.0', modelType: 'x' })
    await registry.setModelStatus('mine_v1.0.0', 'archived')
    expect(await registry.collectGarbage({ thorough: true })).toEqual({ blobs: 0, bytes: 0 })
    expect((await registry.getModelInfo('mine_v1.0.0')).installed).toBe(true)
  })

  it('keeps what serves also where the same bytes are registered again and there is no room', async () => {
    const mine = (registry: ModelRegistry): Promise<string> =>
      registry.registerModel(
        contentOf('mine'),
        { modelName: 'mine', version: '1.0.0', modelType: 'x', ...contract },
        { scaler: scalerFile('mine', '1.0.0') },
      )
    const before = await open()
    await mine(before)
    await before.setProductionModel('mine_v1.0.0')
    const registry = await open(fullFor(Infinity))
    expect(await mine(registry)).toBe('mine_v1.0.0')
    expect(await registry.load('mine')).toMatchObject({ id: 'mine_v1.0.0', source: 'store' })
  })

  it('goes on with the production version where not even the visit can be noted', async () => {
    await serve(await open(), one, two)
    network.online = false
    const full = new FaultyStore(store, ({ call, when }) =>
      call === 'update' && when === 'before' ? quota() : undefined,
    )
    const realNow = Date.now
    onTestFinished(() => void (Date.now = realNow))
    Date.now = () => realNow() + 2 * hour
    const registry = await open(full)
    expect((await registry.load()).id).toBe(two)
    expect((await registry.getProductionModel())?.modelId).toBe(two)
  })

  it('fetches spoiled bytes again where not even their removal can be noted', async () => {
    await serve(await open(), one)
    await store.putChunk(sha256(modelFile('lgbm', '1.0.0')), 0, contentOf('rot'))
    const full = new FaultyStore(store, ({ call, when }) =>
      call === 'update' && when === 'before' ? quota() : undefined,
    )
    const registry = await open(full)
    const loaded = await registry.load(one)
    expect(loaded).toMatchObject({ source: 'network', persisted: false })
    expect(sha256(loaded.model)).toBe(sha256(modelFile('lgbm', '1.0.0')))
  })
})

describe('A store that breaks', () => {
  it('leaves a visit in memory, which says why', async () => {
    const broken = new FaultyStore(store, unavailable)
    const registry = await open(broken)
    expect(registry.storeProblem).toMatch(/Internal error opening backing store/u)
    expect(await registry.load()).toMatchObject({ id: one, source: 'network', persisted: false })
    expect((await registry.listModels()).map(({ modelId }) => modelId)).toEqual([three, two, one])
  })

  it('says so where it breaks later, and changes nothing', async () => {
    let broken = false
    const registry = await open(new FaultyStore(store, () => void (broken && unavailable())))
    await serve(registry, one)
    await registry.install(two)
    broken = true
    await expect(registry.promote(two, { force: true, reason: 'x' })).rejects.toMatchObject({
      code: 'store/unavailable',
    })
    broken = false
    expect((await registry.getProductionModel())?.modelId).toBe(one)
  })

  it('is not taken for a store of spoiled bytes', async () => {
    const registry = await open()
    await serve(registry, one)
    let broken = false
    const later = await open(
      new FaultyStore(store, ({ call }) => void (broken && call === 'getBytes' && unavailable())),
    )
    broken = true
    await expect(later.verify()).rejects.toMatchObject({ code: 'store/unavailable' })
  })
})

describe('Bytes that rot', () => {
  const good = modelFile('lgbm', '1.9.0')
  const rotten: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    'a flipped bit': good.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
    'zeros at the end': good.map((byte, i) => (i > good.byteLength - 20 ? 0 : byte)),
    'other bytes of the right size': new Uint8Array(good.byteLength).fill(65),
    'a piece that is too short': good.slice(0, -1),
  }

  it.each(Object.keys(rotten))('(%s) are fetched again', async (name) => {
    const registry = await open()
    await serve(registry, one, two)
    await store.putChunk(sha256(good), 0, rotten[name]!)
    const loaded = await registry.load()
    expect(loaded).toMatchObject({ id: two, source: 'network' })
    expect(sha256(loaded.model)).toBe(sha256(good))
    expect(await typesOf(registry)).toContain('blob-corrupted')
    expect((await registry.load()).source).toBe('store')
  })

  it.each(Object.keys(rotten))('(%s) let an earlier version stand in where there is no network', async (name) => {
    const registry = await open()
    await serve(registry, one, two)
    await store.putChunk(sha256(good), 0, rotten[name]!)
    network.online = false
    const loaded = await registry.load()
    expect(loaded.id).toBe(one)
    expect(loaded.standsInFor?.id).toBe(two)
    expect(loaded.standsInFor?.reason).toMatch(/there is no answer/u)
    expect((await registry.getProductionModel())?.modelId).toBe(two)
  })

  it.each(Object.keys(rotten))('(%s) are never put into service', async (name) => {
    const registry = await open()
    await serve(registry, one)
    await registry.install(two)
    await store.putChunk(sha256(good), 0, rotten[name]!)
    const refusal = { code: 'registry/not-installed' }
    await expect(registry.promote(two, { force: true, reason: 'x' })).rejects.toMatchObject(refusal)
    expect((await registry.getModelInfo(two)).installed).toBe(false)
  })

  it('are not suspected where another tab has just removed them', async () => {
    const registry = await open()
    await serve(registry, one)
    const hash = sha256(modelFile('lgbm', '1.0.0'))
    // Between the look at the record and the reading of the pieces, another tab begins to download anew.
    let reads = 0
    const racing = new FaultyStore(store, ({ call, when }) => {
      // The scaler is read first.
      if (call !== 'getBytes' || when !== 'before' || ++reads !== 2) return
      void store.update({ blobs: [hash] }, ({ blobs }) => {
        const record = blobs.get(hash)
        const changed = record && {
          ...record,
          state: 'downloading' as const,
          storedAt: record.storedAt + 1,
          chunkCount: 2,
        }
        return { changes: { blobs: changed === undefined ? [] : [changed] }, result: undefined }
      })
    })
    const other = await open(racing)
    await other.promotionChecklist(one)
    expect(reads).toBe(2)
    expect((await store.read({ blobs: [hash] })).blobs.get(hash)?.state).toBe('downloading')
    expect(await typesOf(other)).not.toContain('blob-corrupted')
  })
})

describe('A place without safety', () => {
  it('runs no model without WebCrypto, because nothing could be verified', async () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
    onTestFinished(() => void Object.defineProperty(globalThis, 'crypto', descriptor))
    const registry = await open()
    Object.defineProperty(globalThis, 'crypto', { value: { randomUUID: () => 'x' }, configurable: true })
    const refusal = { code: 'platform/unsupported', details: { what: 'crypto.subtle' } }
    await expect(registry.load()).rejects.toMatchObject(refusal)
    await expect(registry.install(one)).rejects.toMatchObject(refusal)
    await expect(open(new MemoryStore())).rejects.toMatchObject(refusal)
  })

  it('keeps nothing where there is only memory, and says so', async () => {
    const loaded = await (await open(new MemoryStore())).load()
    expect(loaded.persisted).toBe(false)
  })

  it('lists a version of another package, says why, and never lets it serve', async () => {
    const entries = [
      { ...entryOf({ name: 'lgbm', version: '1.0.0' }), minPackage: '99.0.0' },
      entryOf({ name: 'tcn', version: '1.0.0' }),
    ]
    const [issuedAt, expires] = [Date.now() - hour, Date.now() + hour]
    network.manifest = await publish({ version: 2, keysVersion: 1, issuedAt, expires, entries })
    const registry = await open()
    expect((await registry.listModels()).map(({ modelId }) => modelId)).toContain(one)
    const refusal = { code: 'registry/incompatible', details: { reason: expect.stringContaining('99.0.0') as string } }
    for (const call of [registry.install(one), registry.promote(one), registry.load(one)])
      await expect(call).rejects.toMatchObject(refusal)
    await serve(registry, 'tcn_v1.0.0')
    expect((await registry.load('tcn')).id).toBe('tcn_v1.0.0')
  })
})

describe('A page that ends between bytes and their record', () => {
  it('leaves bytes that are collected after a day', async () => {
    const dying = new FaultyStore(store, () => undefined)
    const registry = await open(dying)
    await expect(
      registry.registerModel(contentOf('mine'), { modelName: 'mine', version: '1.0.0', modelType: 'x', golden: 5 }),
    ).rejects.toMatchObject({ code: 'registry/metadata-invalid' })
    expect(await registry.collectGarbage()).toMatchObject({ blobs: 0 })
    const realNow = Date.now
    onTestFinished(() => void (Date.now = realNow))
    Date.now = () => realNow() + 25 * hour
    await dying.flush()
    expect(await registry.collectGarbage()).toMatchObject({ blobs: 1 })
  })
})

describe('Two tabs on one database', () => {
  it('promote different versions in the same epoch: one of them wins', async () => {
    const name = `tabs-${Math.random()}`
    const stores = [await openIndexedDbStore({ name }), await openIndexedDbStore({ name })] as const
    const [left, right] = [await open(stores[0]), await open(stores[1])]
    for (const id of [one, two, three]) await left.install(id)
    await left.setProductionModel(one)
    const { epoch } = await right.getChannel('lgbm')
    const promote = (tab: ModelRegistry, id: string) =>
      tab.promote(id, { expectedEpoch: epoch, force: true, reason: 'better' })
    const results = await Promise.allSettled([promote(left, two), promote(right, three)])
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(lost[0]?.reason).toMatchObject({ code: 'registry/epoch-conflict', details: { expected: 1, actual: 2 } })
    const won = results[0].status === 'fulfilled' ? two : three
    expect((await left.getProductionModel())?.modelId).toBe(won)
    expect(await right.getChannel('lgbm')).toMatchObject({ epoch: 2, previous: ['1.0.0'] })
    expect((await right.verify()).faults).toEqual([])
    for (const store of stores) await store.close()
  })
})
