import * as fakeIndexedDb from 'fake-indexeddb'

import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../src/registry/stores/memory.ts'
import { storeContract } from './store-contract.ts'

Object.assign(globalThis, fakeIndexedDb)

storeContract('memory', async () => new MemoryStore())
storeContract('IndexedDB', (name) => openIndexedDbStore({ name }))
