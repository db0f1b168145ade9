import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { storeContract } from '../contract/store-contract.ts'

storeContract('IndexedDB', (name) => openIndexedDbStore({ name }))
