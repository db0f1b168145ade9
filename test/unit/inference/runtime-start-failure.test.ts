/** A file of its own: a runtime that failed to start stays dead for its thread. */
import { expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { contract, network } from './models.ts'

it('names the runtime, not the model, when its own code cannot be fetched', async () => {
  const backend = wasmBackend({ wasmUrl: new URL('./missing.wasm', import.meta.url).href })
  // Beside a download nobody waits for the start: it must not fail by itself.
  await expect(backend.start()).resolves.toBeUndefined()

  for (let attempt = 0; attempt < 2; attempt += 1) {
    const error: unknown = await ModelSession.open({ contract, model: network, backends: [backend] }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isCandlewickError(error, 'backend/unavailable') && error.details.tried).toEqual([
      { backend: 'wasm', reason: expect.stringMatching(/no available backend found.*fresh worker/s) as unknown },
    ])
  }
})
