/** A file of its own: the runtime starts once per thread. */
import { expect, it } from 'vitest'

import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { contract, network, windows } from './models.ts'

it('starts before there is a model, once for all who ask, and a load then finds it running', async () => {
  const backend = wasmBackend()
  await Promise.all([backend.start(), backend.start(), wasmBackend().start()])
  const session = await ModelSession.open({ contract, model: network, backends: [backend] })

  expect(session.timings.runtimeMs).toBeLessThan(session.timings.loadMs)
  expect(await session.run(windows(1), 1)).toHaveLength(20)
  await session.release()
})
