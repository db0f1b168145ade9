/** A file of its own: a runtime that failed to start stays dead for its thread. */
import { expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { contract, network } from './models.ts'

it('names the runtime, not the model, when its own code cannot be fetched', async () => {
  const backend = wasmBackend({ wasmUrl: new URL('./missing.wasm', import.meta.url).href })

  for (let attempt = 0; attempt < 2; attempt += 1) {
    const error: unknown = await ModelSession.open({ contract, model: network, backends: [backend] }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isCandlewickError(error, 'backend/unavailable') && error.details.tried).toEqual([
      { backend: 'wasm', reason: expect.stringContaining('no available backend found') as unknown },
    ])
  }
})
