/** What goes wrong, and what the page says then. */
import type { Page } from '@playwright/test'
import { expect, inState, openReady, side, storedRecords, test } from './page.ts'

/** An uncaught exception in the engine's worker, as a fault in the runtime would be. */
async function crashWorker(page: Page): Promise<void> {
  const worker = page.workers().find((found) => found.url().includes('worker'))
  if (worker === undefined) throw new Error('the page has no worker')
  await worker.evaluate(() => {
    setTimeout(() => {
      throw new Error('the runtime fell over')
    }, 0)
  })
}

test('a damaged model is refused by name and leaves nothing behind', async ({ page, site }) => {
  site.spoil(/\.onnx$/, (bytes) => {
    const changed = Buffer.from(bytes)
    changed[Math.floor(changed.length / 2)]! ^= 1
    return changed
  })

  await page.goto(site.url)
  await inState(page, 'failed')

  await expect(page.getByTestId('failure')).toContainText('The model file is damaged')
  await expect(page.getByTestId('failure-message')).toContainText('sha256')
  const records = await storedRecords(page)
  const small = site.requests(/scaler\.json$|golden\.f32$/).length
  expect(records['blobs'] ?? 0, 'no model is stored; its sound small files may be').toBeLessThanOrEqual(small)
  expect(records['chunks'] ?? 0).toBeLessThanOrEqual(small)

  site.mend()
  await page.getByTestId('action-retry').click()
  await inState(page, 'ready')
  await expect(side(page)).toBeVisible()
})

test('a model that ends too early is refused', async ({ page, site }) => {
  site.spoil(/\.onnx$/, (bytes) => bytes.subarray(0, bytes.length - 1000))

  await page.goto(site.url)
  await inState(page, 'failed')

  await expect(page.getByTestId('failure')).toBeVisible()
  await expect(page.getByTestId('failure-message')).toContainText('.onnx')
  expect((await storedRecords(page))['blobs'] ?? 0, 'its small files').toBeLessThanOrEqual(2)
})

test('a manifest that is missing is named with its status', async ({ page }) => {
  await page.goto('./?manifest=models/nowhere.json')
  await inState(page, 'failed')

  await expect(page.getByTestId('failure')).toContainText('The model could not be fetched')
  await expect(page.getByTestId('failure-message')).toContainText('models/nowhere.json')
  await expect(page.getByTestId('failure-message')).toContainText('404')
})

test('a browser without WebGPU says so and goes on with WebAssembly', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })
  })
  await openReady(page, './?backend=webgpu')

  await expect(page.getByTestId('backend')).toHaveText('WebAssembly')
  await expect(page.getByTestId('tried')).toContainText('WebGPU')
  await expect(side(page)).toBeVisible()
})

test('a worker that dies is replaced and told, and after too many the user starts it again where it was', async ({
  page,
  faults,
}) => {
  await openReady(page)
  for (const times of [1, 2, 3]) {
    await crashWorker(page)
    await expect(page.getByTestId('status')).toContainText(`started again by itself (${times})`)
    await expect(page.getByTestId('status')).toContainText('the runtime fell over')
    await inState(page, 'ready')
  }
  // So often in so short a time that it is left to the user.
  await crashWorker(page)
  await page.getByTestId('play').click()
  await inState(page, 'failed')
  await expect(page.getByTestId('failure')).toContainText('The engine stopped')
  await expect(page.getByTestId('failure-message')).toContainText('the runtime fell over')

  await page.getByTestId('action-restart').click()
  await inState(page, 'ready')

  await expect(page.getByTestId('failure')).toBeHidden()
  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  faults.length = 0
})

test('loading can be cancelled and started again', async ({ page, site }) => {
  await page.goto(site.url, { waitUntil: 'commit' })
  await page.getByTestId('cancel').click()
  await inState(page, 'cancelled')
  await expect(page.getByTestId('failure')).toContainText('Loading was cancelled')

  await page.getByTestId('action-retry').click()

  await inState(page, 'ready')
  await expect(side(page)).toBeVisible()
})

test('an address with values that make no sense is not obeyed in silence', async ({ page }) => {
  await openReady(page, './?seed=seven&strategy=reckless')

  await expect(page.getByTestId('failure-message')).toContainText('seed=seven is not a whole number')
  await expect(page.getByTestId('failure-message')).toContainText('strategy=reckless is not one of')
  await expect(page.getByTestId('data-source')).toContainText('seed 7')
})

test('a device without room for the model still gives a signal, and says that it is not kept', async ({
  page,
  context,
  site,
}) => {
  const devtools = await context.newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 2_000_000 })

  await openReady(page, site.url)

  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  await expect(page.getByTestId('origin')).toContainText('the network')
  await expect(page.getByTestId('origin')).toContainText('not kept')
  await expect(page.getByTestId('offline-ready')).toHaveText('Not yet offline')
})
