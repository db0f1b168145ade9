/** The page that follows real exchanges: ccxt's own adapters in the browser, against the formats of the exchanges. */
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { type Offer, offers } from '../../demo/src/exchange/offers.ts'
import { Exchanges } from './exchanges.ts'
import { expect, keepScreens, openReady, readyForOffline, test } from './page.ts'

/** Ten minutes before a close. */
const start = Date.UTC(2024, 5, 3, 12, 5)
const lastBar = Date.UTC(2024, 5, 3, 11, 45)
const toTheNextClose = 10 * 60_000 + 3000

const pairsOf = ({ symbols }: Offer): readonly string[] => symbols.slice(0, 2)

async function open(page: Page, offer: Offer, path = './'): Promise<void> {
  await page.goto(`${path}exchange.html?exchange=${offer.id}&symbols=${pairsOf(offer).join()}`)
  // Until then nobody can write into the controls, but a test can, and the page would set them anew.
  await expect(page.getByTestId('live')).not.toHaveAttribute('inert')
}

const begin = (page: Page): Promise<void> => page.getByTestId('live-start').click()

/** Waits until so many bars were decided. */
const decided = (page: Page, bars: number): Promise<void> =>
  expect(page.getByTestId('live-ok')).toHaveText(String(bars))

/** The newest signals are of the bar that truly came last. */
async function expectTrueSignals(page: Page, exchanges: Exchanges, offer: Offer, bar: number): Promise<void> {
  for (const pair of pairsOf(offer)) {
    const row = page.getByTestId(`signal-${offer.id}:${pair}`)
    await expect(row.locator('.of-side')).toContainText(/LONG|SHORT|NEUTRAL/)
    await expect(row.locator('.of-close')).toHaveText(exchanges.bar(pair.split('/')[0]!, bar).close.toFixed(2))
  }
}

const [coinbase] = offers
const binance = offers.find(({ id }) => id === 'binance')!

test('an exchange’s history gives signals at once, and each close gives more', async ({
  page,
  context,
  browserName,
}) => {
  const exchanges = await Exchanges.open(context, page, start)
  await open(page, coinbase)
  await begin(page)
  await decided(page, 2)
  await expectTrueSignals(page, exchanges, coinbase, lastBar)
  await expect(page.getByTestId('live-next')).toContainText('12:15 UTC, in')

  await exchanges.pass(page, toTheNextClose)
  await decided(page, 4)
  await expectTrueSignals(page, exchanges, coinbase, lastBar + 900_000)
  await exchanges.pass(page, 15_000)
  await expect(page.getByTestId('forming-coinbase:BTC/USD')).toContainText(/LONG|SHORT|NEUTRAL/)
  await page.getByTestId('live-stop').click()
  await expect(page.getByTestId('live-status')).toHaveText('Stopped.')

  await expect(page.getByTestId('log-count')).toHaveText('4 rows')
  const ids = await page.getByTestId('log-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')))
  for (const id of ids) expect(id).toMatch(/\|coinbase:(BTC|ETH)\/USD\|/)
  if (browserName !== 'chromium') return
  await keepScreens(page, 'exchange', [
    [1280, 800],
    [390, 844],
  ])
  const databases = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
  expect(databases, 'rows of simulated markets are elsewhere').not.toContain('candlewick-log')
})

test.describe('in Chromium', () => {
  test.skip(({ browserName }) => browserName !== 'chromium', 'the first test is the share of Firefox')

  for (const offer of offers.slice(1))
    test(`the adapter of ${offer.name} gives signals`, async ({ page, context }) => {
      const exchanges = await Exchanges.open(context, page, start)
      await open(page, offer)
      await begin(page)
      await decided(page, 2)
      await expectTrueSignals(page, exchanges, offer, lastBar)
      expect(exchanges.unusual, 'headers that a browser must ask leave for').toEqual([])
    })

  test('symbols that nobody can follow are told by name', async ({ page, context }) => {
    const exchanges = await Exchanges.open(context, page, start)
    await open(page, coinbase)
    await page.getByTestId('symbols').fill('BTC-USD, ETH/USD')
    await begin(page)
    await expect(page.getByTestId('live-problem')).toContainText('No symbol is written like "BTC-USD"')
    expect(exchanges.asked).toEqual([])

    await page.getByTestId('symbols').fill('btc/eur eth/usd')
    await begin(page)
    await expect(page.getByTestId('live-problem')).toContainText('Coinbase does not know BTC/EUR')
    await expect(page.getByTestId('live-problem')).toContainText('It has BTC/USD')
    await expect(page.getByTestId('live-start')).toBeEnabled()
  })

  test('an exchange that cannot be had is told with its remedy, and start tries again', async ({ page, context }) => {
    const exchanges = await Exchanges.open(context, page, start)
    const problem = page.getByTestId('live-problem')
    await open(page, coinbase)
    exchanges.refuses = () => 'no answer'
    await begin(page)
    await expect(problem).toContainText('Coinbase cannot be reached')
    await expect(problem).toContainText('(CORS); browsers do not say which')
    await expect(problem).toContainText('Choose another exchange, or follow the simulated market. Then press start.')

    exchanges.refuses = () => [503, '{"message":"Under maintenance"}']
    await begin(page)
    await expect(problem).toContainText('Coinbase does not serve now')
    await expect(problem).toContainText('“Under maintenance”')

    exchanges.refuses = () => [429, '{"message":"Slow rate limit exceeded"}']
    await begin(page)
    await expect(problem).toContainText('Too many requests for Coinbase')
    await expect(problem).toContainText('Wait a minute')

    exchanges.refuses = () => undefined
    await begin(page)
    await decided(page, 2)
    await expect(problem).toBeHidden()
  })

  test('a failure in the middle is told until it is over, and leaves one row for the bar', async ({
    page,
    context,
  }) => {
    const exchanges = await Exchanges.open(context, page, start)
    const trouble = page.getByTestId('live-trouble-note')
    await open(page, binance)
    await begin(page)
    await decided(page, 2)
    exchanges.refuses = ({ pathname }) =>
      pathname.endsWith('klines') ? [429, '{"code":-1003,"msg":"Wait."}'] : undefined
    await exchanges.pass(page, toTheNextClose)
    await expect(trouble).toContainText('Too many requests for Binance')
    await expect(trouble).toContainText('It is tried again by itself')
    await exchanges.pass(page, 100_000)
    await expect(page.getByTestId('live-errors')).not.toHaveText('0')

    exchanges.refuses = () => undefined
    await expect
      .poll(async () => {
        await exchanges.pass(page, 10_000)
        return page.getByTestId('live-ok').textContent()
      })
      .toBe('4')
    await expect(trouble).toBeHidden()
    await expectTrueSignals(page, exchanges, binance, lastBar + 900_000)
    await page.getByTestId('live-stop').click()
    await expect(page.getByTestId('log-count')).toHaveText('4 rows')
    await expect(page.getByTestId('live-warning'), 'no row came twice').toBeHidden()
  })

  test('stop ends requests that are under way', async ({ page, context }) => {
    const exchanges = await Exchanges.open(context, page, start)
    exchanges.refuses = ({ pathname }) => (pathname.endsWith('candles') ? 'silence' : undefined)
    await open(page, coinbase)
    await begin(page)
    await expect(page.getByTestId('live-work')).toContainText('Fetching bars')
    const underWay = (): number => exchanges.asked.filter(({ pathname }) => pathname.endsWith('candles')).length
    await expect.poll(underWay).toBeGreaterThanOrEqual(2)
    let ended = 0
    page.on('requestfailed', () => ended++)
    await page.getByTestId('live-stop').click()
    await expect.poll(() => ended).toBe(underWay())
    await expect(page.getByTestId('live-status')).toHaveText('Stopped.')
    await expect(page.getByTestId('live-work')).toBeHidden()
  })

  test('nothing of ccxt is fetched or kept before an exchange is started', async ({ page, context, site }) => {
    await openReady(page, site.url)
    await readyForOffline(page)
    await page.getByTestId('tab-live').click()
    await page.getByTestId('exchange-link').click()
    await expect(page.getByTestId('live-source')).toHaveText('Real market, paper money')
    expect(page.url()).toBe(`${site.url}exchange.html`)
    const kept = await page.evaluate(async () => {
      const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
      return (await Promise.all(opened.map((cache) => cache.keys()))).flat().map(({ url }) => new URL(url).pathname)
    })
    expect(kept).toContain('/exchange.html')
    expect(kept.filter((path) => path.includes('ccxt'))).toEqual([])
    expect(site.requests(/ccxt/)).toEqual([])

    await Exchanges.open(context, page, start)
    await open(page, coinbase, site.url)
    await begin(page)
    await decided(page, 2)
    expect(site.requests(/assets\/ccxt\/Exchange-/)).toHaveLength(1)
    expect(site.requests(/assets\/ccxt\/(kraken|binance|bitstamp)-/)).toEqual([])
  })
})

test('only the page of exchanges may connect to them, and to nobody else', async () => {
  const connects = async (page: string): Promise<string> => {
    const text = await readFile(new URL(`../../demo/dist/${page}`, import.meta.url), 'utf8')
    expect(text).not.toContain("'unsafe-eval'")
    return /connect-src ([^;]*);/.exec(text)![1]!
  }
  expect(await connects('index.html')).toBe("'self'")
  expect(await connects('exchange.html')).toBe(["'self'", ...offers.map(({ origin }) => origin)].join(' '))
})
