import { describe, expect, it } from 'vitest'

import type { Changes, RegistryStore } from '../../src/registry/store.ts'
import {
  all,
  blob,
  channel,
  draft,
  everything,
  freshName,
  hash,
  manifest,
  meta,
  model,
  type OpenStore,
  pattern,
  putBytes,
  tombstone,
  twin,
  write,
} from './store-fixtures.ts'

/** What every store must keep of changes: each happens whole or not at all, whoever else writes. */
export function updatesContract(openStore: OpenStore): void {
  describe('an update', () => {
    it('shows what is stored, writes what is decided and returns the result', async () => {
      const store = await openStore()
      await write(store, everything)
      const seen = await store.update(all, (snapshot) => ({ changes: {}, result: snapshot }))
      expect(seen).toStrictEqual(await store.read(all))
    })

    it('replaces rows of the same key', async () => {
      const store = await openStore()
      await write(store, everything)
      const next = model('a', '1.0.0', { status: 'archived', revision: 2, metadata: { modelType: 'lstm' } })
      await write(store, { models: [next], channels: [channel('a', { epoch: 5 })], blobs: [blob(hash('a'), 11)] })
      const { families, blobs } = await store.read(all)
      expect(families.get('a')?.models).toStrictEqual(
        new Map([
          ['1.0.0', next],
          ['1.1.0', model('a', '1.1.0')],
        ]),
      )
      expect(families.get('a')?.channel.epoch).toBe(5)
      expect(blobs.get(hash('a'))?.size).toBe(11)
    })

    it('puts a tombstone in the place of a model', async () => {
      const store = await openStore()
      await write(store, everything)
      await write(store, { tombstones: [tombstone('a', '1.0.0')] })
      const family = (await store.read(all)).families.get('a')
      expect([...(family?.models.keys() ?? [])]).toEqual(['1.1.0'])
      expect([...(family?.tombstones.keys() ?? [])]).toEqual(['0.1.0', '1.0.0'])
    })

    it('writes nothing where the decision throws, and throws it untouched', async () => {
      const store = await openStore()
      await write(store, everything)
      await putBytes(store, hash('b'), pattern(25), 10)
      const before = await store.read(all)
      const refusal = new Error('no')
      const decided = store.update(all, () => {
        throw refusal
      })
      await expect(decided).rejects.toBe(refusal)
      expect(await store.read(all)).toStrictEqual(before)
      expect(await store.getBytes(hash('b'))).toEqual(pattern(25))
      await write(store, { meta: { ...meta, lastSeenAt: 2 } })
      expect((await store.read({})).meta?.lastSeenAt).toBe(2)
    })

    it.each<[string, Changes, string]>([
      [
        'an id is taken by another name',
        { models: [model('b', '1.0.0', { id: 'a_v1.0.0' })] },
        'an id that no other version has',
      ],
      [
        'an id is taken by another version',
        { models: [model('a', '2.0.0', { id: 'a_v1.1.0' })] },
        'an id that no other version has',
      ],
      [
        'two versions come with one id',
        { models: [model('b', '1', { id: 'x' }), model('c', '1', { id: 'x' })] },
        '"x"',
      ],
      ['a figure is not one', { manifests: [{ ...manifest('z'), issuedAt: Number.NaN }] }, 'found NaN'],
      [
        'a line of the log cannot be kept',
        { events: [{ ...draft('x'), data: { f: () => 1 } }] },
        'found [object Function]',
      ],
      [
        'a log would be written over another',
        { log: [{ ...draft('x'), seq: 1, prevHash: '', hash: '' }] },
        'another log',
      ],
    ])('writes nothing at all where %s', async (_, bad, reason) => {
      const store = await openStore()
      await write(store, everything)
      await putBytes(store, hash('b'), pattern(25), 10)
      const before = await store.read(all)
      const good: Changes = {
        models: [model('n', '1.0.0')],
        tombstones: [tombstone('a', '1.1.0')],
        channels: [channel('n')],
        blobs: [blob(hash('e'), 1)],
        droppedBlobs: [hash('b')],
        manifests: [manifest('n')],
        meta: { ...meta, lastSeenAt: 2 },
        events: [draft('x')],
      }
      const merged = { ...good, ...bad, models: [...(good.models ?? []), ...(bad.models ?? [])] }
      await expect(write(store, merged)).rejects.toThrow(reason)
      expect(await store.read(all)).toStrictEqual(before)
      expect(await store.getBytes(hash('b'))).toEqual(pattern(25))
    })

    it('lets a version keep its id, and another take one that is free again', async () => {
      const store = await openStore()
      await write(store, { models: [model('a', '1', { id: 'x' })] })
      await write(store, { models: [model('a', '1', { id: 'x', revision: 2 })] })
      await write(store, { models: [model('a', '1', { id: 'y' }), model('b', '1', { id: 'x' })] })
      await write(store, { tombstones: [tombstone('a', '1')] })
      await write(store, { models: [model('c', '1', { id: 'y' })] })
      const { families } = await store.read(all)
      expect(['b', 'c'].map((name) => families.get(name)?.models.get('1')?.id)).toEqual(['x', 'y'])
    })

    it('loses none of two hundred changes that two connections make to one row', async () => {
      const database = freshName()
      const left = await openStore(database)
      const right = await twin(left, openStore, database)
      const count = async (store: RegistryStore): Promise<void> => {
        for (let i = 0; i < 100; i++)
          await store.update({ families: ['a'] }, ({ families }) => {
            const { epoch } = families.get('a')!.channel
            return { changes: { channels: [channel('a', { epoch: epoch + 1 })] }, result: undefined }
          })
      }
      await write(left, { channels: [channel('a', { epoch: 0 })] })
      await Promise.all([count(left), count(right)])
      expect((await left.read({ families: ['a'] })).families.get('a')?.channel.epoch).toBe(200)
    })

    it('empties everything but bytes where it is told to clear, before it writes', async () => {
      const store = await openStore()
      await write(store, everything)
      await putBytes(store, hash('b'), pattern(25), 10)
      const { blobs } = await store.read(all)
      await write(store, { clear: true, models: [model('b', '1.0.0', { id: 'a_v1.0.0' })] })
      const after = await store.read(all)
      expect([...after.families.keys()]).toEqual(['b'])
      expect(after).toMatchObject({ manifests: new Map(), meta: undefined, lastEvent: undefined })
      expect(after.blobs).toEqual(blobs)
      expect(await store.getBytes(hash('b'))).toEqual(pattern(25))
    })
  })
}
