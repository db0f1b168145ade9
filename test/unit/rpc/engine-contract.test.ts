import { signalEngine } from '../../../src/engine/signal-engine.ts'
import { engineContract } from '../../contract/engine-contract.ts'
import { openRemote } from './in-thread-workers.ts'

engineContract('an engine in two workers', async () =>
  signalEngine((await openRemote({ options: { workers: 2 } })).engine, 'UNKNOWN'),
)
