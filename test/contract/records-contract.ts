import { describe, expect, it } from 'vitest'

import { emptyFamily } from '../../src/registry/records.ts'
import type { Snapshot } from '../../src/registry/store.ts'
import {
  all,
  blob,
  channel,
  draft,
  everything,
  hash,
  manifest,
  meta,
  model,
  type OpenStore,
  tombstone,
  write,
} from './store-fixtures.ts'

/** Empties a snapshot as thoroughly as anybody could. */
function wreck(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const inner: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value)
  for (const part of inner) wreck(part)
  if (value instanceof Map) value.clear()
  for (const field of Object.keys(value)) Reflect.deleteProperty(value, field)
}

/** What every store must show of its rows. */
export function recordsContract(openStore: OpenStore): void {
  describe('a snapshot', () => {
    it('has an empty family for every name asked for, and nothing else, in a new store', async () => {
      const store = await openStore()
      const scope = { families: ['b', 'a'], blobs: [hash('a')], manifests: ['https://a.example/'] }
      const { families, ...rest } = await store.read(scope)
      expect([...families]).toStrictEqual([
        ['b', emptyFamily('b')],
        ['a', emptyFamily('a')],
      ])
      expect(rest).toStrictEqual({ blobs: new Map(), manifests: new Map(), meta: undefined, lastEvent: undefined })
      expect((await store.read(all)).families.size).toBe(0)
    })

    it('has what was written, and no field that was undefined', async () => {
      const store = await openStore()
      await write(store, {
        ...everything,
        models: [model('a', '1.0.0', { scaler: undefined, manifest: undefined, lowTrust: undefined })],
        channels: [channel('a', { canary: undefined })],
      })
      const { scaler: _, ...bare } = model('a', '1.0.0')
      const seen = await store.read(all)
      expect(seen.families.get('a')).toStrictEqual({
        name: 'a',
        models: new Map([['1.0.0', bare]]),
        tombstones: new Map([['0.1.0', tombstone('a', '0.1.0')]]),
        channel: channel('a'),
      })
      expect(seen.blobs).toStrictEqual(new Map([[hash('a'), blob(hash('a'), 10)]]))
      expect(seen.manifests).toStrictEqual(new Map([['https://a.example/', manifest('https://a.example/')]]))
      expect(seen.meta).toStrictEqual(meta)
      expect(seen.lastEvent).toMatchObject(draft('registered', 'a'))
    })

    it('shows only what its scope asks for', async () => {
      const store = await openStore()
      await write(store, everything)
      await write(store, { models: [model('b', '1.0.0')], blobs: [blob(hash('b'), 1)], manifests: [manifest('b')] })
      const keys = ({ families, blobs, manifests }: Snapshot) =>
        [families, blobs, manifests].map((map) => [...map.keys()])
      expect(keys(await store.read({}))).toEqual([[], [], []])
      expect(keys(await store.read({ families: ['b', 'b'] }))).toEqual([['b'], [], []])
      expect(keys(await store.read({ blobs: [hash('b'), hash('9')] }))).toEqual([[], [hash('b')], []])
      expect(keys(await store.read({ manifests: ['b', 'c'] }))).toEqual([[], [], ['b']])
      expect(keys(await store.read(all))).toEqual([
        ['a', 'b'],
        [hash('a'), hash('b')],
        ['b', 'https://a.example/'],
      ])
      const seen = await store.update({ families: ['b'], manifests: 'all' }, (snapshot) => ({
        changes: {},
        result: keys(snapshot),
      }))
      expect(seen).toEqual([['b'], [], ['b', 'https://a.example/']])
      expect((await store.read({})).meta).toEqual(meta)
      expect((await store.read({})).lastEvent?.seq).toBe(1)
    })

    it('keeps names apart that begin alike, and gives their versions in the order of their texts', async () => {
      const store = await openStore()
      const names = ['a', 'a"', 'a-b', 'a.b', 'ab', 'a\u0000', 'ü']
      const versions = ['1.9.0', '1.10.0', '1.0.0']
      await write(store, {
        models: names.flatMap((name) => versions.map((version) => model(name, version))),
        tombstones: names.map((name) => tombstone(name, '0.1.0')),
        channels: names.toReversed().map((name) => channel(name)),
      })
      for (const name of names) {
        const family = (await store.read({ families: [name] })).families.get(name)
        expect([...(family?.models.values() ?? [])]).toEqual(
          ['1.0.0', '1.10.0', '1.9.0'].map((version) => model(name, version)),
        )
        expect([...(family?.tombstones.values() ?? [])]).toEqual([tombstone(name, '0.1.0')])
        expect(family?.channel).toEqual(channel(name))
      }
      expect([...(await store.read({ families: 'all' })).families.keys()]).toEqual(names.sort())
    })

    it('has a family of a name that only a tombstone or a channel knows', async () => {
      const store = await openStore()
      await write(store, { tombstones: [tombstone('a', '1.0.0')], channels: [channel('b')] })
      expect([...(await store.read({ families: 'all' })).families.keys()]).toEqual(['a', 'b'])
    })

    it('is a copy: what callers do to it, or to what they gave, changes nothing', async () => {
      const store = await openStore()
      const given = structuredClone(everything)
      await write(store, given)
      wreck(given)
      const before = await store.read(all)
      expect(before.families.get('a')?.models.get('1.0.0')).toEqual(model('a', '1.0.0'))
      const expected = structuredClone(before)
      wreck(before)
      wreck(await store.listEvents())
      const added = await store.update(all, (snapshot) => {
        wreck(snapshot)
        return { changes: { events: [draft('x')] }, result: 1 }
      })
      expect(added).toBe(1)
      const { lastEvent, ...after } = await store.read(all)
      expect({ ...after, lastEvent: (await store.listEvents())[0] }).toStrictEqual(expected)
      expect(lastEvent).toMatchObject({ seq: 2, prevHash: expected.lastEvent?.hash })
    })
  })
}
