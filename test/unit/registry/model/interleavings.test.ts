import * as fakeIndexedDb from 'fake-indexeddb'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { isCandlewickError } from '../../../../src/core/errors.ts'
import { canonicalJson } from '../../../../src/registry/json-copy.ts'
import { defaultCandidateRule } from '../../../../src/registry/lifecycle/candidate-rule.ts'
import type { Command } from '../../../../src/registry/lifecycle/commands.ts'
import { decide } from '../../../../src/registry/lifecycle/decide.ts'
import { brokenInvariants } from '../../../../src/registry/lifecycle/invariants.ts'
import { eventOf, type Fact } from '../../../../src/registry/lifecycle/family.ts'
import type { EventDraft, Family } from '../../../../src/registry/records.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { sha256 } from '../sample-manifest.ts'
import { Network } from './network.ts'
import { entryOf, manifestUrl, modelFile, publish, trust } from './publisher.ts'
import { type Moment, provideLocks, scheduledRead, scheduledStore } from './tabs.ts'

Object.assign(globalThis, fakeIndexedDb)

const numRuns = Math.ceil(Number(process.env['CANDLEWICK_RUNS'] ?? 1000) / 10)
const timeoutMs = 60_000 + numRuns * 500
const beginning = Date.UTC(2026, 0, 1)
const versions = ['1.0.0', '1.9.0', '1.10.0'] as const
const idOf = (version: string): string => `lgbm_v${version}`
const reason = 'somebody said so'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: beginning }))
afterEach(() => void vi.useRealTimers())

/** What a tab asks for; `seen` stands for the epoch that it saw just before. */
type Move =
  | { readonly move: 'promote'; readonly version: string; readonly seen: boolean }
  | { readonly move: 'rollback'; readonly seen: boolean }
  | { readonly move: 'demote'; readonly seen: boolean }
  | { readonly move: 'hold-back' | 'release' | 'archive' | 'delete'; readonly version: string }

const version = fc.constantFrom(...versions)
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ move: fc.constant('promote'), version, seen: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ move: fc.constantFrom('rollback', 'demote'), seen: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ move: fc.constantFrom('hold-back', 'release', 'archive', 'delete'), version }),
  },
)
const moves = fc.array(move, { minLength: 1, maxLength: 3 })

/** A move that was made: the command that it came to, and how it ended. */
interface Made {
  readonly command: Command
  readonly code: string | undefined
}

const commandOf = (move: Move, epoch: number): Command => {
  const expectedEpoch = 'seen' in move && move.seen ? epoch : undefined
  switch (move.move) {
    case 'promote':
      return { type: 'promote', version: move.version, cause: 'manual', expectedEpoch, reason }
    case 'rollback':
      return { type: 'rollback', reason, expectedEpoch }
    case 'demote':
      return { type: 'demote', allowEmpty: true, expectedEpoch, reason }
    case 'archive':
      return { type: 'set-status', version: move.version, status: 'archived' }
    case 'delete':
      return { type: 'delete', version: move.version, force: true }
    case 'hold-back':
    case 'release':
    default:
      return { type: move.move, version: move.version, reason }
  }
}

function ask(tab: ModelRegistry, move: Move, epoch: number): Promise<unknown> {
  const expected = 'seen' in move && move.seen ? { expectedEpoch: epoch } : {}
  switch (move.move) {
    case 'promote':
      return tab.setProductionModel(idOf(move.version), { reason, ...expected })
    case 'rollback':
      return tab.rollback('lgbm', { reason, ...expected })
    case 'demote':
      return tab.demote('lgbm', { allowEmpty: true, reason, ...expected })
    case 'hold-back':
      return tab.holdBack(idOf(move.version), reason)
    case 'release':
      return tab.release(idOf(move.version), reason)
    case 'archive':
      return tab.setModelStatus(idOf(move.version), 'archived')
    case 'delete':
    default:
      return tab.deleteModel(idOf(move.version), { force: true })
  }
}

async function make(tab: ModelRegistry, moves: readonly Move[]): Promise<Made[]> {
  const made: Made[] = []
  for (const move of moves) {
    const { epoch } = await tab.getChannel('lgbm')
    const code = await ask(tab, move, epoch).then(
      () => undefined,
      (error: unknown) => (isCandlewickError(error) ? error.code : expect.fail(String(error))),
    )
    made.push({ command: commandOf(move, epoch), code })
  }
  return made
}

/** A family, and all that happened to it. */
interface Told {
  readonly family: Family
  readonly facts: readonly Fact[]
}

/** The command carried out alone; a code where it is refused. */
function alone({ family, facts }: Told, command: Command): Told & { readonly code: string | undefined } {
  const context = {
    at: beginning,
    rule: defaultCandidateRule,
    isReady: () => true,
    incompatibility: () => undefined,
  }
  try {
    const outcome = decide(family, command, context)
    return { family: outcome.family, facts: [...facts, ...outcome.facts], code: undefined }
  } catch (error) {
    return { family, facts, code: isCandlewickError(error) ? error.code : expect.fail(String(error)) }
  }
}

/** What some order of both tabs' moves leads to, in which every move ends as it did. */
function* explanations(told: Told, left: readonly Made[], right: readonly Made[]): Generator<Told> {
  if (left.length === 0 && right.length === 0) yield told
  for (const [first, rest] of [
    [left, right],
    [right, left],
  ] as const) {
    const [next, ...later] = first
    if (next === undefined) continue
    const outcome = alone(told, next.command)
    if (outcome.code === next.code) yield* explanations(outcome, later, rest)
  }
}

const inOrder = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

const textOf = ({ models, tombstones, channel }: Family, events: readonly Omit<EventDraft, 'actor'>[]): string =>
  canonicalJson([
    inOrder(models),
    inOrder(tombstones),
    channel,
    events.map(({ type, data, version }) => [type, data, version]),
  ])

const textOfTold = ({ family, facts }: Told): string =>
  textOf(
    family,
    facts.map((fact) => eventOf(fact, 'lgbm', beginning, 'host')),
  )

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
