import { beforeAll, describe, expect, it } from 'vitest'

import { CandlewickError } from '../../../../src/core/errors.ts'
import type { ReadResource } from '../../../../src/registry/download.ts'
import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import '../same-platform.ts'
import { sha256 } from '../sample-manifest.ts'
import { FaultyStore, Killed, type Moment } from './faulty-store.ts'
import { Network } from './network.ts'
import { contentOf, contract, entryOf, manifestUrl, publish, scalerFile, trust } from './publisher.ts'

/** How a run ends at its k-th moment. */
type Ending = 'dies' | 'dies with the disk behind' | 'fails once'

const endings: readonly Ending[] = ['dies', 'dies with the disk behind', 'fails once']

/** Something that is done to a registry, and what it must come to in the end. */
interface Deed {
  /** What there is before. */
  readonly prepare?: (registry: ModelRegistry) => Promise<void>
  /** What is published from then on. */
  readonly published?: string
  readonly act: (registry: ModelRegistry) => Promise<unknown>
  readonly goal: (registry: ModelRegistry) => Promise<void>
  /** So many moments there are at least, or the list of them has become empty. */
  readonly least: number
}

const one = 'lgbm_v1.0.0'
const two = 'lgbm_v1.9.0'
const hour = 3_600_000
const edition = (version: number, entries: readonly ModelEntry[]): Promise<string> =>
  publish({ version, keysVersion: 1, issuedAt: Date.now() - hour, expires: Date.now() + 24 * hour, entries })
const entries = [
  entryOf({ name: 'lgbm', version: '1.0.0', metric: 0.1 }),
  entryOf({ name: 'lgbm', version: '1.9.0', metric: 0.2 }),
]

let first: string
let second: string
let backup: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  first = await edition(1, entries)
  const withdrawn = { ...entries[1]!, withdrawn: { reason: 'it was wrong' } }
  second = await edition(2, [entries[0]!, withdrawn, entryOf({ name: 'tcn', version: '2.0.0' })])
  const { registry } = await visit(new MemoryStore(), first)
  await serveBoth(registry)
  backup = new Uint8Array(await new Response(registry.backup()).arrayBuffer())
})

const serveBoth = async (registry: ModelRegistry): Promise<void> => {
  for (const id of [one, two]) {
    await registry.install(id)
    await registry.setProductionModel(id)
  }
}

async function visit(store: RegistryStore, published: string, at: (moment: Moment) => void = () => undefined) {
  const network = new Network()
  network.manifest = published
  const read: ReadResource = async (url, signal) => {
    at({ call: 'fetch', when: 'before' })
    const body = (await network.read(url, signal)) as ReadableStream<Uint8Array>
    const moments = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        at({ call: 'piece', when: 'before' })
        controller.enqueue(piece)
      },
    })
    return body.pipeThrough(moments)
  }
  const registry = await ModelRegistry.open({ store, manifest: manifestUrl, trust, read })
  return { registry, network }
}

/** Counts moments once it is armed, and ends things at the k-th. */
class Fate {
  moments = 0
  armed = false
  dead = false
  readonly #k: number
  readonly #ending: Ending

  constructor(k: number, ending: Ending) {
    this.#k = k
    this.#ending = ending
  }

  readonly at = (): void => {
    if (this.dead) throw new Killed()
    if (!this.armed) return
    this.moments += 1
    if (this.moments !== this.#k) return
    if (this.#ending === 'fails once') {
      const details = { store: 'test', reason: `moment ${this.#k}` }
      throw new CandlewickError('store/unavailable', details)
    }
    this.dead = true
    throw new Killed()
  }
}

/** What holds whatever happened. */
async function checkRules(store: RegistryStore, registry: ModelRegistry): Promise<void> {
  const { blobs } = await store.read({ blobs: 'all' })
  for (const { sha256: hash, state } of blobs.values())
    if (state === 'ready') expect(sha256((await store.getBytes(hash)) ?? new Uint8Array())).toBe(hash)
  expect((await registry.verify()).faults).toEqual([])
  const { production } = await registry.getChannel('lgbm')
  const serving = production === undefined ? undefined : await registry.getProductionModel('lgbm')
  if (production !== undefined) expect(serving).toMatchObject({ version: production, installed: true })
}

async function happen(deed: Deed, k: number, ending: Ending): Promise<number> {
  const disk = new MemoryStore()
  const before = await visit(disk, first)
  await deed.prepare?.(before.registry)
  await before.registry.close()
  const fate = new Fate(k, ending)
  const faulty = new FaultyStore(disk, fate.at)
  const { registry, network } = await visit(faulty, first, fate.at)
  network.manifest = deed.published ?? first
  fate.armed = true
  const failure: unknown = await deed.act(registry).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (ending === 'fails once') {
    if (failure !== undefined) expect(failure).toBeInstanceOf(CandlewickError)
    fate.armed = false
    await checkRules(faulty, registry)
    await retry(deed, registry)
  } else {
    // What was on its way to the disk arrived there, or did not.
    if (ending === 'dies') await faulty.flush()
    fate.dead = true
  }
  await registry.close()
  const after = await visit(disk, deed.published ?? first)
  await checkRules(disk, after.registry)
  await retry(deed, after.registry)
  await checkRules(disk, after.registry)
  return fate.moments
}

/** What is done already is refused, or done again without harm. */
async function retry(deed: Deed, registry: ModelRegistry): Promise<void> {
  const refusal: unknown = await deed.act(registry).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refusal !== undefined) expect(refusal).toBeInstanceOf(CandlewickError)
  await deed.goal(registry)
}

/** Registers a version from the user's own bytes, which nobody can fetch again. */
const mine = (registry: ModelRegistry): Promise<string> =>
  registry.registerModel(
    contentOf('mine'),
    { modelName: 'lgbm', version: '3.0.0', modelType: 'x', ...contract },
    { scaler: scalerFile('lgbm', 'mine') },
  )

const deeds: Readonly<Record<string, Deed>> = {
  install: {
    act: (registry) => registry.install(one),
    goal: async (registry) => expect((await registry.getModelInfo(one)).installed).toBe(true),
    least: 30,
  },
  'registering bytes': {
    act: (registry) =>
      registry.registerModel(contentOf('mine'), { modelName: 'mine', version: '1.0.0', modelType: 'x' }),
    goal: async (registry) => expect((await registry.getModelInfo('mine_v1.0.0')).installed).toBe(true),
    least: 14,
  },
  'registering what serves once more': {
    prepare: async (registry) => {
      await mine(registry)
      await registry.setProductionModel('lgbm_v3.0.0')
    },
    act: (registry) => mine(registry),
    goal: async (registry) => expect((await registry.load('lgbm')).id).toBe('lgbm_v3.0.0'),
    least: 10,
  },
  promote: {
    prepare: async (registry) => {
      await serveBoth(registry)
      await registry.setProductionModel(one)
    },
    act: (registry) => registry.promote(two, { force: true, reason: 'better' }),
    goal: async (registry) => expect((await registry.getChannel('lgbm')).production).toBe('1.9.0'),
    least: 10,
  },
  rollback: {
    prepare: serveBoth,
    act: (registry) => registry.rollback('lgbm'),
    goal: async (registry) => {
      expect(await registry.getChannel('lgbm')).toMatchObject({ production: '1.0.0', previous: [], epoch: 3 })
      expect((await registry.getModelInfo(two)).heldBack).toBeDefined()
    },
    least: 10,
  },
  'an evaluation': {
    prepare: serveBoth,
    act: (registry) => registry.recordEvaluation(one, { evalSetId: 'a', metrics: { ic_mean: 0.3 }, n: 100 }),
    goal: async (registry) => {
      const { evaluations } = await registry.getModelMetadata(one)
      expect(evaluations).toMatchObject([{ evalSetId: 'a', metrics: { ic_mean: 0.3 }, n: 100 }])
      expect((await registry.history()).filter(({ type }) => type === 'evaluated')).toHaveLength(1)
    },
    least: 2,
  },
  delete: {
    prepare: async (registry) => void (await registry.install(two)),
    act: (registry) => registry.deleteModel(two),
    goal: async (registry) => {
      await expect(registry.getModelInfo(two)).rejects.toMatchObject({ code: 'model/not-found' })
      expect((await registry.storageStats()).blobs).toBe(0)
    },
    least: 6,
  },
  'a new manifest': {
    prepare: serveBoth,
    get published() {
      return second
    },
    act: (registry) => registry.refresh(),
    goal: async (registry) => {
      expect(registry.manifest?.version).toBe(2)
      expect(await registry.getChannel('lgbm')).toMatchObject({ production: '1.0.0', epoch: 3 })
      expect((await registry.getModelInfo(two)).withdrawn).toBeDefined()
      expect((await registry.getModelInfo('tcn_v2.0.0')).status).toBe('registered')
    },
    least: 10,
  },
  'a collection': {
    prepare: async (registry) => {
      await serveBoth(registry)
      await registry.rollback('lgbm')
      await registry.setModelStatus(two, 'archived')
    },
    act: (registry) => registry.collectGarbage({ thorough: true }),
    goal: async (registry) => {
      expect((await registry.getModelInfo(two)).installed).toBe(false)
      expect((await registry.getModelInfo(one)).installed).toBe(true)
    },
    least: 2,
  },
  'a restored backup': {
    act: (registry) => registry.restore(backup, { mode: 'replace' }),
    goal: async (registry) => {
      expect(await registry.getChannel('lgbm')).toMatchObject({ production: '1.9.0', previous: ['1.0.0'], epoch: 2 })
      expect((await registry.load()).id).toBe(two)
    },
    least: 10,
  },
}

describe.each(Object.keys(deeds))('A page that ends during %s', (name) => {
  it.each(endings)('(it %s) leaves a registry in order, in which it can be done again', async (ending) => {
    const deed = deeds[name]!
    const moments = await happen(deed, Infinity, ending)
    expect(moments).toBeGreaterThanOrEqual(deed.least)
    for (let k = 1; k <= moments; k++) {
      try {
        await happen(deed, k, ending)
      } catch (error) {
        throw new Error(`at moment ${k} of ${moments}`, { cause: error })
      }
    }
  })
})
