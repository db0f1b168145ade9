import { createSignalEngine } from 'candlewick'
import { expect, inject, it } from 'vitest'
import { publishTrained } from './publish-trained.ts'

it('trees run on the processor where the graphics card was asked for first, and it is said why', async () => {
  const manifest = publishTrained(inject('trained')[0]!)
  await using engine = await createSignalEngine({ manifest, store: 'memory', backends: ['webgpu', 'wasm'] })
  expect(engine.info.backend).toBe('wasm')
  expect(engine.info.tried).toEqual([
    { backend: 'webgpu', reason: expect.stringContaining('TreeEnsembleClassifier') as string },
  ])
})
