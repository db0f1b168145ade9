import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { openIndexedDbStore } from '../../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { inBrowser, wantedRuns } from '../same-platform.ts'
import { live, type Place } from './registry-life.ts'
import { regressions } from './regressions.ts'
import { lives, type RegistryLife } from './steps.ts'
import { takeStep } from './take-step.ts'

const numRuns = wantedRuns
/** A real database takes its time for every command. */
const runsInDatabase = inBrowser ? 10 : Math.ceil(numRuns / 20)
/** Steps of a life; long runs live longer, too. */
const longest = numRuns > 1000 ? 60 : 24
const timeoutMs = 60_000 + numRuns * 200

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterAll(() => void vi.useRealTimers())

/** A page whose store outlives its registries. */
const inMemory = (): Place => {
  let store = new MemoryStore()
  return {
    open: async () => store,
    leave: async () => undefined,
    clear: async () => void (store = new MemoryStore()),
  }
}

let databases = 0
const inDatabase = (): Place => {
  const name = `life-${(databases += 1)}`
  return {
    open: () => openIndexedDbStore({ name }),
    leave: (store) => store.close(),
    async clear(store) {
      await store.close()
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.addEventListener('success', resolve)
        request.addEventListener('error', reject)
      })
    },
  }
}

const property = (
  place: () => Place,
  maxLength: number,
  codes: Set<string>,
): fc.IAsyncPropertyWithHooks<[RegistryLife]> =>
  fc.asyncProperty(lives(maxLength), async (life) => {
    for (const code of (await live(place(), life, takeStep)).codes) codes.add(code)
  })

describe('A registry', () => {
  it(
    'is the one that it should be after every step of a thousand random lives',
    async () => {
      const codes = new Set<string>()
      const examples = regressions.map((life): [RegistryLife] => [life])
      await fc.assert(property(inMemory, longest, codes), { numRuns, examples })
      // Lives that are never refused anything would prove little.
      if (numRuns >= 1000) expect(codes.size).toBeGreaterThan(20)
    },
    timeoutMs,
  )

  it(
    'is so in a database as well',
    async () => {
      const examples = regressions.map((life): [RegistryLife] => [life])
      await fc.assert(property(inDatabase, longest, new Set()), { numRuns: runsInDatabase, examples })
    },
    timeoutMs,
  )
})
