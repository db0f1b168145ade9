/** A file of its own: how the runtime's code is found is decided once per thread. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { contract, network, windows } from './models.ts'

it('runs from bytes of its code that the host fetched itself', async () => {
  const bytes = readFileSync(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')))
  const wasmBinary = new Uint8Array(bytes).buffer
  const session = await ModelSession.open({ contract, model: network, backends: [wasmBackend({ wasmBinary })] })

  expect(await session.run(windows(1), 1)).toHaveLength(20)
  await session.release()
})
