import * as fakeIndexedDb from 'fake-indexeddb'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import type { ModelRegistry } from '../../../../src/registry/registry.ts'
import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sha256 } from '../sample-manifest.ts'
import { FaultyStore } from './faulty-store.ts'
import { contentOf, entryOf, modelFile } from './publisher.ts'
import { hour, one, serve, Site, three, two } from './site.ts'

Object.assign(globalThis, fakeIndexedDb)

const typesOf = async (registry: ModelRegistry): Promise<string[]> => (await registry.history()).map(({ type }) => type)

let site: Site

beforeEach(async () => {
  site = new Site()
  await site.offer(1)
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
    const registry = await site.open()
    await serve(registry, one, two)
    await site.store.putChunk(sha256(good), 0, rotten[name]!)
    const loaded = await registry.load()
    expect(loaded).toMatchObject({ id: two, source: 'network' })
    expect(sha256(loaded.model)).toBe(sha256(good))
    expect(await typesOf(registry)).toContain('blob-corrupted')
    expect((await registry.load()).source).toBe('store')
  })

  it.each(Object.keys(rotten))('(%s) let an earlier version stand in where there is no network', async (name) => {
    const registry = await site.open()
    await serve(registry, one, two)
    await site.store.putChunk(sha256(good), 0, rotten[name]!)
    site.network.online = false
    const loaded = await registry.load()
    expect(loaded.id).toBe(one)
    expect(loaded.standsInFor?.id).toBe(two)
    expect(loaded.standsInFor?.reason).toMatch(/there is no answer/u)
    expect((await registry.getProductionModel())?.modelId).toBe(two)
  })

  it.each(Object.keys(rotten))('(%s) are never put into service', async (name) => {
    const registry = await site.open()
    await serve(registry, one)
    await registry.install(two)
    await site.store.putChunk(sha256(good), 0, rotten[name]!)
    const refusal = { code: 'registry/not-installed' }
    await expect(registry.promote(two, { force: true, reason: 'x' })).rejects.toMatchObject(refusal)
    expect((await registry.getModelInfo(two)).installed).toBe(false)
  })

  it('on their way to the disk are never called installed, and the model runs from memory', async () => {
    class SpoilingStore extends MemoryStore {
      override putChunk(hash: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
        return super.putChunk(
          hash,
          index,
          bytes.map((byte) => byte ^ 1),
        )
      }
    }
    const store = new SpoilingStore()
    const registry = await site.open({ store })
    await expect(registry.install(one)).rejects.toMatchObject({ code: 'store/unavailable' })
    expect((await registry.getModelInfo(one)).installed).toBe(false)
    expect((await store.read({ blobs: 'all' })).blobs.size).toBe(0)
    const loaded = await registry.load(one)
    expect(loaded).toMatchObject({ persisted: false, source: 'network' })
    expect(sha256(loaded.model)).toBe(sha256(modelFile('lgbm', '1.0.0')))
  })

  it('are not suspected where another tab has just removed them', async () => {
    const registry = await site.open()
    await serve(registry, one)
    const hash = sha256(modelFile('lgbm', '1.0.0'))
    // Between the look at the record and the reading of the pieces, another tab begins to download anew.
    let reads = 0
    const racing = new FaultyStore(site.store, ({ call, when }) => {
      // The scaler is read first.
      if (call !== 'getBytes' || when !== 'before' || ++reads !== 2) return
      void site.store.update({ blobs: [hash] }, ({ blobs }) => {
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
    const other = await site.open({ store: racing })
    await other.promotionChecklist(one)
    expect(reads).toBe(2)
    expect((await site.store.read({ blobs: [hash] })).blobs.get(hash)?.state).toBe('downloading')
    expect(await typesOf(other)).not.toContain('blob-corrupted')
  })
})

describe('A place without safety', () => {
  it('runs no model without WebCrypto, because nothing could be verified', async () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
    onTestFinished(() => void Object.defineProperty(globalThis, 'crypto', descriptor))
    const registry = await site.open()
    Object.defineProperty(globalThis, 'crypto', { value: { randomUUID: () => 'x' }, configurable: true })
    const refusal = { code: 'platform/unsupported', details: { what: 'crypto.subtle' } }
    await expect(registry.load()).rejects.toMatchObject(refusal)
    await expect(registry.install(one)).rejects.toMatchObject(refusal)
    await expect(site.open({ store: new MemoryStore() })).rejects.toMatchObject(refusal)
  })

  it('keeps nothing where there is only memory, and says so', async () => {
    const loaded = await (await site.open({ store: new MemoryStore() })).load()
    expect(loaded.persisted).toBe(false)
  })

  it('lists a version of another package, says why, and never lets it serve', async () => {
    const entries = [
      { ...entryOf({ name: 'lgbm', version: '1.0.0' }), minPackage: '99.0.0' },
      entryOf({ name: 'tcn', version: '1.0.0' }),
    ]
    await site.offer(2, { entries })
    const registry = await site.open()
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
    const dying = new FaultyStore(site.store, () => undefined)
    const registry = await site.open({ store: dying })
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
    const [left, right] = [await site.open({ store: stores[0] }), await site.open({ store: stores[1] })]
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
