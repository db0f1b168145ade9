import { openIndexedDbStore } from '../../src/registry/stores/indexeddb.ts'
import { formerPortContract } from '../contract/former-port-contract.ts'
import { indexedDbContract } from '../contract/indexeddb-contract.ts'
import { storeContract } from '../contract/store-contract.ts'

storeContract('IndexedDB', (name) => openIndexedDbStore({ name }))
formerPortContract('IndexedDB', (name) => openIndexedDbStore({ name }))
indexedDbContract()
