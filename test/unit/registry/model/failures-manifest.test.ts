import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryOptions } from '../../../../src/registry/registry-parts.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { Network } from './network.ts'
import { contentOf, type Edition, type EntryPlan, entryOf, manifestUrl, publish, trust } from './publisher.ts'

const hour = 3_600_000
const day = 24 * hour
const beginning = Date.UTC(2026, 0, 1)
const one = 'lgbm_v1.0.0'
const two = 'lgbm_v1.9.0'
const three = 'lgbm_v1.10.0'
const refusal = (code: string): object => ({ code })

let store: MemoryStore
let network: Network

const entries = (...plans: readonly Omit<EntryPlan, 'name'>[]): ModelEntry[] =>
  plans.map((plan) => entryOf({ name: 'lgbm', ...plan }))
const all = entries({ version: '1.0.0' }, { version: '1.9.0' }, { version: '1.10.0' })
const offer = async (version: number, changes: Partial<Edition> = {}, by?: 'stranger'): Promise<void> => {
  const edition = { keysVersion: 1, issuedAt: Date.now(), expires: Date.now() + 30 * day, entries: all, ...changes }
  network.manifest = await publish({ version, ...edition }, by)
}
const open = (more: Partial<RegistryOptions> = {}): Promise<ModelRegistry> =>
  ModelRegistry.open({ store, manifest: manifestUrl, trust, read: network.read, ...more })
const serve = async (registry: ModelRegistry, ...ids: readonly string[]): Promise<ModelRegistry> => {
  for (const id of ids) {
    await registry.install(id)
    await registry.setProductionModel(id)
  }
  return registry
}
const production = async (registry: ModelRegistry): Promise<string | undefined> =>
  (await registry.getProductionModel('lgbm'))?.modelId

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: beginning })
  ;[store, network] = [new MemoryStore(), new Network()]
  await offer(3)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('A manifest that should not be', () => {
  const wrong: Readonly<Record<string, () => Promise<void>>> = {
    'manifest/rollback': () => offer(2),
    'manifest/equivocation': () => offer(3, { entries: all.slice(1) }),
    'manifest/signature': () => offer(4, {}, 'stranger'),
    'manifest/expired': () => offer(4, { expires: beginning - 1 }),
    'registry/version-immutable': () => offer(4, { entries: entries({ version: '1.9.0', otherBytes: true }) }),
  }

  it.each(Object.keys(wrong))(
    'is refused whole (%s), said and written down, and the one before stays',
    async (code) => {
      const registry = await serve(await open(), one, two)
      await wrong[code]!()
      await expect(registry.refresh()).rejects.toMatchObject({ code })
      expect(registry.manifestProblem).toMatchObject({ code })
      expect(registry.manifest?.version).toBe(3)
      const visit = await open()
      expect(visit.manifestProblem).toMatchObject({ code })
      expect(visit.manifestSource).toBe('store')
      expect(await visit.history({ last: 1 })).toMatchObject([{ type: 'manifest-refused', data: { code } }])
      expect((await visit.load()).id).toBe(two)
      expect((await visit.listModels()).length).toBe(3)
    },
  )

  it('does not close the registry where it wants an id that the user gave to another model', async () => {
    const before = await open()
    await before.saveModel(contentOf('mine'), 'lgbm_v2.0.0', { modelName: 'mine', modelType: 'x' })
    await offer(4, { entries: entries({ version: '1.0.0' }, { version: '2.0.0' }) })
    const registry = await open()
    expect(registry.manifestProblem).toMatchObject({ code: 'registry/metadata-invalid' })
    expect(registry.manifest?.version).toBe(3)
  })

  it('is told as what it is where not even its refusal can be written down', async () => {
    const registry = await open()
    await offer(2)
    const update = store.update.bind(store)
    vi.spyOn(store, 'update').mockImplementationOnce(update).mockRejectedValueOnce(new Error('full'))
    await expect(registry.refresh()).rejects.toMatchObject({ code: 'manifest/rollback' })
  })

  it('that went too far is overcome by new keys only', async () => {
    const registry = await open()
    await offer(1_000_000)
    await registry.refresh()
    await offer(4)
    await expect(registry.refresh()).rejects.toMatchObject(refusal('manifest/rollback'))
    await offer(1, { keysVersion: 2 })
    expect(await registry.refresh()).toBe(true)
    expect((await open()).manifest).toMatchObject({ version: 1, keysVersion: 2 })
    await offer(1_000_001)
    await expect(registry.refresh()).rejects.toMatchObject(refusal('manifest/signature'))
  })

  it('is refused below the edition that the application came with', async () => {
    await expect(open({ minManifestVersion: 4 })).rejects.toMatchObject(refusal('manifest/rollback'))
    await offer(4)
    expect((await open({ minManifestVersion: 4 })).manifest?.version).toBe(4)
  })
})

describe('A manifest past its date', () => {
  it('lets what serves go on, also back, and nothing new begin', async () => {
    const registry = await serve(await open(), one, two)
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
    expect((await (await open()).load()).id).toBe(one)
  })

  it('does not stop a visit without a network', async () => {
    await serve(await open(), one)
    vi.setSystemTime(beginning + 31 * day)
    network.online = false
    const registry = await open()
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
    const registry = await serve(await open(), one, two)
    await offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
    await expect(registry.setProductionModel(two)).rejects.toMatchObject(refusal('registry/withdrawn'))
    await expect(registry.install(two)).rejects.toMatchObject(refusal('registry/withdrawn'))
  })

  it('never gives it to a version that is taken back with it', async () => {
    const registry = await serve(await open(), one, two, three)
    await offer(4, { entries: withdrawing('1.9.0', '1.10.0') })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
  })

  it('gives it to an earlier one under each of several names', async () => {
    const plans = ['lgbm', 'tcn'].flatMap((name) => ['1.0.0', '2.0.0'].map((version) => ({ name, version })))
    await offer(4, { entries: plans.map(entryOf) })
    const registry = await serve(await open(), ...plans.map(({ name, version }) => `${name}_v${version}`))
    await offer(5, { entries: plans.map((plan) => entryOf({ ...plan, withdrawn: plan.version === '2.0.0' })) })
    await registry.refresh()
    expect(await production(registry)).toBe(one)
    expect((await registry.getProductionModel('tcn'))?.version).toBe('1.0.0')
  })

  it('goes on where there is no earlier one, or the host wants it so', async () => {
    const registry = await serve(await open(), two)
    await offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect((await registry.getProductionModel())?.withdrawn).toBe('it was wrong')
    store = new MemoryStore()
    await offer(3)
    const keeping = await serve(await open({ withdrawalPolicy: 'keep' }), one, two)
    await offer(4, { entries: withdrawing('1.9.0') })
    await keeping.refresh()
    expect(await production(keeping)).toBe(two)
  })

  it('does not hide the way back that lies behind it', async () => {
    const registry = await serve(await open(), one, two, three)
    await offer(4, { entries: withdrawing('1.9.0') })
    await registry.refresh()
    expect((await registry.rollback()).modelId).toBe(one)
  })
})

describe('A site that was cleared', () => {
  /** Stands for the page's second memory, which Node has not. */
  const witness = (): Map<string, string> => {
    const memory = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => memory.get(key) ?? null,
      setItem: (key: string, value: string) => void memory.set(key, value),
    })
    return memory
  }

  it('fetches everything anew, says so, and takes no older manifest', async () => {
    witness()
    await serve(await open(), one)
    store = new MemoryStore()
    await offer(2)
    await expect(open()).rejects.toMatchObject({ code: 'manifest/rollback', details: { seen: 3, offered: 2 } })
    await offer(3)
    const registry = await open()
    expect((await registry.history()).map(({ type }) => type)).toContain('storage-evicted')
    expect((await registry.load()).source).toBe('network')
  })

  it('takes no manifest of keys that were replaced', async () => {
    witness()
    const before = await open()
    await offer(1, { keysVersion: 2 })
    await before.refresh()
    store = new MemoryStore()
    await offer(9)
    await expect(open()).rejects.toMatchObject(refusal('manifest/signature'))
    await offer(2, { keysVersion: 2 })
    expect((await open()).manifest).toMatchObject({ version: 2, keysVersion: 2 })
  })

  it('says nothing on a first visit, nor where the second memory is broken', async () => {
    witness().set(`candlewick:candlewick-registry:${manifestUrl}`, '{"version":')
    const registry = await open()
    expect((await registry.history()).map(({ type }) => type)).not.toContain('storage-evicted')
  })
})

describe('A clock', () => {
  const dated = entries({ version: '1.0.0' }, { version: '1.9.0', expires: '2026-01-10T00:00:00Z' })

  it('that was set back a year brings nothing back that expired, and is noted', async () => {
    const issuedAt = beginning + 20 * day
    vi.setSystemTime(issuedAt)
    await offer(4, { entries: dated })
    const registry = await open()
    await registry.install(two)
    vi.setSystemTime(beginning - 365 * day)
    const later = await open()
    await expect(later.setProductionModel(two)).rejects.toMatchObject(refusal('registry/expired'))
    expect((await later.history()).map(({ type }) => type)).toContain('clock-suspect')
    // A manifest that had expired when the last one was signed is expired, whatever the clock says.
    await offer(5, { issuedAt: beginning, expires: issuedAt - 1 })
    const visit = await open()
    expect(visit.manifestProblem).toMatchObject(refusal('manifest/expired'))
    expect(visit.manifest?.version).toBe(4)
  })

  it('that went a year ahead stops nothing that serves, and all is well when it is right again', async () => {
    const registry = await serve(await open(), one)
    await registry.install(two)
    vi.setSystemTime(beginning + 365 * day)
    const ahead = await open()
    expect(ahead.stale).toBe(true)
    expect((await ahead.load()).id).toBe(one)
    await expect(ahead.setProductionModel(two)).rejects.toMatchObject(refusal('manifest/expired'))
    vi.setSystemTime(beginning + day)
    const right = await open()
    expect(right.stale).toBe(false)
    expect((await right.setProductionModel(two)).status).toBe('production')
  })

  it('lets no expired version stand in', async () => {
    await offer(4, { entries: dated })
    await serve(await open(), two, one)
    const { artifact } = dated[0]!
    await store.update({}, () => ({ changes: { droppedBlobs: [artifact.sha256] }, result: undefined }))
    network.online = false
    expect((await (await open()).load()).id).toBe(two)
    vi.setSystemTime(beginning + 10 * day)
    await expect((await open()).load()).rejects.toMatchObject(refusal('model/download-failed'))
  })
})

describe('An id', () => {
  it('names the version that holds it, also where the same bytes are registered under another', async () => {
    const registry = await open()
    const more = { modelName: 'mine', version: '1.0.0', modelType: 'x' }
    expect(await registry.saveModel(contentOf('a'), 'best', more)).toBe('best')
    expect(await registry.registerModel(contentOf('a'), more)).toBe('best')
    expect((await registry.getModelInfo('best')).version).toBe('1.0.0')
  })

  it('is not given to other bytes, also when its version was deleted', async () => {
    const registry = await open()
    await registry.saveModel(contentOf('a'), 'best', { modelType: 'x' })
    await registry.deleteModel('best')
    const again = registry.saveModel(contentOf('b'), 'best', { modelType: 'x' })
    await expect(again).rejects.toMatchObject(refusal('registry/version-retired'))
    const other = registry.saveModel(contentOf('b'), 'best', { modelType: 'x', version: '7.0.0' })
    await expect(other).rejects.toMatchObject(refusal('registry/version-retired'))
  })

  it('of another name is not taken for one of this name', async () => {
    await offer(4, { entries: [...all, entryOf({ name: 'tcn', version: '1.0.0' })] })
    const registry = await serve(await open(), one, two)
    const unknown = refusal('model/not-found')
    await expect(registry.rollback('lgbm', { to: 'tcn_v1.0.0' })).rejects.toMatchObject(unknown)
    await expect(registry.demote('lgbm', { replacement: 'tcn_v1.0.0' })).rejects.toMatchObject(unknown)
    await expect(registry.setShadow('lgbm', 'tcn_v1.0.0')).rejects.toMatchObject(unknown)
    expect(await production(registry)).toBe(two)
  })
})
