import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import type { RestoreReport } from '../../../../src/registry/backup/restore-report.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import type { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { sha256 } from '../sample-manifest.ts'
import { acts, allOf, bytesOf, collect, keptIn, live, lived, open, register, WatchedStore } from './kept.ts'

const faultsOf = async (store: RegistryStore): Promise<string[]> => {
  const snapshot = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
  return brokenInvariants({ ...snapshot, events: await store.listEvents() })
}
const actionsOf = ({ models }: RestoreReport): Record<string, string> =>
  Object.fromEntries(
    models.map(({ id, action, reason }) => [id, reason === undefined ? action : `${action}: ${reason}`]),
  )
const tryRestore = (
  registry: ModelRegistry,
  backup: Uint8Array<ArrayBuffer>,
  takePointers: boolean,
): Promise<unknown> =>
  registry.restore(backup, { takePointers }).catch((error: unknown) => {
    if (!isCandlewickError(error, 'backup/conflict')) throw error
    return error.message
  })

describe('a backup that is merged', () => {
  it('changes nothing where it came from', async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.boolean(), async (steps, takePointers) => {
        const store = new WatchedStore()
        const registry = await live(await open(store), steps)
        const backup = await collect(registry.backup())
        const before = await allOf(store)
        const report = await registry.restore(backup, { takePointers })
        expect(report.changed).toBe(false)
        expect(new Set(report.models.map(({ action }) => action))).not.toContain('changed')
        expect(await allOf(store)).toBe(before)
      }),
      { numRuns: 60 },
    )
  })

  it('is merged once, however often it is merged, and breaks no rule of the registry', async () => {
    await fc.assert(
      fc.asyncProperty(acts, acts, fc.boolean(), async (steps, others, takePointers) => {
        const backup = await collect((await live(await open(new MemoryStore()), steps)).backup())
        const store = new WatchedStore()
        const registry = await live(await open(store), others)
        const untouched = await allOf(store)
        const first = await tryRestore(registry, backup, takePointers)
        if (typeof first === 'string') expect(await allOf(store)).toBe(untouched)
        expect(await faultsOf(store)).toEqual([])
        expect((await registry.verify()).faults).toEqual([])
        const once = await allOf(store)
        await tryRestore(registry, backup, takePointers)
        expect(await allOf(store)).toBe(once)
        await collect(registry.backup())
      }),
      { numRuns: 80 },
    )
  })

  it('never touches what is here: neither bytes of versions, nor graves, nor pointers in force', async () => {
    await fc.assert(
      fc.asyncProperty(acts, acts, async (steps, others) => {
        const backup = await collect((await live(await open(new MemoryStore()), steps)).backup())
        const store = new MemoryStore()
        const registry = await live(await open(store), others)
        const before = new Map((await keptIn(store)).families)
        await tryRestore(registry, backup, false)
        const after = new Map((await keptIn(store)).families)
        for (const [name, { models, tombstones, channel }] of before) {
          const now = after.get(name)!
          for (const model of models) {
            const same = now.models.find(({ version }) => version === model.version)
            expect(same).toMatchObject({ id: model.id, artifact: model.artifact, metadata: model.metadata })
          }
          expect(now.tombstones).toEqual(expect.arrayContaining(tombstones))
          const used = channel.epoch > 0 || channel.canary !== undefined || channel.shadow !== undefined
          if (used) expect(now.channel).toEqual(channel)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('brings a new name with all its versions, its pointers and its graves', async () => {
    const from = new MemoryStore()
    const backup = await collect((await lived(from)).backup())
    const store = new MemoryStore()
    const registry = await open(store)
    await register(registry, 'own', '1.0.0')
    const report = await registry.restore(backup)
    expect(actionsOf(report)).toEqual({
      'lstm_v1.0.0': 'added',
      'lstm_v1.1.0': 'added',
      'lstm_v1.2.0': 'added',
      'lstm_v1.3.0': 'added',
      'lstm_v1.4.0': 'added',
      'tree_v1.0.0': 'added',
    })
    expect(report.pointers).toEqual([
      { name: 'lstm', pointer: 'production', version: '1.1.0', taken: true },
      { name: 'lstm', pointer: 'canary', version: '1.2.0', taken: true },
      { name: 'lstm', pointer: 'shadow', version: '1.3.0', taken: true },
      { name: 'tree', pointer: 'production', version: '1.0.0', taken: true },
    ])
    expect(report.blobs).toMatchObject({ added: 8, present: 0, missing: [] })
    expect(await registry.getChannel('lstm')).toMatchObject({
      production: '1.1.0',
      previous: ['1.0.0'],
      canary: { version: '1.2.0', basisPoints: 500, unit: 'symbol' },
      shadow: '1.3.0',
      epoch: 1,
    })
    const statuses = async (of: RegistryStore): Promise<unknown> =>
      new Map((await keptIn(of)).families).get('lstm')?.models.map(({ status }) => status)
    expect(await statuses(store)).toEqual(await statuses(from))
    await expect(register(registry, 'lstm', '1.5.0')).rejects.toMatchObject({ code: 'registry/version-retired' })
    expect((await registry.rollback('lstm')).version).toBe('1.0.0')
  })

  it('leaves pointers in force alone, and takes them where it is told to', async () => {
    const source = await open(new MemoryStore())
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await register(source, 'lstm', version)
    await source.setProductionModel('lstm_v2.0.0')
    await source.setProductionModel('lstm_v3.0.0')
    await source.startCanary('lstm_v1.0.0', { basisPoints: 10 })
    const backup = await collect(source.backup())
    const registry = await open(new MemoryStore())
    for (const version of ['1.0.0', '1.5.0', '1.6.0']) await register(registry, 'lstm', version)
    await registry.setProductionModel('lstm_v1.0.0')
    await registry.setProductionModel('lstm_v1.5.0')
    await registry.startCanary('lstm_v1.6.0', { basisPoints: 20 })
    const kept = await registry.restore(backup)
    expect(kept.pointers.map(({ taken, reason }) => [taken, reason])).toEqual([
      [false, 'another state is in force here'],
      [false, 'another state is in force here'],
    ])
    expect(await registry.getChannel('lstm')).toMatchObject({ production: '1.5.0', epoch: 2 })
    expect((await registry.getModelInfo('lstm_v3.0.0')).status).toBe('candidate')
    const taken = await registry.restore(backup, { takePointers: true })
    expect(actionsOf(taken)).toMatchObject({ 'lstm_v3.0.0': 'changed', 'lstm_v1.5.0': 'changed' })
    expect(await registry.getChannel('lstm')).toMatchObject({
      production: '3.0.0',
      previous: ['1.5.0', '2.0.0', '1.0.0'],
      canary: { version: '1.0.0', basisPoints: 10 },
      epoch: 3,
    })
    const ended = (await registry.history()).filter(({ type }) => type === 'canary-ended')
    expect(ended.map(({ version }) => version)).toEqual(['1.6.0'])
    expect(await registry.getModelInfo('lstm_v1.5.0')).toMatchObject({
      status: 'candidate',
      candidateReason: 'demoted',
    })
  })

  it('puts nothing into service whose bytes are not here', async () => {
    const backup = await collect((await lived(new MemoryStore())).backup({ scope: 'metadata' }))
    const registry = await open(new MemoryStore())
    const { pointers } = await registry.restore(backup, { takePointers: true })
    expect(pointers.map(({ reason }) => reason)).toEqual([
      'its bytes are not here',
      'there is no production version beside it',
      'its bytes are not here',
      'its bytes are not here',
    ])
    expect((await registry.getChannel('lstm')).production).toBeUndefined()
  })

  it('puts nothing into service that this version of the package cannot run', async () => {
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '1.0.0')
    await source.setProductionModel('lstm_v1.0.0')
    await source.updateModelMetadata('lstm_v1.0.0', { minPackage: '99.0.0' })
    const { pointers } = await (await open(new MemoryStore())).restore(source.backup())
    expect(pointers[0]).toMatchObject({ taken: false })
    expect(pointers[0]?.reason).toMatch(/99\.0\.0/u)
  })

  it('brings the bytes of versions that were only known by name', async () => {
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '1.0.0')
    const store = new MemoryStore()
    const registry = await open(store)
    await registry.restore(source.backup({ scope: 'metadata' }))
    expect((await registry.getModelInfo('lstm_v1.0.0')).installed).toBe(false)
    const report = await registry.restore(source.backup())
    expect([report.changed, actionsOf(report)]).toEqual([true, { 'lstm_v1.0.0': 'skipped: it is here already' }])
    expect((await registry.getModelInfo('lstm_v1.0.0')).installed).toBe(true)
  })

  it('leaves what was deleted here deleted, and its bytes outside', async () => {
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '1.0.0')
    const backup = await collect(source.backup())
    const store = new WatchedStore()
    const registry = await open(store)
    await register(registry, 'lstm', '1.0.0')
    await registry.deleteModel('lstm_v1.0.0')
    const before = await allOf(store)
    expect(actionsOf(await registry.restore(backup))).toEqual({ 'lstm_v1.0.0': 'skipped: it was deleted here' })
    expect(await allOf(store)).toBe(before)
  })

  it('is refused where a version, a grave or an id means something else here', async () => {
    const source = await lived(new MemoryStore())
    await source.saveModel(bytesOf('saved'), 'mine', { modelName: 'saved', version: '1.0.0', modelType: 'x' })
    const backup = await collect(source.backup())
    const clashes: readonly ((registry: ModelRegistry) => Promise<unknown>)[] = [
      (registry) => register(registry, 'lstm', '1.0.0', { content: 'other' }),
      (registry) => register(registry, 'lstm', '1.5.0', { content: 'other' }),
      async (registry) => {
        await register(registry, 'tree', '1.0.0', { content: 'other' })
        await registry.deleteModel('tree_v1.0.0')
      },
      (registry) =>
        registry.saveModel(bytesOf('saved'), 'mine', { modelName: 'else', version: '1.0.0', modelType: 'x' }),
    ]
    for (const clash of clashes) {
      const store = new WatchedStore()
      const registry = await open(store)
      await clash(registry)
      const before = await allOf(store)
      for (const dryRun of [true, false]) {
        const restoring = registry.restore(backup, { dryRun, takePointers: true })
        await expect(restoring).rejects.toMatchObject({ code: 'backup/conflict' })
        expect(await allOf(store)).toBe(before)
      }
    }
  })

  it('marks what is better than production here, as a registration would', async () => {
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '2.0.0', { ic: 0.3 })
    await register(source, 'lstm', '2.1.0', { ic: 0.1 })
    const registry = await open(new MemoryStore())
    await register(registry, 'lstm', '1.0.0', { ic: 0.2 })
    await registry.setProductionModel('lstm_v1.0.0')
    await registry.restore(source.backup())
    expect(await registry.getModelInfo('lstm_v2.0.0')).toMatchObject({
      status: 'candidate',
      candidateReason: 'better-metric',
    })
    expect(await registry.getModelInfo('lstm_v2.1.0')).toMatchObject({ status: 'registered' })
  })

  it('is written into the log with its date, and its bytes are the ones it had', async () => {
    const store = new MemoryStore()
    const registry = await open(store)
    const { createdAt } = await registry.restore((await lived(new MemoryStore())).backup())
    const [last] = await registry.history({ last: 1 })
    expect(last).toMatchObject({ type: 'backup-restored', data: { mode: 'merge', createdAt, blobs: 8, models: 6 } })
    for (const { sha256: key, hash } of (await keptIn(store)).blobs) expect(hash).toBe(key)
    expect((await keptIn(store)).blobs.map((blob) => blob.sha256)).toContain(sha256(bytesOf('lstm 1.4.0 ')))
  })
})
