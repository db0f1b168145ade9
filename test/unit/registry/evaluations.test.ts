import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { evaluateModel, registryEvaluation } from '../../../src/evaluate/index.ts'
import type { ChecklistItem } from '../../../src/registry/checklist.ts'
import type { ModelEvaluation } from '../../../src/registry/records.ts'
import { ModelRegistry } from '../../../src/registry/registry.ts'
import type { RegistryOptions } from '../../../src/registry/registry-parts.ts'
import type { RegistryStore } from '../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../src/registry/stores/memory.ts'
import { failure } from '../../failure.ts'
import './same-platform.ts'
import { bytesOf, collect, register } from './backup/kept.ts'
import { Network } from './model/network.ts'
import { entryOf, manifestUrl, publish, trust } from './model/publisher.ts'

const [one, two] = ['lstm_v1.0.0', 'lstm_v1.1.0']
const spring = { evalSetId: 'spring', horizon: '4h', n: 1200, from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 4, 31) }
const measured = (ic: number, more: Record<string, unknown> = {}): ModelEvaluation => ({
  ...spring,
  metrics: { ic_mean: ic },
  ...more,
})

let store: RegistryStore
const opened: { close(): Promise<void> }[] = []

const open = async (options: Partial<RegistryOptions> = {}): Promise<ModelRegistry> => {
  const registry = await ModelRegistry.open({ store, ...options })
  opened.push(registry)
  return registry
}

/** 1.0.0 serves, and 1.1.0 would be better by its publisher. */
async function challenged(): Promise<ModelRegistry> {
  const registry = await open()
  await register(registry, 'lstm', '1.0.0', { ic: 0.1 })
  await registry.setProductionModel(one)
  await register(registry, 'lstm', '1.1.0', { ic: 0.2 })
  return registry
}

const itemOf = async (registry: ModelRegistry, id: string, name: ChecklistItem['name']): Promise<ChecklistItem> => {
  const { items } = await registry.promotionChecklist(id)
  return items.find((item) => item.name === name) ?? expect.fail(`there is no ${name}`)
}

beforeEach(() => void (store = new MemoryStore()))
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

describe('an evaluation', () => {
  it('is written to the metadata, told in the log, and decides who is a candidate', async () => {
    const registry = await challenged()
    expect(await registry.recordEvaluation(one, measured(0.4))).toMatchObject({ modelId: one, status: 'production' })
    const before = Date.now()
    const info = await registry.recordEvaluation(two, measured(0.3), { actor: 'nightly' })
    expect(info).toMatchObject({ modelId: two, status: 'registered' })
    const { evaluations } = await registry.getModelMetadata(two)
    expect(evaluations).toEqual([{ ...measured(0.3), recordedAt: expect.any(Number) as number }])
    expect(evaluations![0]!.recordedAt).toBeGreaterThanOrEqual(before)
    const told = (await registry.history()).filter(({ type }) => type === 'evaluated').at(-1)
    expect(told).toMatchObject({
      actor: 'nightly',
      name: 'lstm',
      version: '1.1.0',
      data: { evaluation: measured(0.3) },
    })
    expect((await registry.recordEvaluation(two, measured(0.5))).status).toBe('candidate')
    expect((await registry.verify()).faults).toEqual([])
  })

  it('is what candlewick/evaluate makes of a report', async () => {
    const times = Array.from({ length: 400 }, (_, i) => spring.from + 900_000 * i)
    const predictedReturns = times.map((_, i) => Math.sin(i * i) / 100)
    const actualReturns = predictedReturns.map((value, i) => value + Math.cos(7 * i) / 50)
    const rows = { times, symbols: 'BTCUSDT', horizons: [{ name: '4h', bars: 16, predictedReturns, actualReturns }] }
    const settings = { timeframe: '15m', evalSetId: 'spring', bootstrap: { resamples: 20 } } as const
    const report = evaluateModel(rows, settings)
    const registry = await challenged()
    for (const id of [one, two]) await registry.recordEvaluation(id, registryEvaluation(report, '4h'))
    expect((await registry.getModelMetadata(two)).evaluations).toMatchObject([registryEvaluation(report, '4h')])
    const { detail } = await itemOf(registry, two, 'evaluation')
    const told = 'both measured on the evaluation set "spring" at 4h, 400 rows, from 2026-03-01 to 2026-03-05'
    expect(detail).toBe(told)
    expect((await itemOf(registry, two, 'metric')).detail).toMatch(/^ic_mean [\d.-]+ is not better than/u)
  })

  it('is a copy of what was given', async () => {
    const registry = await challenged()
    const metrics = { ic_mean: 0.3 }
    const recording = registry.recordEvaluation(two, { evalSetId: 'a', metrics })
    metrics.ic_mean = 9
    await recording
    expect((await registry.getModelMetadata(two)).evaluations).toMatchObject([{ metrics: { ic_mean: 0.3 } }])
  })

  it('adds nothing to the log where it is no news', async () => {
    const registry = await challenged()
    await registry.recordEvaluation(two, measured(0.3))
    const lines = (await registry.history()).length
    await registry.recordEvaluation(two, measured(0.3))
    expect(await registry.history()).toHaveLength(lines)
  })

  it.each([
    ['a metric that is NaN', measured(NaN), '$.metrics.ic_mean'],
    ['no evaluation set', measured(0.1, { evalSetId: undefined }), '$.evalSetId'],
    ['what is no JSON', measured(0.1, { made: new Date(0) }), '$.made'],
    ['a number that is too large for JSON', measured(0.1, { n: 5n }), '$.n'],
  ])('is refused with %s, by its path', async (_, evaluation, path) => {
    const registry = await challenged()
    const refusal = await failure(registry.recordEvaluation(two, evaluation))
    expect(refusal).toMatchObject({ code: 'registry/metadata-invalid', details: { path } })
    expect(await registry.getModelMetadata(two)).not.toHaveProperty('evaluations')
  })

  it('lasts in a database, and is seen by the next page', async () => {
    store = await openIndexedDbStore({ name: `evaluations-${Math.random().toString(36).slice(2)}` })
    opened.push(store)
    await (await challenged()).recordEvaluation(two, measured(0.3))
    const next = await open()
    expect((await next.getModelMetadata(two)).evaluations).toMatchObject([measured(0.3)])
    expect((await next.verify()).faults).toEqual([])
  })

  it('stays when the manifest is read again, which claims another one', async () => {
    const network = new Network()
    const edition = (version: number, claims: boolean): Promise<string> => {
      const times = { issuedAt: Date.now(), expires: Date.now() + 3_600_000 }
      const entries = [entryOf({ name: 'lgbm', version: '1.0.0', metric: version / 10, claims })]
      return publish({ version, keysVersion: 1, ...times, entries })
    }
    network.manifest = await edition(1, false)
    const registry = await open({ manifest: manifestUrl, trust, read: network.read })
    await registry.recordEvaluation('lgbm_v1.0.0', measured(0.3))
    network.manifest = await edition(2, true)
    expect(await registry.refresh()).toBe(true)
    const { metrics, evaluations } = await registry.getModelMetadata('lgbm_v1.0.0')
    expect(metrics).toEqual({ ic_mean: 0.2 })
    expect(evaluations).toMatchObject([measured(0.3)])
  })
})

describe('evaluations on the way out and back', () => {
  it('are in a backup, and in a bundle', async () => {
    const registry = await challenged()
    await registry.recordEvaluation(two, measured(0.3))
    const kept = (await registry.getModelMetadata(two)).evaluations
    const [backup, bundle] = [await collect(registry.backup()), await collect(registry.exportBundle())]
    store = new MemoryStore()
    const restored = await open()
    await restored.restore(backup)
    expect((await restored.getModelMetadata(two)).evaluations).toEqual(kept)
    store = new MemoryStore()
    const imported = await open()
    await imported.importBundle(bundle)
    expect((await imported.getModelMetadata(two)).evaluations).toEqual(kept)
    for (const one of [restored, imported]) expect((await one.verify()).faults).toEqual([])
  })

  it('come with a backup to versions that are here, beside those that were recorded here', async () => {
    const there = await challenged()
    await there.recordEvaluation(one, measured(0.1))
    await there.recordEvaluation(two, measured(0.3))
    await there.recordEvaluation(two, measured(0.9, { evalSetId: 'autumn' }))
    const backup = await collect(there.backup())

    store = new MemoryStore()
    const here = await challenged()
    await here.recordEvaluation(two, measured(0.05, { evalSetId: 'autumn' }))
    const { models, changed } = await here.restore(backup)
    expect(changed).toBe(true)
    expect(models.map(({ id, action }) => [id, action])).toEqual([
      [one, 'changed'],
      [two, 'changed'],
    ])
    const { evaluations = [] } = await here.getModelMetadata(two)
    expect(evaluations.map(({ evalSetId, metrics }) => [evalSetId, metrics['ic_mean']])).toEqual([
      ['autumn', 0.05],
      ['spring', 0.3],
    ])
    expect(await here.getModelInfo(two), 'they are compared').toMatchObject({ status: 'candidate', lowTrust: false })
    expect((await here.restore(backup)).changed, 'once is enough').toBe(false)
  })

  it('come with a description, if they are well formed', async () => {
    const registry = await open()
    const describe = (evaluations: unknown): Promise<string> =>
      registry.registerModel(bytesOf('x'), { modelName: 'x', modelType: 'x', version: '1.0.0', evaluations })
    expect(await failure(describe([{ evalSetId: 'a', metrics: { ic_mean: 'x' }, recordedAt: 1 }]))).toMatchObject({
      code: 'registry/metadata-invalid',
      details: { path: '$.evaluations[0].metrics.ic_mean' },
    })
    const evaluations = [{ ...measured(0.1), recordedAt: 1 }]
    expect((await registry.getModelMetadata(await describe(evaluations))).evaluations).toEqual(evaluations)
  })
})

const days = ', from 2026-03-01 to 2026-05-31'

describe('the promotion checklist', () => {
  it('knows of no evaluation, and does not ask for one', async () => {
    const registry = await challenged()
    expect(await itemOf(registry, two, 'evaluation')).toEqual({
      name: 'evaluation',
      result: 'unknown',
      detail: `measured on no evaluation set that ${one} was measured on`,
      required: false,
    })
    expect((await registry.promotionChecklist(two)).ready).toBe(true)
  })

  it('passes an evaluation on a common set, with its extent, and says on which set the metric is better', async () => {
    const registry = await challenged()
    await registry.recordEvaluation(one, measured(0.4))
    expect((await itemOf(registry, two, 'evaluation')).result).toBe('unknown')
    await registry.recordEvaluation(two, measured(0.5))
    const common = 'the evaluation set "spring" at 4h'
    expect(await itemOf(registry, two, 'evaluation')).toMatchObject({
      result: 'passed',
      detail: `both measured on ${common}, 1200 rows${days}`,
    })
    expect(await itemOf(registry, two, 'metric')).toMatchObject({
      result: 'passed',
      detail: `ic_mean 0.5 is better than 0.4 of ${one}, both on ${common}`,
    })
    await registry.recordEvaluation(two, measured(0.3))
    expect(await itemOf(registry, two, 'evaluation')).toMatchObject({ result: 'passed' })
    expect(await itemOf(registry, two, 'metric')).toMatchObject({ result: 'failed' })
  })

  it.each([
    ['nothing but the set', { n: undefined, from: undefined, to: undefined }, ''],
    ['an end that is no time', { to: 1e300 }, ', 1200 rows'],
    ['ends in ISO 8601', { from: '2026-03-01T00:00:00.000Z', to: '2026-05-31T23:45:00.000Z' }, `, 1200 rows${days}`],
    ['an end in words', { to: 'May' }, ', 1200 rows'],
    ['an end that is null', { from: null, to: null }, ', 1200 rows'],
  ])('tells of an evaluation with %s', async (_, fields, extent) => {
    const registry = await open()
    await register(registry, 'lstm', '1.0.0')
    expect(await itemOf(registry, one, 'evaluation')).toMatchObject({ result: 'unknown' })
    await registry.recordEvaluation(one, measured(0.4, fields))
    expect(await itemOf(registry, one, 'evaluation')).toMatchObject({
      result: 'passed',
      detail: `measured on the evaluation set "spring" at 4h${extent}`,
      required: false,
    })
  })

  it('says where both were measured by their publisher', async () => {
    const registry = await open()
    await register(registry, 'lstm', '1.0.0', { ic: 0.1, evalSetId: 'x' })
    await registry.setProductionModel(one)
    await register(registry, 'lstm', '1.1.0', { ic: 0.2, evalSetId: 'x' })
    expect(await itemOf(registry, two, 'evaluation')).toMatchObject({
      result: 'passed',
      detail: 'both measured on the evaluation set "x", by its publisher',
    })
  })

  it('says that the metric is from other sets', async () => {
    const registry = await open()
    await register(registry, 'lstm', '1.0.0', { ic: 0.1, evalSetId: 'x' })
    await registry.setProductionModel(one)
    await register(registry, 'lstm', '1.1.0', { ic: 0.2, evalSetId: 'y' })
    const { detail } = await itemOf(registry, two, 'metric')
    expect(detail).toContain('on the evaluation set "y" and not on the evaluation set "x"')
    expect(await itemOf(registry, two, 'evaluation')).toMatchObject({ result: 'unknown' })
  })

  it('counts the horizon that its owner asks for', async () => {
    const registry = await open({ candidateRule: { horizon: '1h' } })
    await register(registry, 'lstm', '1.0.0')
    await registry.recordEvaluation(one, measured(0.4))
    expect(await itemOf(registry, one, 'evaluation')).toMatchObject({ result: 'unknown' })
    await registry.recordEvaluation(one, measured(0.4, { horizon: '1h' }))
    expect(await itemOf(registry, one, 'evaluation')).toMatchObject({ result: 'passed' })
  })
})

describe('a comparison of two versions', () => {
  it('holds figures side by side that were measured on one set, the latest first', async () => {
    const registry = await challenged()
    await registry.recordEvaluation(one, measured(0.4, { horizon: '1h' }))
    await registry.recordEvaluation(one, measured(0.25))
    await registry.recordEvaluation(two, measured(0.5, { metrics: { ic_mean: 0.5, accuracy: 0.6 } }))
    await registry.recordEvaluation(two, measured(0.9, { evalSetId: 'autumn' }))
    await registry.recordEvaluation(two, measured(0.5, { horizon: '1h' }))
    const comparison = await registry.compareVersions(one, two)
    expect(comparison.metrics).toEqual({ ic_mean: { a: 0.1, b: 0.2, delta: 0.1 } })
    const place = { evalSetId: 'spring', horizon: '4h' }
    const ic = { a: 0.25, b: 0.5, delta: 0.25 }
    expect(comparison.evaluations).toEqual([
      { ...place, horizon: '1h', metrics: { ic_mean: { a: 0.4, b: 0.5, delta: 0.5 - 0.4 } } },
      { ...place, metrics: { ic_mean: ic, accuracy: { a: undefined, b: 0.6, delta: undefined } } },
    ])
  })

  it('has none where there is no common set', async () => {
    const registry = await challenged()
    await registry.recordEvaluation(two, measured(0.5))
    expect((await registry.compareVersions(one, two)).evaluations).toEqual([])
  })
})
