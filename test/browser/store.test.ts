import { describe, expect, it } from 'vitest'

import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { indexedDbContract, openStore, watchConnections } from '../contract/indexeddb-contract.ts'
import { storeContract } from '../contract/store-contract.ts'
import { all, everything, freshName, write } from '../contract/store-fixtures.ts'

storeContract('IndexedDB', (name) => openIndexedDbStore({ name }))
storeContract('IndexedDB, bytes in files', async (name) => {
  const store = await openIndexedDbStore({ name, bytesIn: 'opfs' })
  expect(store).toMatchObject({ bytesIn: 'opfs', bytesProblem: undefined })
  return store
})
indexedDbContract()

describe('a page that is kept for going back', () => {
  it('holds no connection, and opens one again at the next call', async () => {
    const opened = watchConnections()
    const store = await openStore(freshName())
    await write(store, everything)
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    await expect.poll(() => isOpen(opened[0]!)).toBe(false)
    expect((await store.read(all)).families.size).toBe(1)
    expect(opened).toHaveLength(2)
  })
})

function isOpen(database: IDBDatabase): boolean {
  try {
    database.transaction('meta')
    return true
  } catch {
    return false
  }
}
