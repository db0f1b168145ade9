import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ModelRegistry } from '../../../../src/registry/registry.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { contentOf, entryOf, manifestUrl } from './publisher.ts'
import { all, entries, hour, one, serve, Site, two } from './site.ts'

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
    await serve(await site.open(), one)
    site.store = new MemoryStore()
    await site.offer(2)
    await expect(site.open()).rejects.toMatchObject({ code: 'manifest/rollback', details: { seen: 3, offered: 2 } })
    await site.offer(3)
    const registry = await site.open()
    expect((await registry.history()).map(({ type }) => type)).toContain('storage-evicted')
    expect((await registry.load()).source).toBe('network')
  })

  it('takes no manifest of keys that were replaced', async () => {
    witness()
    const before = await site.open()
    await site.offer(1, { keysVersion: 2 })
    await before.refresh()
    site.store = new MemoryStore()
    await site.offer(9)
    await expect(site.open()).rejects.toMatchObject(refusal('manifest/signature'))
    await site.offer(2, { keysVersion: 2 })
    expect((await site.open()).manifest).toMatchObject({ version: 2, keysVersion: 2 })
  })

  it('says nothing on a first visit, nor where the second memory is broken', async () => {
    witness().set(`candlewick:candlewick-registry:${manifestUrl}`, '{"version":')
    const registry = await site.open()
    expect((await registry.history()).map(({ type }) => type)).not.toContain('storage-evicted')
  })
})

describe('A clock', () => {
  const dated = entries({ version: '1.0.0' }, { version: '1.9.0', expires: '2026-01-10T00:00:00Z' })

  it('that was set back a year brings nothing back that expired, and is noted', async () => {
    const issuedAt = beginning + 20 * day
    vi.setSystemTime(issuedAt)
    await site.offer(4, { entries: dated })
    const registry = await site.open()
    await registry.install(two)
    vi.setSystemTime(beginning - 365 * day)
    const later = await site.open()
    await expect(later.setProductionModel(two)).rejects.toMatchObject(refusal('registry/expired'))
    expect((await later.history()).map(({ type }) => type)).toContain('clock-suspect')
    // A manifest that had expired when the last one was signed is expired, whatever the clock says.
    await site.offer(5, { issuedAt: beginning, expires: issuedAt - 1 })
    const visit = await site.open()
    expect(visit.manifestProblem).toMatchObject(refusal('manifest/expired'))
    expect(visit.manifest?.version).toBe(4)
  })

  it('that went a year ahead stops nothing that serves, and all is well when it is right again', async () => {
    const registry = await serve(await site.open(), one)
    await registry.install(two)
    vi.setSystemTime(beginning + 365 * day)
    const ahead = await site.open()
    expect(ahead.stale).toBe(true)
    expect((await ahead.load()).id).toBe(one)
    await expect(ahead.setProductionModel(two)).rejects.toMatchObject(refusal('manifest/expired'))
    vi.setSystemTime(beginning + day)
    const right = await site.open()
    expect(right.stale).toBe(false)
    expect((await right.setProductionModel(two)).status).toBe('production')
  })

  it('lets no expired version stand in', async () => {
    await site.offer(4, { entries: dated })
    await serve(await site.open(), two, one)
    const { artifact } = dated[0]!
    await site.store.update({}, () => ({ changes: { droppedBlobs: [artifact.sha256] }, result: undefined }))
    site.network.online = false
    expect((await (await site.open()).load()).id).toBe(two)
    vi.setSystemTime(beginning + 10 * day)
    await expect((await site.open()).load()).rejects.toMatchObject(refusal('model/download-failed'))
  })
})

describe('An id', () => {
  it('names the version that holds it, also where the same bytes are registered under another', async () => {
    const registry = await site.open()
    const more = { modelName: 'mine', version: '1.0.0', modelType: 'x' }
    expect(await registry.saveModel(contentOf('a'), 'best', more)).toBe('best')
    expect(await registry.registerModel(contentOf('a'), more)).toBe('best')
    expect((await registry.getModelInfo('best')).version).toBe('1.0.0')
  })

  it('is not given to other bytes, also when its version was deleted', async () => {
    const registry = await site.open()
    await registry.saveModel(contentOf('a'), 'best', { modelType: 'x' })
    await registry.deleteModel('best')
    const again = registry.saveModel(contentOf('b'), 'best', { modelType: 'x' })
    await expect(again).rejects.toMatchObject(refusal('registry/version-retired'))
    const other = registry.saveModel(contentOf('b'), 'best', { modelType: 'x', version: '7.0.0' })
    await expect(other).rejects.toMatchObject(refusal('registry/version-retired'))
  })

  it('of another name is not taken for one of this name', async () => {
    await site.offer(4, { entries: [...all, entryOf({ name: 'tcn', version: '1.0.0' })] })
    const registry = await serve(await site.open(), one, two)
    const unknown = refusal('model/not-found')
    await expect(registry.rollback('lgbm', { to: 'tcn_v1.0.0' })).rejects.toMatchObject(unknown)
    await expect(registry.demote('lgbm', { replacement: 'tcn_v1.0.0' })).rejects.toMatchObject(unknown)
    await expect(registry.setShadow('lgbm', 'tcn_v1.0.0')).rejects.toMatchObject(unknown)
    expect(await production(registry)).toBe(two)
  })
})
