/** What every store must keep. It runs in Node and in browsers alike, so it imports nothing of either. */
import { describe, expect, it } from 'vitest'

import type { RegistryStore } from '../../src/registry/store.ts'
import { bytesContract } from './bytes-contract.ts'
import { logContract } from './log-contract.ts'
import { recordsContract } from './records-contract.ts'
import { updatesContract } from './updates-contract.ts'
import { all, everything, freshName, hash, pattern, putBytes, storesOf, write } from './store-fixtures.ts'

/**
 * Declares the suite for one kind of store.
 *
 * @param open opens the store of a given name; the same name twice means the same data where the store outlives a page
 */
export function storeContract(name: string, open: (database: string) => Promise<RegistryStore>): void {
  describe(`${name} store`, () => {
    const openStore = storesOf(open)
    recordsContract(openStore)
    updatesContract(openStore)
    logContract(openStore)
    bytesContract(openStore)

    it('is empty or as it was left when it is opened again, by its kind', async () => {
      const database = freshName()
      const first = await openStore(database)
      await write(first, everything)
      await putBytes(first, hash('b'), pattern(25), 10)
      const before = await first.read(all)
      await first.close()
      const second = await openStore(database)
      const kept = second.kind !== 'memory'
      expect(await second.read(all)).toStrictEqual(kept ? before : await (await openStore()).read(all))
      expect(await second.getBytes(hash('b'))).toEqual(kept ? pattern(25) : undefined)
    })

    it('shows its writes to a second one of the same name, by its kind, and outlives it', async () => {
      const database = freshName()
      const [left, right] = [await openStore(database), await openStore(database)]
      await write(left, everything)
      expect((await right.read(all)).families.size).toBe(right.kind === 'memory' ? 0 : 1)
      await left.close()
      await write(right, everything)
      expect((await right.read(all)).families.size).toBe(1)
    })

    it('answers with an error after it was closed', async () => {
      const store = await openStore()
      await write(store, everything)
      await store.close()
      await store.close()
      const calls = [
        () => store.read(all),
        () => store.update(all, () => ({ changes: {}, result: 1 })),
        () => store.putChunk(hash('a'), 0, pattern(3)),
        () => store.getChunk(hash('a'), 0),
        () => store.getBytes(hash('a')),
        () => store.listEvents(),
      ]
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'store/unavailable' })
    })
  })
}
