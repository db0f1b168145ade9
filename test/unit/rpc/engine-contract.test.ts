import { signalEngine } from '../../../src/engine/signal-engine.ts'
import { engineContract } from '../../contract/engine-contract.ts'
import { switchContract } from '../../contract/switch-contract.ts'
import { openRemote } from './in-thread-workers.ts'

engineContract('an engine in two workers', async () =>
  signalEngine((await openRemote({ options: { workers: 2 } })).engine, 'UNKNOWN'),
)
switchContract(
  'an engine in two workers',
  async (model) => signalEngine((await openRemote({ options: { model, workers: 2 } })).engine, 'UNKNOWN'),
  ['tiny_v1.0.0', 'tiny_v2.0.0'],
)
