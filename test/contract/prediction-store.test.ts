import * as fakeIndexedDb from 'fake-indexeddb'

import { openIndexedDbLogStore } from '../../src/monitor/stores/indexeddb.ts'
import { MemoryLogStore } from '../../src/monitor/stores/memory.ts'
import { predictionStoreContract } from './prediction-store-contract.ts'

Object.assign(globalThis, fakeIndexedDb)

predictionStoreContract('memory', async () => new MemoryLogStore())
predictionStoreContract('IndexedDB', (name) => openIndexedDbLogStore({ name }))
