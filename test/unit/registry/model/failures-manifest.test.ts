import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import type { ModelRegistry } from '../../../../src/registry/registry.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { contentOf, entryOf } from './publisher.ts'
import { all, entries, hour, one, serve, Site, three, two } from './site.ts'

const day = 24 * hour
const beginning = Date.UTC(2026, 0, 1)
const refusal = (code: string): object => ({ code })
const production = async (registry: ModelRegistry): Promise<string | undefined> =>
  (await registry.getProductionModel('lgbm'))?.modelId

let site: Site

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: beginning })
  site = new Site()
  await site.offer(3)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('A manifest that should not be', () => {
  const wrong: Readonly<Record<string, () => Promise<void>>> = {
    'manifest/rollback': () => site.offer(2),
    'manifest/equivocation': () => site.offer(3, { entries: all.slice(1) }),
    'manifest/signature': () => site.offer(4, {}, 'stranger'),
    'manifest/expired': () => site.offer(4, { expires: beginning - 1 }),
    'registry/version-immutable': () => site.offer(4, { entries: entries({ version: '1.9.0', otherBytes: true }) }),
  }

  it.each(Object.keys(wrong))(
    'is refused whole (%s), said and written down, and the one before stays',
    async (code) => {
      const registry = await serve(await site.open(), one, two)
      await wrong[code]!()
      await expect(registry.refresh()).rejects.toMatchObject({ code })
      expect(registry.manifestProblem).toMatchObject({ code })
      expect(registry.manifest?.version).toBe(3)
      const visit = await site.open()
      expect(visit.manifestProblem).toMatchObject({ code })
      expect(visit.manifestSource).toBe('store')
      expect(await visit.history({ last: 1 })).toMatchObject([{ type: 'manifest-refused', data: { code } }])
      expect((await visit.load()).id).toBe(two)
      expect((await visit.listModels()).length).toBe(3)
    },
  )

  it('does not close the registry where it wants an id that the user gave to another model', async () => {
    const before = await site.open()
    await before.saveModel(contentOf('mine'), 'lgbm_v2.0.0', { modelName: 'mine', modelType: 'x' })
    await site.offer(4, { entries: entries({ version: '1.0.0' }, { version: '2.0.0' }) })
    const registry = await site.open()
    expect(registry.manifestProblem).toMatchObject({ code: 'registry/metadata-invalid' })
    expect(registry.manifest?.version).toBe(3)
  })

  it('is told as what it is where not even its refusal can be written down', async () => {
    const registry = await site.open()
    await site.offer(2)
    const update = site.store.update.bind(site.store)
    vi.spyOn(site.store, 'update').mockImplementationOnce(update).mockRejectedValueOnce(new Error('full'))
    await expect(registry.refresh()).rejects.toMatchObject({ code: 'manifest/rollback' })
  })

  it('that went too far is overcome by new keys only', async () => {
    const registry = await site.open()
    await site.offer(1_000_000)
    await registry.refresh()
    await site.offer(4)
    await expect(registry.refresh()).rejects.toMatchObject(refusal('manifest/rollback'))
    await site.offer(1, { keysVersion: 2 })
    expect(await registry.refresh()).toBe(true)
    expect((await site.open()).manifest).toMatchObject({ version: 1, keysVersion: 2 })
    await site.offer(1_000_001)
    await expect(registry.refresh()).rejects.toMatchObject(refusal('manifest/signature'))
  })

  it('is refused below the edition that the application came with', async () => {
    await expect(site.open({ minManifestVersion: 4 })).rejects.toMatchObject(refusal('manifest/rollback'))
    await site.offer(4)
    expect((await site.open({ minManifestVersion: 4 })).manifest?.version).toBe(4)
  })
})

describe('A manifest past its date', () => {
  it('lets what serves go on, also back, and nothing new begin', async () => {
    const registry = await serve(await site.open(), one, two)
    await registry.install(three)
    await registry.startCanary(three, { basisPoints: 100 })
    await registry.setModelStatus(three, 'candidate')
    vi.setSystemTime(beginning + 31 * day)
    expect(registry.stale).toBe(true)
    const expired = refusal('manifest/expired')
    for (const call of [
      () => registry.promote(three),
      () => registry.setProductionModel(three),
      () => registry.setModelStatus(three, 'production'),
      () => registry.finishCanary('lgbm', 'promote', 'it is good'),
      () => registry.demote('lgbm', { replacement: one }),
      () => registry.setShadow('lgbm', three),
      () => registry.install(three),
    ])
      await expect(call()).rejects.toMatchObject(expired)
    await registry.finishCanary('lgbm', 'abort', 'it is late')
    await expect(registry.startCanary(three, { basisPoints: 100 })).rejects.toMatchObject(expired)
    expect((await registry.load()).id).toBe(two)
    expect((await registry.rollback()).modelId).toBe(one)
    expect((await (await site.open()).load()).id).toBe(one)
  })

  it('does not stop a visit without a network', async () => {
    await serve(await site.open(), one)
    vi.setSystemTime(beginning + 31 * day)
    site.network.online = false
    const registry = await site.open()
    expect(registry).toMatchObject({
      manifestSource: 'store',
      stale: true,
      manifestProblem: refusal('model/download-failed'),
    })
    expect(await registry.load()).toMatchObject({ id: one, source: 'store' })
  })
})

describe('A version that its publisher takes back', () => {
  const withdrawing = (...versions: readonly string[]): ModelEntry[] =>
    entries(...['1.0.0', '1.9.0', '1.10.0'].map((version) => ({ version, withdrawn: versions.includes(version) })))

  it('gives its place to the version before', async () => {
    const registry = await serve(await site.open(), one, two)
    await site.offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
    await expect(registry.setProductionModel(two)).rejects.toMatchObject(refusal('registry/withdrawn'))
    await expect(registry.install(two)).rejects.toMatchObject(refusal('registry/withdrawn'))
  })

  it('never gives it to a version that is taken back with it', async () => {
    const registry = await serve(await site.open(), one, two, three)
    await site.offer(4, { entries: withdrawing('1.9.0', '1.10.0') })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
  })

  it('gives it to an earlier one under each of several names', async () => {
    const plans = ['lgbm', 'tcn'].flatMap((name) => ['1.0.0', '2.0.0'].map((version) => ({ name, version })))
    await site.offer(4, { entries: plans.map(entryOf) })
    const registry = await serve(await site.open(), ...plans.map(({ name, version }) => `${name}_v${version}`))
    await site.offer(5, { entries: plans.map((plan) => entryOf({ ...plan, withdrawn: plan.version === '2.0.0' })) })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
    expect((await registry.getProductionModel('tcn'))?.version).toBe('1.0.0')
  })

  it('goes on where there is no earlier one, or the host wants it so', async () => {
    const registry = await serve(await site.open(), two)
    await site.offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect((await registry.getProductionModel())?.withdrawn).toBe('it was wrong')
    site.store = new MemoryStore()
    await site.offer(3)
    const keeping = await serve(await site.open({ withdrawalPolicy: 'keep' }), one, two)
    await site.offer(4, { entries: withdrawing('1.9.0') })
    await keeping.refresh()
    expect(await production(keeping)).toBe(two)
  })

  it('does not hide the way back that lies behind it', async () => {
    const registry = await serve(await site.open(), one, two, three)
    await site.offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect((await registry.rollback()).modelId).toBe(one)
  })
})
