import 'fake-indexeddb/auto'

import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../src/registry/stores/memory.ts'
import { storeContract } from './store-contract.ts'

storeContract('memory', async () => new MemoryStore())
storeContract('IndexedDB', (name) => openIndexedDbStore({ name }))
