/** The model on the graphics card. */
import { expect, inState, openReady, probabilities, readyForOffline, side, test } from './page.ts'

/** Enough for the sample model's warm-up and a few signals: a rasteriser in software is slow. */
const bars = 520

test('WebGPU gives a signal whose probabilities agree with WebAssembly', async ({ page }) => {
  await openReady(page, `./?backend=webgpu&bars=${bars}`)
  await expect(page.getByTestId('backend')).toHaveText('WebGPU')
  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  const gpu = await probabilities(page)

  await openReady(page, `./?backend=wasm&bars=${bars}`)
  await expect(page.getByTestId('backend')).toHaveText('WebAssembly')
  const cpu = await probabilities(page)

  expect(gpu).toHaveLength(12)
  const differences = gpu.map((value, i) => Math.abs(value - cpu[i]!))
  expect(Math.max(...differences)).toBeLessThan(1e-3)
})

test('WebGPU works without a network once a visit has used it', async ({ page, context, site }) => {
  await openReady(page, `${site.url}?backend=webgpu&bars=${bars}`)
  await readyForOffline(page)
  await page.reload()
  await inState(page, 'ready')
  await context.setOffline(true)
  await site.stop()

  await page.reload()
  await inState(page, 'ready')

  await expect(page.getByTestId('backend')).toHaveText('WebGPU')
  await expect(page.getByTestId('origin')).toContainText('this device')
})
