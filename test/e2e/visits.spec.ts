/** First visit, second visit, no network. */
import { expect, inState, openReady, probabilities, readyForOffline, side, storedRecords, test } from './page.ts'
import { folder } from './site.ts'

const modelFiles = /\.onnx$|scaler\.json$/

test('a first visit shows a signal and says that the model came from the network', async ({ page, site }) => {
  await openReady(page, site.url)

  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  await expect(page.getByTestId('origin')).toContainText('the network')
  await expect(page.getByTestId('origin')).toContainText('kept for the next visit')
  await expect(page.getByTestId('backend')).toHaveText('WebAssembly')
  await expect(page.getByTestId('data-source')).toContainText('Simulated market, seed 7')
  await expect(page.getByTestId('notice')).toContainText('A research sample')
  expect(site.requests(modelFiles), 'one model and one scaler').toHaveLength(2)
  const values = await probabilities(page)
  expect(values).toHaveLength(12)
  for (const value of values) expect(value).toBeGreaterThan(0)
  expect(
    values.reduce((sum, value) => sum + value, 0),
    'four horizons of probabilities',
  ).toBeCloseTo(4, 5)
})

test('a second visit asks the network for no model file and gives the same signal', async ({ page, site }) => {
  await openReady(page, site.url)
  const first = await probabilities(page)
  expect((await storedRecords(page))['blobs'], 'model, scaler and the input of its reference run').toBe(3)
  site.forget()

  await page.reload()
  await inState(page, 'ready')

  await expect(page.getByTestId('origin')).toContainText('this device')
  expect(site.requests(modelFiles)).toEqual([])
  expect(await probabilities(page)).toEqual(first)
})

test('a second visit works without a network', async ({ page, context, site }) => {
  await openReady(page, site.url)
  await readyForOffline(page)
  const first = await probabilities(page)
  await context.setOffline(true)
  await site.stop()

  await page.reload()
  await inState(page, 'ready')

  await expect(page.getByTestId('network')).toHaveText('Offline')
  await expect(page.getByTestId('origin')).toContainText('this device')
  expect(await probabilities(page)).toEqual(first)
})

test('a visit without a network and without a stored model says what is missing', async ({ page, context, site }) => {
  await openReady(page, site.url)
  await readyForOffline(page)
  await context.setOffline(true)
  await site.stop()

  await page.goto(`${site.url}?manifest=models/another/manifest.json`)
  await inState(page, 'failed')

  await expect(page.getByTestId('failure')).toContainText('You are offline and this device has no model yet')
  await expect(page.getByTestId('failure-message')).toContainText('models/another/manifest.json')
  await expect(page.getByTestId('action-retry')).toBeVisible()
})

test('works in a folder of a host, and asks for nothing outside of it', async ({ page, context, site }) => {
  const url = new URL(`.${folder}?seed=3&bars=1200`, site.url).href
  await openReady(page, url)
  await expect(page.getByTestId('data-source')).toContainText('Simulated market, seed 3 · 1,200 bars')
  await readyForOffline(page)
  expect(site.requests(/./).filter((path) => !path.startsWith(folder))).toEqual([])
  await context.setOffline(true)
  await site.stop()

  await page.reload()
  await inState(page, 'ready')

  await expect(page.getByTestId('data-source')).toContainText('seed 3')
})
