import * as fakeIndexedDb from 'fake-indexeddb'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Changes, RegistryStore, Scope } from '../../src/registry/store.ts'
import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../src/registry/stores/memory.ts'
import { all, blob, channel, draft, freshName, hash, manifest, model, pattern, tombstone } from './store-fixtures.ts'

Object.assign(globalThis, fakeIndexedDb)

const name = fc.constantFrom('a', 'b', 'a-b')
const version = fc.constantFrom('1', '2')
const digest = fc.constantFrom(hash('a'), hash('b'))
// Few ids for many versions, so that some are taken.
const id = fc.constantFrom('x', 'y', 'z', 'u', 'v')
const few = <T>(row: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(row, { maxLength: 2 })

const changes: fc.Arbitrary<Changes> = fc.record(
  {
    clear: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
    models: few(fc.tuple(name, version, id).map(([name, version, id]) => model(name, version, { id }))),
    tombstones: few(fc.tuple(name, version).map(([name, version]) => tombstone(name, version))),
    channels: few(fc.tuple(name, fc.nat(9)).map(([name, epoch]) => channel(name, { epoch, shadow: undefined }))),
    blobs: few(fc.tuple(digest, fc.nat(25)).map(([sha256, size]) => blob(sha256, size, 10))),
    droppedBlobs: few(digest),
    manifests: few(fc.tuple(fc.webUrl(), fc.string()).map(([url, text]) => manifest(url, text))),
    meta: fc.record({ installId: fc.constant('i'), lastSeenAt: fc.oneof(fc.nat(), fc.constant(Number.NaN)) }),
    events: few(
      fc.tuple(fc.constantFrom('r', 'p'), fc.option(name, { nil: undefined })).map(([type, of]) => draft(type, of)),
    ),
  },
  { requiredKeys: [] },
)

type Call = (store: RegistryStore) => Promise<unknown>

const calls: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 5,
    arbitrary: changes.map(
      (it): Call =>
        (store) =>
          store.update(all, (seen) => ({ changes: it, result: seen })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(digest, fc.nat(3), fc.constantFrom(5, 10)).map(
      ([sha256, i, size]): Call =>
        (store) =>
          store.putChunk(sha256, i, pattern(size, i)),
    ),
  },
  digest.map(
    (sha256): Call =>
      (store) =>
        store.getBytes(sha256),
  ),
  fc.record({ after: fc.nat(5), name, last: fc.nat(4) }, { requiredKeys: [] }).map(
    (query): Call =>
      (store) =>
        store.listEvents(query),
  ),
  fc.record({ families: few(name), blobs: few(digest) }, { requiredKeys: [] }).map(
    (scope: Scope): Call =>
      (store) =>
        store.read(scope),
  ),
)

const outcome = (call: Call, store: RegistryStore): Promise<unknown> =>
  call(store).then(
    (value) => ({ value, order: orderOf(value) }),
    (error: unknown) => ({ message: (error as Error).message }),
  )

/** Equality of maps says nothing of their order. */
function orderOf(value: unknown): unknown {
  const text = (_: string, part: unknown): unknown => (part instanceof Map ? [...part] : part)
  return value instanceof Uint8Array ? undefined : JSON.stringify(value, text)
}

describe('the stores', () => {
  it('give the same answers to the same calls, refusals included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 1, maxLength: 25 }), async (list) => {
        const memory = new MemoryStore()
        const indexed = await openIndexedDbStore({ name: freshName() })
        for (const call of [...list, (store: RegistryStore) => store.read(all)])
          expect(await outcome(call, indexed)).toStrictEqual(await outcome(call, memory))
        await indexed.close()
      }),
      { numRuns: 150 },
    )
  })
})
