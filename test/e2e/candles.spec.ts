/** Candles: files of the user, and the simulated market. */
import { gzipSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import { SimulatedMarket } from 'candlewick/feeds'
import { expect, inState, openReady, side, test } from './page.ts'

const head = 'timestamp,open,high,low,close,volume'

const lines = (seed: number, bars: number, symbol?: string): string[] =>
  new SimulatedMarket({ seed })
    .take(bars)
    .map(({ time, open, high, low, close, volume }) =>
      [time, open, high, low, close, volume, ...(symbol === undefined ? [] : [symbol])].join(','),
    )

const csv = (rows: readonly string[], header = head): Buffer => Buffer.from(`${[header, ...rows].join('\n')}\n`)

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'text/csv', buffer })

/** By key presses: in Firefox, Playwright's `fill` adds to what a number field has. */
async function typeSeed(page: Page, seed: string): Promise<void> {
  await page.getByTestId('seed').press('ControlOrMeta+a')
  await page.getByTestId('seed').pressSequentially(seed)
  await expect(page.getByTestId('seed')).toHaveValue(seed)
}

test.beforeEach(({ page }) => openReady(page))

test('a CSV file gives its bars and a signal', async ({ page }) => {
  await page.getByTestId('file').setInputFiles(file('history.csv', csv(lines(11, 1400))))

  await expect(page.getByTestId('data-source')).toHaveText('history.csv · 1,400 bars')
  await inState(page, 'ready')
  await expect(side(page)).toHaveText(/^(LONG|SHORT|NEUTRAL)$/)
  await expect(page.getByTestId('recent')).toContainText('of 500 bars looked at')
  await expect(page.getByTestId('play'), 'a file does not go on').toBeDisabled()
})

test('a packed CSV file is unpacked', async ({ page }) => {
  await page.getByTestId('file').setInputFiles(file('history.csv.gz', gzipSync(csv(lines(12, 1300)))))

  await expect(page.getByTestId('data-source')).toHaveText('history.csv.gz · 1,300 bars')
  await inState(page, 'ready')
})

test('a dropped file is read like a chosen one', async ({ page }) => {
  const text = csv(lines(13, 1250)).toString()
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer()
    data.items.add(new File([content], 'dropped.csv', { type: 'text/csv' }))
    return data
  }, text)
  await page.getByTestId('drop').dispatchEvent('drop', { dataTransfer: transfer })

  await expect(page.getByTestId('data-source')).toHaveText('dropped.csv · 1,250 bars')
  await inState(page, 'ready')
})

test('a mistake in a CSV file is named by its line and column', async ({ page }) => {
  const rows = lines(11, 1400)
  rows[40] = rows[40]!.replace(/^(\d+),[^,]+/, '$1,4o000')
  await page.getByTestId('file').setInputFiles(file('broken.csv', csv(rows)))

  await inState(page, 'failed')
  await expect(page.getByTestId('failure')).toContainText('The CSV file has a mistake')
  await expect(page.getByTestId('failure-message')).toContainText('Line 42, column "open": "4o000"')
  await expect(page.getByTestId('data-source'), 'the old market stays').toContainText('Simulated market')

  await page.getByTestId('action-simulate').click()
  await inState(page, 'ready')
  await expect(page.getByTestId('failure')).toBeHidden()
})

test('missing bars are named, and filled when the user says so', async ({ page }) => {
  const rows = lines(11, 1400).filter((_, i) => i !== 700 && i !== 701)
  await page.getByTestId('file').setInputFiles(file('gap.csv', csv(rows)))

  await inState(page, 'failed')
  await expect(page.getByTestId('failure-message')).toContainText('2 candle(s) are missing')
  await page.getByTestId('action-fill-gaps').click()

  await expect(page.getByTestId('data-source')).toHaveText('gap.csv · 1,400 bars, 2 of them filled')
  await inState(page, 'ready')
})

test('a file with several symbols lets the user choose', async ({ page }) => {
  const rows = [...lines(21, 1300, 'AAA'), ...lines(22, 1200, 'BBB')]
  await page.getByTestId('file').setInputFiles(file('two.csv', csv(rows, `${head},symbol`)))
  await expect(page.getByTestId('market-title')).toHaveText('AAA · 15m')
  await inState(page, 'ready')

  await page.getByTestId('symbol').selectOption('BBB')

  await expect(page.getByTestId('market-title')).toHaveText('BBB · 15m')
  await expect(page.getByTestId('data-source')).toHaveText('two.csv · 1,200 bars')
  await inState(page, 'ready')
})

test('a history that is too short says how many candles are needed', async ({ page }) => {
  await page.getByTestId('file').setInputFiles(file('short.csv', csv(lines(11, 50))))

  await inState(page, 'failed')
  await expect(page.getByTestId('failure-message')).toContainText(/has 50 closed candles and needs \d+/)
})

test('candles of another length are refused with both lengths', async ({ page }) => {
  const hourly = new SimulatedMarket({ seed: 5, timeframe: '1h' })
    .take(1300)
    .map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume].join(','))
  await page.getByTestId('file').setInputFiles(file('hourly.csv', csv(hourly)))

  await inState(page, 'failed')
  await expect(page.getByTestId('failure-message')).toHaveText('The file has 1h candles; this model reads 15m candles.')
})

test('a file that is no text is refused', async ({ page }) => {
  await page.getByTestId('file').setInputFiles(file('picture.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe])))

  await inState(page, 'failed')
  await expect(page.getByTestId('failure-message')).toHaveText('"picture.csv" is not text in UTF-8.')
})

test('a playing market adds candles and signals until it is paused', async ({ page }) => {
  await page.getByTestId('play').click()
  await expect(page.getByTestId('data-source')).toContainText('1,502 bars')
  await expect(page.getByTestId('recent')).toContainText('of 302 bars looked at')

  await page.getByTestId('play').click()

  await expect(page.getByTestId('play')).toHaveText('Play')
  const paused = await page.getByTestId('data-source').textContent()
  await page.waitForTimeout(1500)
  await expect(page.getByTestId('data-source')).toHaveText(paused ?? '')
})

test('the same seed gives the same market and another seed another one', async ({ page }) => {
  const quote = page.getByTestId('quote')
  const first = (await quote.textContent()) ?? ''

  await typeSeed(page, '8')
  await page.getByTestId('simulate').click()
  await expect(page.getByTestId('data-source')).toContainText('seed 8')
  await inState(page, 'ready')
  await expect(quote).not.toHaveText(first)

  await typeSeed(page, '7')
  await page.getByTestId('simulate').click()
  await expect(page.getByTestId('data-source')).toContainText('seed 7')
  await inState(page, 'ready')
  await expect(quote).toHaveText(first)
})

test('a signal that is held back names each rule with its value and threshold', async ({ page }) => {
  await openReady(page, './?strategy=conservative')
  const rules = page.getByTestId('rules').getByRole('listitem')
  for (let seed = 1; seed <= 20 && (await rules.count()) === 0; seed++) {
    await typeSeed(page, String(seed))
    await page.getByTestId('simulate').click()
    await expect(page.getByTestId('data-source')).toContainText(`seed ${seed} `)
    await inState(page, 'ready')
  }

  await expect(side(page)).toHaveText('NEUTRAL')
  await expect(page.getByTestId('stop')).toHaveText('none')
  for (const text of await rules.allTextContents()) expect(text).toMatch(/\d|HIGH/)
})
