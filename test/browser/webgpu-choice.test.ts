import { createSignalEngine } from 'candlewick'
import { expect, it } from 'vitest'

it('does not consider a graphics card that is only imitated in software', async () => {
  const engine = await createSignalEngine({ manifest: '/models/manifest.json', calibration: 'off' })
  const { choice } = await engine.calibrate()
  await engine.close()
  expect(choice).toMatchObject({ backend: 'wasm', how: 'only-candidate', measured: [] })
  expect(choice.reason).toContain('imitated in software')
})
