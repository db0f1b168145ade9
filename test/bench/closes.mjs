/**
 * `npm run bench:closes`: one candle close of many symbols in Chromium, through the scheduler: bars in, features, model and
 * decisions in the worker, signals out; and how long the page's thread was busy in one piece meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { findBrowsers } from '../../scripts/browsers.mjs'

const symbols = Number(process.env.SYMBOLS ?? 200)
const rounds = Number(process.env.ROUNDS ?? 25)
/** Closes before the code is fast. */
const warm = 5
const outDir = await mkdtemp(join(tmpdir(), 'candlewick-closes-'))
const config = {
  root: fileURLToPath(new URL('closes', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  publicDir: fileURLToPath(new URL('../../.cache/sample/models', import.meta.url)),
  build: { outDir, emptyOutDir: true, target: 'es2022' },
}

const quantile = (values, share) => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)].toFixed(1)
}

await build(config)
const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } })
const { executablePath } = (await findBrowsers()).chromium
const args = ['--disable-quic', '--no-first-run']
if (process.getuid?.() === 0) args.push('--no-sandbox')
const browser = await chromium.launch({ executablePath, args })
console.log(
  `Chromium ${browser.version()}, ${cpus().length} x ${cpus()[0].model}, ${symbols} symbols, ${rounds} closes`,
)
try {
  for (const workers of [1, 2]) {
    const page = await browser.newPage()
    await page.goto(server.resolvedUrls.local[0])
    const closes = (
      await page.evaluate(([count, n, w]) => window.closes(count, n, w), [symbols, rounds + warm, workers])
    ).slice(warm)
    if (closes.some(({ signals }) => signals !== symbols)) throw new Error('A symbol gave no signal.')
    const [ms, blocked] = ['ms', 'blockedMs'].map((key) => closes.map((close) => close[key]))
    console.log(
      `${workers} worker(s): all signals after ${quantile(ms, 0.5)} ms (median), ${quantile(ms, 0.95)} ms (95 %); ` +
        `page's thread busy in one piece: ${quantile(blocked, 0.5)} ms (median), ${quantile(blocked, 1)} ms (longest)`,
    )
    await page.close()
  }
} finally {
  await browser.close()
  await server.close()
  await rm(outDir, { recursive: true, force: true })
}
