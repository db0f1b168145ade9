import * as fakeIndexedDb from 'fake-indexeddb'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { sha256 } from '../sample-manifest.ts'
import { beginning, explanations, idOf, make, moves, reason, textOf, textOfTold, versions } from './moves.ts'
import { Network } from './network.ts'
import { entryOf, manifestUrl, modelFile, publish, trust } from './publisher.ts'
import { type Moment, provideLocks, scheduledRead, scheduledStore } from './tabs.ts'

Object.assign(globalThis, fakeIndexedDb)

const numRuns = Math.ceil(Number(process.env['CANDLEWICK_RUNS'] ?? 1000) / 10)
const timeoutMs = 60_000 + numRuns * 500

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: beginning }))
afterEach(() => void vi.useRealTimers())

let databases = 0

/** Two tabs on one database. What is done before the scheduler rules is done at once. */
async function twoTabs(prepare: (registry: ModelRegistry) => Promise<void>, scheduler: fc.Scheduler) {
  const name = `tabs-${(databases += 1)}`
  const network = new Network()
  const entries = versions.map((version, i) => entryOf({ name: 'lgbm', version, metric: i / 10 }))
  const [issuedAt, expires] = [beginning, beginning + 1e9]
  network.manifest = await publish({ version: 1, keysVersion: 1, issuedAt, expires, entries })
  const stores: RegistryStore[] = []
  let ruled = false
  const open = async (tab: string | undefined): Promise<ModelRegistry> => {
    const store = await openIndexedDbStore({ name })
    stores.push(store)
    const moment: Moment = async (step) => {
      if (ruled && tab !== undefined) await scheduler.schedule(Promise.resolve(), `${tab}: ${step}`)
    }
    return ModelRegistry.open({
      store: scheduledStore(store, moment),
      manifest: manifestUrl,
      trust,
      read: scheduledRead(network.read, moment),
    })
  }
  const before = await open(undefined)
  await prepare(before)
  const [left, right] = [await open('left'), await open('right')]
  network.asked.length = 0
  ruled = true
  const leave = async (): Promise<void> => {
    ruled = false
    for (const registry of [before, left, right]) await registry.close()
    for (const store of stores) await store.close()
  }
  return { network, before, left, right, store: stores[0]!, leave }
}

const installAll = async (registry: ModelRegistry): Promise<void> => {
  for (const version of versions) await registry.install(idOf(version))
  await registry.setProductionModel(idOf('1.0.0'))
  await registry.setProductionModel(idOf('1.9.0'))
}

describe('Two tabs that move pointers in any order of their steps', () => {
  it.each([true, false])(
    'end as some order of their moves would have ended (locks: %s)',
    async (locked) => {
      if (locked) provideLocks()
      await fc.assert(
        fc.asyncProperty(moves, moves, fc.scheduler(), async (leftMoves, rightMoves, scheduler) => {
          const { left, right, store, leave } = await twoTabs(installAll, scheduler)
          const before = await store.read({ families: ['lgbm'] })
          const start = { family: before.families.get('lgbm')!, facts: [] }
          const [leftMade, rightMade] = await scheduler.waitFor(
            Promise.all([make(left, leftMoves), make(right, rightMoves)]),
          )
          const end = (await store.read({ families: ['lgbm'] })).families.get('lgbm')!
          const events = await store.listEvents({ name: 'lgbm', after: before.lastEvent?.seq })
          const explained = [...explanations(start, leftMade, rightMade)].map(textOfTold)
          expect(explained, JSON.stringify({ leftMade, rightMade })).toContain(textOf(end, events))
          const snapshot = await store.read({ families: 'all', blobs: 'all', manifests: 'all' })
          expect(brokenInvariants({ ...snapshot, events: await store.listEvents() })).toEqual([])
          await leave()
        }),
        { numRuns },
      )
    },
    timeoutMs,
  )

  it(
    'let exactly one of two promotions of the same epoch through',
    async () => {
      provideLocks()
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const { left, right, store, leave } = await twoTabs(async (registry) => {
            await installAll(registry)
            await registry.setModelStatus(idOf('1.10.0'), 'candidate')
          }, scheduler)
          const options = { expectedEpoch: 2, force: true, reason }
          const results = await scheduler.waitFor(
            Promise.allSettled([left.promote(idOf('1.0.0'), options), right.promote(idOf('1.10.0'), options)]),
          )
          const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
          expect(lost).toHaveLength(1)
          expect(lost[0]).toMatchObject({ code: 'registry/epoch-conflict', details: { expected: 2, actual: 3 } })
          const { channel } = (await store.read({ families: ['lgbm'] })).families.get('lgbm')!
          expect(channel).toMatchObject({
            epoch: 3,
            production: results[0].status === 'fulfilled' ? '1.0.0' : '1.10.0',
          })
          await leave()
        }),
        { numRuns },
      )
    },
    timeoutMs,
  )
})

describe('Two tabs that want the same files', () => {
  const addresses = [...new Set(versions.map((version) => entryOf({ name: 'lgbm', version }).artifact.url))]

  it(
    'fetch each once where there are locks, in any order of their steps',
    async () => {
      const locks = provideLocks()
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.subarray([...versions], { minLength: 1 }), async (scheduler, wanted) => {
          const { network, left, right, leave } = await twoTabs(async () => undefined, scheduler)
          const install = async (tab: ModelRegistry): Promise<void> => {
            for (const version of wanted) await tab.install(idOf(version))
          }
          await scheduler.waitFor(Promise.all([install(left), install(right)]))
          expect(Math.max(...network.asked.map((url) => network.count(url)))).toBe(1)
          expect(network.asked.filter((url) => addresses.includes(url))).toHaveLength(wanted.length)
          await leave()
        }),
        { numRuns },
      )
      expect([...locks.asked]).toContain(`blob:${sha256(modelFile('lgbm', '1.0.0'))}`)
    },
    timeoutMs,
  )

  it(
    'end with good files also where one of them leaves at any moment, or there are no locks',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.boolean(), fc.nat(40), async (scheduler, locked, steps) => {
          if (locked) provideLocks()
          const { left, right, before, store, leave } = await twoTabs(async () => undefined, scheduler)
          const controller = new AbortController()
          const gone = new Error('the user left')
          const leaver = left.install(idOf('1.0.0'), { signal: controller.signal }).then(
            () => undefined,
            (error: unknown) => error,
          )
          const stayer = right.install(idOf('1.0.0')).then(
            () => undefined,
            (error: unknown) => error,
          )
          const leaving = (async () => {
            for (let i = 0; i < steps; i++) await scheduler.schedule(Promise.resolve(), 'the user waits')
            controller.abort(gone)
          })()
          const [left1, right1] = await scheduler.waitFor(Promise.all([leaver, stayer, leaving]))
          if (left1 !== undefined && left1 !== gone) expect(left1).toMatchObject({ code: 'store/unavailable' })
          // Without locks two writers of one file may get in each other's way; then it is not installed, and says so.
          if (locked) expect(right1).toBeUndefined()
          else if (right1 !== undefined) expect(right1).toMatchObject({ code: 'store/unavailable' })
          await before.install(idOf('1.0.0'))
          const { blobs } = await store.read({ blobs: 'all' })
          for (const blob of blobs.values()) {
            expect(blob.state).toBe('ready')
            expect(sha256((await store.getBytes(blob.sha256))!)).toBe(blob.sha256)
          }
          await leave()
        }),
        { numRuns },
      )
    },
    timeoutMs,
  )
})

describe('The stand-in for locks', () => {
  it('lets a waiting caller go by its signal, and the next one in', async () => {
    const locks = provideLocks()
    const order: string[] = []
    let release = (): void => undefined
    const first = locks.request('a', {}, () => new Promise<void>((resolve) => void (release = resolve)))
    const controller = new AbortController()
    const second = locks.request('a', { signal: controller.signal }, async () => void order.push('second'))
    const third = locks.request('a', {}, async () => void order.push('third'))
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(second).rejects.toBe(reason)
    release()
    await Promise.all([first, third])
    expect(order).toEqual(['third'])
  })
})
