/** The models panel: versions, promotion, the way back, the log, backups. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { expect, inState, openReady, probabilities, readyForOffline, test } from './page.ts'

/** The row of a version, by the number in front of its build. */
const row = (page: Page, version: string): Locator =>
  page.locator(`[data-testid^="version-patchtst-btc-eth-15m_v${version}"]`)

const button = (page: Page, name: string): Locator => page.getByTestId('models').getByRole('button', { name })

const said = (page: Page): Locator => page.getByTestId('models-status')

/** Waits until the panel has been opened and nothing is under way in it. */
async function panelReady(page: Page): Promise<void> {
  await expect(page.getByTestId('models')).toHaveAttribute('aria-busy', 'false')
}

async function install(page: Page, version: string): Promise<void> {
  await button(page, `Install patchtst-btc-eth-15m ${version}`).click()
  await expect(said(page)).toContainText(`${version} is installed`)
}

async function promote(page: Page, version: string): Promise<void> {
  await button(page, `Promote patchtst-btc-eth-15m ${version}`).click()
  await page.getByTestId('confirm-yes').click()
  await expect(said(page)).toHaveText(`patchtst-btc-eth-15m ${version} is in production.`)
  await expect(page.getByTestId('epoch')).toContainText('in production')
  await inState(page, 'ready')
  await panelReady(page)
}

test('shows the versions of the manifest, where each stands, and what it consists of', async ({ page }) => {
  await openReady(page)
  await panelReady(page)

  await expect(page.getByTestId('serving')).toContainText('No version of patchtst-btc-eth-15m is in production yet')
  await expect(page.getByTestId('serving')).toContainText('The engine runs patchtst-btc-eth-15m 1.0.0+fp16')
  await expect(page.getByTestId('manifest-source')).toHaveText(/^Manifest \d+ · signed and verified$/)
  await expect(page.getByTestId('epoch')).toHaveText('nothing was promoted yet')
  const [first, second] = [row(page, '1.0.0+fp16'), row(page, '1.0.0+int8')]
  await expect(first).toContainText('On this device')
  await expect(first).toContainText('the engine runs it')
  await expect(first).toContainText('3.1 MB')
  await expect(second).toContainText('Not installed')
  await expect(second).toContainText('1.6 MB')
  for (const version of [first, second]) {
    await expect(version).toContainText('Registered')
    await expect(version).toContainText('A research sample')
    await expect(version.locator('.hash')).toHaveAttribute('title', /^[0-9a-f]{64}$/)
  }
  await expect(page.getByTestId('stored')).toHaveText('3.2 MB in 3 files')
  await expect(page.getByTestId('event').first()).toBeVisible()
  await expect(page.getByTestId('log')).toContainText('1.0.0+int8 was registered')
})

test('a version is installed and promoted, and the page serves it from then on', async ({ page, site }) => {
  await openReady(page, site.url)
  await panelReady(page)
  const before = await probabilities(page)

  await install(page, '1.0.0+int8')
  await expect(row(page, '1.0.0+int8')).toContainText('On this device')
  await promote(page, '1.0.0+int8')

  await expect(page.getByTestId('model')).toContainText('1.0.0+int8')
  await expect(page.getByTestId('epoch')).toHaveText('in production, epoch 1')
  await expect(page.getByTestId('serving')).toHaveText(
    'patchtst-btc-eth-15m 1.0.0+int8 is in production, epoch 1. The engine runs patchtst-btc-eth-15m 1.0.0+int8.',
  )
  await expect(row(page, '1.0.0+int8')).toContainText('In production')
  expect(await probabilities(page), 'another model says something else').not.toEqual(before)
  await expect(page.getByTestId('log')).toContainText('Production moved from nothing to 1.0.0+int8, epoch 1')

  site.forget()
  await page.reload()
  await inState(page, 'ready')
  await expect(page.getByTestId('model'), 'also on the next visit').toContainText('1.0.0+int8')
  expect(site.requests(/\.onnx$/)).toEqual([])
})

test('goes back without a network, keeps the failed version out of service, and lets it in again', async ({
  page,
  context,
  browserName,
  site,
}) => {
  await openReady(page, site.url)
  await readyForOffline(page)
  await panelReady(page)
  const first = await probabilities(page)
  await promote(page, '1.0.0+fp16')
  await install(page, '1.0.0+int8')
  await promote(page, '1.0.0+int8')
  // Firefox that knows of being offline refuses what workers ask for, before a service worker can answer.
  if (browserName !== 'firefox') await context.setOffline(true)
  await site.stop()

  await button(page, 'Roll back patchtst-btc-eth-15m 1.0.0+int8').click()
  await expect(said(page)).toContainText('1.0.0+fp16 is in production again')
  await expect(page.getByTestId('epoch')).toHaveText('in production, epoch 3')
  await inState(page, 'ready')
  await expect(page.getByTestId('model')).toContainText('1.0.0+fp16')
  expect(await probabilities(page)).toEqual(first)
  await expect(row(page, '1.0.0+int8')).toContainText('held back: rolled back by hand')
  await expect(button(page, 'Promote patchtst-btc-eth-15m 1.0.0+int8')).toHaveCount(0)

  await button(page, 'Release patchtst-btc-eth-15m 1.0.0+int8').click()
  await promote(page, '1.0.0+int8')
  await expect(page.getByTestId('epoch')).toHaveText('in production, epoch 4')
  await expect(page.getByTestId('model')).toContainText('1.0.0+int8')

  await page.reload()
  await inState(page, 'ready')
  await panelReady(page)
  await expect(page.getByTestId('models-warnings')).toContainText('The manifest of an earlier visit is in force')
  await expect(page.getByTestId('model')).toContainText('1.0.0+int8')
})

test('asks before it promotes what nobody measured, and takes no for an answer', async ({ page }) => {
  await openReady(page)
  await panelReady(page)
  await promote(page, '1.0.0+fp16')
  await install(page, '1.0.0+int8')

  await button(page, 'Promote patchtst-btc-eth-15m 1.0.0+int8').click()
  const dialog = page.getByTestId('confirm')
  await expect(dialog).toContainText('It is no candidate')
  await expect(dialog.getByRole('listitem')).toHaveCount(7)
  await page.keyboard.press('Escape')

  await expect(dialog).toBeHidden()
  await panelReady(page)
  await expect(row(page, '1.0.0+fp16')).toContainText('In production')
  await expect(button(page, 'Promote patchtst-btc-eth-15m 1.0.0+int8')).toBeFocused()
})

test('a damaged file is refused, and what serves goes on', async ({ page, site }) => {
  await openReady(page, site.url)
  await panelReady(page)
  site.spoil(/\.onnx$/, (bytes) => Buffer.from(bytes).fill(7, 5000, 5001))

  await button(page, 'Install patchtst-btc-eth-15m 1.0.0+int8').click()
  await expect(page.getByTestId('models-problem')).toContainText('sha256')
  await expect(row(page, '1.0.0+int8')).toContainText('Not installed')

  site.mend()
  await panelReady(page)
  await install(page, '1.0.0+int8')
  await expect(page.getByTestId('models-problem')).toBeHidden()
})

test('versions are archived, brought back and deleted', async ({ page }) => {
  await openReady(page)
  await panelReady(page)

  await button(page, 'Archive patchtst-btc-eth-15m 1.0.0+int8').click()
  await expect(row(page, '1.0.0+int8')).toContainText('Archived')
  await button(page, 'Bring back patchtst-btc-eth-15m 1.0.0+int8').click()
  await expect(row(page, '1.0.0+int8')).toContainText('Registered')
  await button(page, 'Delete patchtst-btc-eth-15m 1.0.0+int8').click()
  await expect(page.getByTestId('confirm')).toContainText('never used again')
  await page.getByTestId('confirm-yes').click()

  await expect(said(page)).toHaveText('patchtst-btc-eth-15m 1.0.0+int8 was deleted.')
  await expect(row(page, '1.0.0+int8')).toHaveCount(0)
  await expect(page.getByTestId('log')).toContainText('1.0.0+int8 was deleted')
})

/** Makes a backup, and leaves it where the test finds it. */
async function takeBackup(page: Page, path: string): Promise<void> {
  const downloading = page.waitForEvent('download')
  await page.getByTestId('backup').click()
  await (await downloading).saveAs(path)
  await expect(said(page)).toHaveText(/^A backup of [\d.]+ MB was made\.$/)
  await panelReady(page)
}

test.describe('a backup', () => {
  test.skip(({ browserName }) => browserName === 'firefox', 'the driver of Firefox tells of no downloads')

  test('is a file that changes nothing here, and is refused once a bit of it has changed', async ({ page }, info) => {
    await openReady(page)
    await panelReady(page)
    const path = info.outputPath('models.backup')
    await takeBackup(page, path)
    const bytes = await readFile(path)
    expect(bytes.byteLength).toBeGreaterThan(3_200_000)

    await page.getByTestId('restore').setInputFiles(path)
    await expect(said(page)).toContainText('Nothing would change')
    await panelReady(page)

    bytes[bytes.byteLength - 1_000_000]! ^= 1
    await writeFile(path, bytes)
    await page.getByTestId('restore').setInputFiles(path)
    await expect(page.getByTestId('models-problem')).toContainText('The backup cannot be used')
  })

  test('brings everything back elsewhere', async ({ page, browser, site }, info) => {
    await openReady(page, site.url)
    await panelReady(page)
    await install(page, '1.0.0+int8')
    await promote(page, '1.0.0+int8')
    const path = info.outputPath('models.backup')
    await takeBackup(page, path)

    const elsewhere = await browser.newContext()
    const other = await elsewhere.newPage()
    await openReady(other, site.url)
    await panelReady(other)
    await other.getByTestId('restore-mode').selectOption('replace')
    await other.getByTestId('restore').setInputFiles(path)
    await expect(other.getByTestId('confirm')).toContainText('1.0.0+int8 goes into production')
    await other.getByTestId('confirm-yes').click()
    await expect(said(other)).toHaveText('The backup was taken over.')
    await expect(other.getByTestId('epoch')).toContainText('in production')
    await expect(other.getByTestId('model')).toContainText('1.0.0+int8')
    await elsewhere.close()
  })
})

test('another tab follows when production moves', async ({ page, context, site }) => {
  await openReady(page, site.url)
  await panelReady(page)
  const other = await context.newPage()
  await openReady(other, site.url)
  await panelReady(other)

  await promote(page, '1.0.0+fp16')

  await expect(other.getByTestId('epoch')).toHaveText('in production, epoch 1')
  await expect(row(other, '1.0.0+fp16')).toContainText('In production')
})

for (const { name, width, height } of [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'phone', width: 390, height: 844 },
  { name: 'narrow', width: 360, height: 740 },
])
  test(`the panel fits a ${name} screen of ${width} px in both themes`, async ({ page }) => {
    await page.setViewportSize({ width, height })
    await openReady(page)
    await panelReady(page)
    await promote(page, '1.0.0+fp16')
    await install(page, '1.0.0+int8')
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow, 'no horizontal scrolling').toBeLessThanOrEqual(0)

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.getByTestId('models').screenshot({ path: `test-results/screens/models-${name}-${colorScheme}.png` })
      await button(page, 'Promote patchtst-btc-eth-15m 1.0.0+int8').click()
      await expect(page.getByTestId('confirm')).toBeVisible()
      await page.screenshot({ path: `test-results/screens/models-${name}-${colorScheme}-dialog.png` })
      await page.keyboard.press('Escape')
      await panelReady(page)
    }
  })
