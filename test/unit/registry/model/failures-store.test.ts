import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import type { BlobRecord } from '../../../../src/registry/records.ts'
import type { ModelRegistry } from '../../../../src/registry/registry.ts'
import { sha256 } from '../sample-manifest.ts'
import { FaultyStore, type Moment } from './faulty-store.ts'
import { contentOf, contract, modelFile, scalerFile } from './publisher.ts'
import { entries, hour, one, serve, Site, three, two } from './site.ts'

const quota = (): never => {
  throw new CandlewickError('store/quota-exceeded', { neededBytes: 10, freeBytes: 3 })
}
const unavailable = (): never => {
  throw new CandlewickError('store/unavailable', { store: 'test', reason: 'Internal error opening backing store' })
}
const blobOf = async (name: string, version: string): Promise<BlobRecord | undefined> => {
  const hash = sha256(modelFile(name, version))
  return (await site.store.read({ blobs: [hash] })).blobs.get(hash)
}
const typesOf = async (registry: ModelRegistry): Promise<string[]> => (await registry.history()).map(({ type }) => type)

let site: Site

beforeEach(async () => {
  site = new Site()
  await site.offer(1)
})

describe('A store without room', () => {
  /** Full for a piece, `times` times. */
  const fullFor = (times: number): FaultyStore => {
    let left = times
    return new FaultyStore(site.store, ({ call, when }: Moment) => {
      if (call === 'putChunk' && when === 'before' && left-- > 0) quota()
    })
  }

  it('gets room by collecting what nothing needs, once, and then takes the bytes', async () => {
    const before = await site.open()
    await serve(before, one, two)
    await before.install(three)
    await before.setModelStatus(three, 'archived')
    const [full, local] = [fullFor(1), await blobOf('lgbm', '1.10.0')]
    expect(local?.state).toBe('ready')
    await site.offer(2, {
      entries: entries({ version: '1.0.0' }, { version: '1.9.0' }, { version: '1.10.0' }, { version: '2.0.0' }),
    })
    const registry = await site.open({ store: full })
    expect((await registry.install('lgbm_v2.0.0')).installed).toBe(true)
    await full.flush()
    expect(await blobOf('lgbm', '1.10.0')).toBeUndefined()
    expect(await typesOf(registry)).toContain('blobs-collected')
    expect((await registry.verify()).faults).toEqual([])
  })

  it('keeps what serves, lets a model run from memory, and refuses to call it installed', async () => {
    await serve(await site.open(), one, two)
    const registry = await site.open({ store: fullFor(Infinity) })
    await expect(registry.install(three)).rejects.toMatchObject({
      code: 'store/quota-exceeded',
      details: { freeBytes: 3 },
    })
    expect(await registry.load(three)).toMatchObject({ id: three, source: 'network', persisted: false })
    expect((await registry.getModelInfo(three)).installed).toBe(false)
    expect((await registry.load()).id).toBe(two)
    expect((await registry.rollback()).modelId).toBe(one)
    expect((await registry.verify()).faults).toEqual([])
  })

  it('keeps the bytes of the user, which nobody can fetch again', async () => {
    const registry = await site.open()
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
    const before = await site.open()
    await mine(before)
    await before.setProductionModel('mine_v1.0.0')
    const registry = await site.open({ store: fullFor(Infinity) })
    expect(await mine(registry)).toBe('mine_v1.0.0')
    expect(await registry.load('mine')).toMatchObject({ id: 'mine_v1.0.0', source: 'store' })
  })

  it('goes on with the production version where not even the visit can be noted', async () => {
    await serve(await site.open(), one, two)
    site.network.online = false
    const full = new FaultyStore(site.store, ({ call, when }) =>
      call === 'update' && when === 'before' ? quota() : undefined,
    )
    const realNow = Date.now
    onTestFinished(() => void (Date.now = realNow))
    Date.now = () => realNow() + 2 * hour
    const registry = await site.open({ store: full })
    expect((await registry.load()).id).toBe(two)
    expect((await registry.getProductionModel())?.modelId).toBe(two)
  })

  it('fetches spoiled bytes again where not even their removal can be noted', async () => {
    await serve(await site.open(), one)
    await site.store.putChunk(sha256(modelFile('lgbm', '1.0.0')), 0, contentOf('rot'))
    const full = new FaultyStore(site.store, ({ call, when }) =>
      call === 'update' && when === 'before' ? quota() : undefined,
    )
    const registry = await site.open({ store: full })
    const loaded = await registry.load(one)
    expect(loaded).toMatchObject({ source: 'network', persisted: false })
    expect(sha256(loaded.model)).toBe(sha256(modelFile('lgbm', '1.0.0')))
  })
})

describe('A store that breaks', () => {
  it('leaves a visit in memory, which says why', async () => {
    const broken = new FaultyStore(site.store, unavailable)
    const registry = await site.open({ store: broken })
    expect(registry.storeProblem).toMatch(/Internal error opening backing store/u)
    expect(await registry.load()).toMatchObject({ id: one, source: 'network', persisted: false })
    expect((await registry.listModels()).map(({ modelId }) => modelId)).toEqual([three, two, one])
  })

  it('says so where it breaks later, and changes nothing', async () => {
    let broken = false
    const registry = await site.open({ store: new FaultyStore(site.store, () => void (broken && unavailable())) })
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
    const registry = await site.open()
    await serve(registry, one)
    let broken = false
    const failing = new FaultyStore(site.store, ({ call }) => void (broken && call === 'getBytes' && unavailable()))
    const later = await site.open({ store: failing })
    broken = true
    await expect(later.verify()).rejects.toMatchObject({ code: 'store/unavailable' })
  })
})
