import { createSignalEngine } from 'candlewick'
import { readCsv } from 'candlewick/feeds'
import { expect, inject, it } from 'vitest'

it('runs the model on WebGPU and agrees with WASM', async () => {
  const { csv, symbol } = inject('simulated')
  const [series] = readCsv(csv, { symbol })
  const manifest = '/models/manifest.json'
  const [gpu, cpu] = [
    await createSignalEngine({ manifest, backends: ['webgpu'] }),
    await createSignalEngine({ manifest, backends: ['wasm'] }),
  ]
  expect(gpu.info).toMatchObject({ backend: 'webgpu', tried: [] })

  const [byGpu, byCpu] = [await gpu.replay(series!, { last: 8 }), await cpu.replay(series!, { last: 8 })]
  byGpu.forEach((signal, i) => {
    for (const [horizon, probabilities] of Object.entries(signal.probabilities)) {
      expect(Math.abs(signal.returns[horizon]! - byCpu[i]!.returns[horizon]!)).toBeLessThanOrEqual(1e-3)
      for (const side of ['LONG', 'SHORT', 'NEUTRAL'] as const)
        expect(Math.abs(probabilities[side] - byCpu[i]!.probabilities[horizon]![side])).toBeLessThanOrEqual(1e-3)
    }
  })
  await Promise.all([gpu.close(), cpu.close()])
})
