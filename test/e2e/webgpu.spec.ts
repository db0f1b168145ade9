/** The model on the graphics card. */
import { expect, openReady, probabilities, side, test } from './page.ts'

test('WebGPU gives a signal whose probabilities agree with WebAssembly', async ({ page }) => {
  await openReady(page, './?backend=webgpu&bars=1200')
  await expect(page.getByTestId('backend')).toHaveText('WebGPU')
  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  const gpu = await probabilities(page)

  await openReady(page, './?backend=wasm&bars=1200')
  await expect(page.getByTestId('backend')).toHaveText('WebAssembly')
  const cpu = await probabilities(page)

  expect(gpu).toHaveLength(12)
  const differences = gpu.map((value, i) => Math.abs(value - cpu[i]!))
  expect(Math.max(...differences)).toBeLessThan(1e-3)
})
