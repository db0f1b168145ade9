import { describe, expect, it } from 'vitest'

import { appendEvent, verifyChain } from '../../src/registry/event-chain.ts'
import type { RegistryEvent } from '../../src/registry/records.ts'
import type { EventQuery, RegistryStore } from '../../src/registry/store.ts'
import { draft, everything, freshName, meta, type OpenStore, twin, write } from './store-fixtures.ts'

const seqs = async (store: RegistryStore, query?: EventQuery): Promise<number[]> =>
  (await store.listEvents(query)).map((line) => line.seq)

/** What every store must keep of the log. */
export function logContract(openStore: OpenStore): void {
  describe('the log', () => {
    it('is empty at first', async () => {
      const store = await openStore()
      expect(await store.listEvents()).toEqual([])
      expect(await store.listEvents({ name: 'a', last: 5 })).toEqual([])
    })

    it('numbers and chains lines, whoever writes them', async () => {
      const database = freshName()
      const left = await openStore(database)
      const right = await twin(left, openStore, database)
      const writers = Array.from({ length: 30 }, (_, i) =>
        write(i % 2 === 0 ? left : right, { events: [draft(`${i}a`), draft(`${i}b`)] }),
      )
      await Promise.all(writers)
      const log = await right.listEvents()
      verifyChain(log)
      expect(log).toHaveLength(60)
      expect(await left.listEvents()).toEqual(log)
      expect((await left.read({})).lastEvent).toStrictEqual(log.at(-1))
      expect(log.filter((_, i) => i % 2 === 0).map((line) => line.type.replace('a', 'b'))).toEqual(
        log.filter((_, i) => i % 2 === 1).map((line) => line.type),
      )
    })

    it('gives the part that is asked for, oldest first', async () => {
      const store = await openStore()
      const names = ['a', 'b', undefined, 'a', 'ab', 'a', 'b']
      await write(store, { events: names.map((name) => draft('x', name)) })
      expect(await seqs(store)).toEqual([1, 2, 3, 4, 5, 6, 7])
      expect(await seqs(store, {})).toEqual([1, 2, 3, 4, 5, 6, 7])
      expect(await seqs(store, { after: 5 })).toEqual([6, 7])
      expect(await seqs(store, { after: 7 })).toEqual([])
      expect(await seqs(store, { name: 'a' })).toEqual([1, 4, 6])
      expect(await seqs(store, { name: 'a', after: 1 })).toEqual([4, 6])
      expect(await seqs(store, { name: 'c' })).toEqual([])
      expect(await seqs(store, { last: 2 })).toEqual([6, 7])
      expect(await seqs(store, { last: 0 })).toEqual([])
      expect(await seqs(store, { last: 99 })).toEqual([1, 2, 3, 4, 5, 6, 7])
      expect(await seqs(store, { name: 'a', last: 2 })).toEqual([4, 6])
      expect(await seqs(store, { name: 'a', last: 2, after: 4 })).toEqual([6])
      expect(await seqs(store, { after: 5, last: 9 })).toEqual([6, 7])
    })

    it('is taken over as it is by a cleared store, and goes on behind its last line', async () => {
      const [source, target] = [await openStore(), await openStore()]
      for (const type of ['x', 'y', 'z']) await write(source, { events: [draft(type, 'a')] })
      await write(target, everything)
      const log = await source.listEvents()
      await write(target, { clear: true, meta, log, events: [draft('restored')] })
      await write(target, { events: [draft('later')] })
      const taken: RegistryEvent[] = await target.listEvents()
      expect(taken.slice(0, 3)).toStrictEqual(log)
      expect(taken.slice(3)).toStrictEqual([
        appendEvent(log[2], draft('restored')),
        appendEvent(taken[3], draft('later')),
      ])
      verifyChain(taken)
    })

    it('begins anew behind a clearing', async () => {
      const store = await openStore()
      await write(store, { events: [draft('x'), draft('y')] })
      await write(store, { clear: true, events: [draft('z')] })
      expect(await store.listEvents()).toStrictEqual([appendEvent(undefined, draft('z'))])
    })
  })
}
