/**
 * `npm run bench:backtest`: a year of 15-minute bars through the backtest tab of the demo, in real Chromium, with the trained model;
 * how long it takes, and whether the page's thread stays free. `BARS=8000` takes fewer.
 */
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { findBrowsers } from '../../scripts/browsers.mjs'

const bars = Number(process.env.BARS ?? 35_040)
const rounds = Number(process.env.ROUNDS ?? 3)
const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))

/** How often the page is asked whether it still answers, ms. */
const beatMs = 20

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

/** Has the page write down its long tasks, and how late a timer comes. */
function watchThread(everyMs) {
  window.thread = { tasks: [], late: [] }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.thread.tasks.push(duration)
  }).observe({ type: 'longtask' })
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    window.thread.late.push(now - last - everyMs)
    last = now
  }, everyMs)
}

async function round(browser, url) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}?view=backtest&testBars=${bars}`)
  await page.locator('body[data-state="ready"]').waitFor()
  await page.getByTestId('models').and(page.locator('[aria-busy="false"]')).waitFor({ state: 'attached' })
  await page.evaluate(watchThread, beatMs)
  const began = performance.now()
  await page.getByTestId('test-start').click()
  await page.locator('[data-testid="backtest"][data-state="done"]').waitFor({ timeout: 600_000 })
  const wallMs = performance.now() - began
  const { tasks, late } = await page.evaluate(() => window.thread)
  const [facts, trades] = [
    await page.getByTestId('test-made').textContent(),
    await page.getByTestId('test-trade-count').getAttribute('data-value'),
  ]
  await context.close()
  return { wallMs, tasks, late, facts, trades, load: loadavg()[0] }
}

await build({ configFile, logLevel: 'warn' })
const server = await preview({ configFile, preview: { port: 0, strictPort: false } })
const { executablePath } = (await findBrowsers()).chromium
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const browser = await chromium.launch({ executablePath, args: ['--disable-quic', ...sandbox] })
const version = browser.version()
const measured = []
try {
  for (let i = 0; i < rounds; i++) {
    const one = await round(browser, server.resolvedUrls.local[0])
    measured.push(one)
    const longest = Math.max(0, ...one.tasks)
    const latest = Math.max(...one.late)
    console.log(
      `${one.facts}, ${one.trades} trades: ${(one.wallMs / 1000).toFixed(1)} s; ${one.tasks.length} tasks above 50 ms, the longest ${longest.toFixed(0)} ms; a timer of ${beatMs} ms was at most ${latest.toFixed(0)} ms late; load ${one.load.toFixed(1)}`,
    )
  }
} finally {
  await browser.close()
  await server.close()
}
console.log(
  `\nChromium ${version}, ${cpus().length} x ${cpus()[0].model}: ${bars} bars in ${(median(measured.map(({ wallMs }) => wallMs)) / 1000).toFixed(1)} s, the model's start included; longest task ${median(measured.map(({ tasks }) => Math.max(0, ...tasks))).toFixed(0)} ms (medians of ${rounds})`,
)
