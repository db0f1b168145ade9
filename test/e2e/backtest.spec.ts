/** The backtest of the page: its figures, its files, and the ways out of it. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CandleSeries, createSignalEngine } from 'candlewick'
import { backtest, backtestJson, type BacktestResult } from 'candlewick/evaluate'
import { SimulatedMarket } from 'candlewick/feeds'
import type { Page } from '@playwright/test'
import { expect, inState, keepScreens, test } from './page.ts'

/** Short, with many trades. */
const short = './?view=backtest&testBars=1800&strategy=aggressive&feeBps=7.5&slippageBps=3&firstDay=2024-01-06'

/** What the package says in Node of the same candles. */
async function inNode(): Promise<BacktestResult> {
  const market = new SimulatedMarket({ seed: 7 })
  const series = CandleSeries.from(market.take(1800), market)
  const manifest = fileURLToPath(new URL('../../demo/dist/models/manifest.json', import.meta.url))
  await using engine = await createSignalEngine({ manifest, strategy: 'aggressive' })
  return await backtest(engine, [series], { feeBps: 7.5, slippageBps: 3, from: Date.UTC(2024, 0, 6) })
}

const ends = (page: Page, state: string): Promise<void> =>
  expect(page.getByTestId('backtest')).toHaveAttribute('data-state', state)

const value = async (page: Page, id: string): Promise<number> =>
  Number(await page.getByTestId(`test-${id}`).getAttribute('data-value'))

async function saved(page: Page, format: 'html' | 'json'): Promise<string> {
  const download = page.waitForEvent('download')
  await page.getByTestId(`test-${format}`).click()
  const file = await download
  expect(file.suggestedFilename()).toMatch(new RegExp(`^candlewick-backtest-\\d{4}-\\d\\d-\\d\\d\\.${format}$`))
  return file.path()
}

test('a backtest gives the figures that the package gives in Node', async ({ page, browserName }) => {
  const result = await inNode()
  const { metrics, buyAndHold } = result
  expect(metrics.trades).toBeGreaterThan(20)

  await page.goto(short)
  await page.getByTestId('test-start').click()
  await ends(page, 'done')

  const near = (told: number, known: number | null): void => {
    expect(known, 'there is such a figure').not.toBeNull()
    expect(Math.abs(told - known!)).toBeLessThanOrEqual(1e-9 * Math.abs(known!))
  }
  near(await value(page, 'return'), metrics.totalReturn)
  near(await value(page, 'sharpe'), metrics.sharpe)
  near(await value(page, 'sortino'), metrics.sortino)
  near(await value(page, 'drawdown'), metrics.drawdown.depth)
  near(await value(page, 'profit-factor'), metrics.profitFactor)
  near(await value(page, 'win-rate'), metrics.winRate)
  near(await value(page, 'exposure'), metrics.exposure)
  near(await value(page, 'fees-paid'), result.fees)
  near(await value(page, 'equity'), result.finalEquity)
  expect(await value(page, 'trade-count')).toBe(metrics.trades)
  const held = `held: ${buyAndHold.metrics.totalReturn < 0 ? '−' : '+'}${Math.abs(100 * buyAndHold.metrics.totalReturn).toFixed(2)} %`
  await expect(page.getByTestId('test-facts')).toContainText(held)
  await expect(page.getByTestId('test-chart')).toHaveAccessibleName(
    new RegExp(`: ${metrics.n.toLocaleString('en')} bars from 2024-01-06 to `),
  )
  await expect(page.getByTestId('test-trade')).toHaveCount(10)
  await expect(page.getByTestId('test-trade').first()).toContainText(result.trades.at(-1)!.side)
  // Its driver tells of no downloads.
  if (browserName === 'firefox') return

  const json = JSON.parse(await readFile(await saved(page, 'json'), 'utf8')) as Record<string, unknown>
  const known = JSON.parse(backtestJson(result)) as Record<string, unknown>
  for (const part of ['trades', 'curve', 'rules', 'orders', 'markets', 'model', 'from', 'to'])
    expect(json[part], part).toEqual(known[part])
  expect(json['notice'], 'what people must know of the model').toContain('A research sample')

  const report = await readFile(await saved(page, 'html'), 'utf8')
  for (const [width, height, colorScheme] of [
    [1440, 900, 'light'],
    [360, 740, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow, `no horizontal scrolling at ${width} px`).toBeLessThanOrEqual(0)
    await page.screenshot({ path: `test-results/screens/backtest-${width}-${colorScheme}.png`, fullPage: true })
  }
  await page.setContent(report)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Backtest of patchtst-btc-eth-15m_.* on SIMULATED$/)
  await expect(page.locator('svg')).toHaveCount(2)
})

test.describe('in Chromium', () => {
  test.skip(({ browserName }) => browserName !== 'chromium', 'the first test is the share of Firefox')

  test('a cancelled backtest ends at once, and another one can begin', async ({ page }) => {
    await page.goto('./?view=backtest')
    await inState(page, 'ready')
    const before = page.workers().length
    await page.getByTestId('test-start').click()
    await expect(page.getByTestId('test-work-amount')).toHaveText(/^[1-9][\d,]* of 34,\d{3} bars/)
    await expect(page.getByTestId('test-bars'), 'what runs cannot be changed').toBeDisabled()
    await page.getByTestId('test-cancel').click()
    expect(await page.getByTestId('backtest').getAttribute('data-state')).toBe('cancelled')
    await expect(page.getByTestId('test-result')).toBeHidden()
    await expect.poll(() => page.workers().length, 'its workers are gone').toBe(before)

    await page.getByTestId('test-bars').fill('600')
    await page.getByTestId('test-start').click()
    await ends(page, 'done')
    await expect(page.getByTestId('test-made')).toHaveText('Simulated market, seed 7, 600 bars')
    expect(new URL(page.url()).searchParams.get('testBars')).toBe('600')
  })

  test('predictions are judged, and kept with the model where promotions look for them', async ({ page, site }) => {
    await page.goto(`${site.url}?view=backtest&testBars=3000`)
    await page.getByTestId('test-start').click()
    await ends(page, 'done')
    const decided = Number(/[\d,]+/.exec((await page.getByTestId('test-status').textContent())!)![0].replace(',', ''))
    expect(decided).toBeGreaterThan(2500)
    await page.getByTestId('test-judge').click()
    await page.getByTestId('test-judge-cancel').click()
    await expect(page.getByTestId('test-worth-said')).toHaveText('Cancelled.')
    await page.getByTestId('test-judge').click()
    await expect(page.getByTestId('test-set')).toHaveText(/^set-[\da-f]{16}$/)
    const set = (await page.getByTestId('test-set').textContent())!
    for (const [name, bars] of [
      ['15m', 1],
      ['1h', 4],
      ['4h', 16],
      ['12h', 48],
    ] as const) {
      // The outcomes of the last bars have not come.
      const judged = (decided - bars).toLocaleString('en')
      await expect(page.getByTestId(`worth-${name}`)).toContainText(judged)
      await expect(page.getByTestId(`worth-${name}`)).toContainText(/\[[−\d.]+, [−\d.]+\]/)
    }
    await keepScreens(page, 'judged', [
      [1440, 900],
      [390, 844],
    ])
    await page.getByTestId('test-record').click()
    await expect(page.getByTestId('test-worth-said')).toContainText('Kept.')

    await page.getByTestId('tab-chart').click()
    await expect(page.getByTestId('log')).toContainText(set)
    await page.getByRole('button', { name: 'Promote patchtst-btc-eth-15m 1.0.0+fp16' }).click()
    await expect(page.getByTestId('confirm')).toContainText(set)
  })

  test('a period that cannot be is told in days', async ({ page }) => {
    await page.goto('./?view=backtest&testBars=600&firstDay=2024-03-01&lastDay=2024-02-01')
    await page.getByTestId('test-start').click()
    await ends(page, 'failed')
    const problem = page.getByTestId('test-problem')
    await expect(problem).toContainText('Its first day, 2024-03-01, comes after its last day, 2024-02-01.')

    await page.getByTestId('test-last').fill('2024-04-01')
    await page.getByTestId('test-start').click()
    await expect(problem).toContainText('SIMULATED has bars from 2024-01-01 00:00 UTC to 2024-01-07 05:45 UTC')

    await page.getByTestId('test-fees').fill('-1')
    await page.getByTestId('test-start').click()
    await expect(problem).toContainText('Fees, basis points')
    await expect(page.getByTestId('test-fees')).toBeFocused()
  })

  test('a file of several symbols is tested as one account, gaps filled when the user says so', async ({ page }) => {
    await page.goto('./?view=backtest')
    await page.getByTestId('test-source').selectOption('file')
    await page.getByTestId('test-start').click()
    await expect(page.getByTestId('test-problem')).toContainText('No file was chosen.')

    const rows = [21, 22].flatMap((seed) =>
      new SimulatedMarket({ seed })
        .take(560)
        .filter((_, row) => seed === 21 || row !== 300)
        .map((bar) => [bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, `S${seed}`].join(',')),
    )
    const text = ['timestamp,open,high,low,close,volume,symbol', ...rows].join('\n')
    const buffer = Buffer.from(text)
    await page.getByTestId('test-file').setInputFiles({ name: 'two.csv', mimeType: 'text/csv', buffer })
    await expect(page.getByTestId('test-problem')).toContainText('1 candle(s) are missing')
    await page.getByTestId('test-way-fill-gaps').click()
    await expect(page.getByTestId('test-candles')).toHaveText('two.csv · 2 symbols, 1,120 bars')
    await expect(page.getByTestId('test-problem')).toBeHidden()
    await page.getByTestId('test-start').click()
    await ends(page, 'done')
    const { markets, inputs } = JSON.parse(await readFile(await saved(page, 'json'), 'utf8')) as {
      markets: { symbol: string }[]
      inputs: { name: string; sha256: string }[]
    }
    expect(markets.map(({ symbol }) => symbol)).toEqual(['S21', 'S22'])
    expect(inputs[0]).toEqual({ name: 'two.csv', sha256: expect.stringMatching(/^[\da-f]{64}$/) })
  })
})
