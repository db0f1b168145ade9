/** `npm run bench:leaks`: memory of an isolated page in Chromium after many answers, and after many engines. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { findBrowsers } from '../../scripts/browsers.mjs'

const answers = Number(process.env.ANSWERS ?? 10_000)
const engines = Number(process.env.ENGINES ?? 100)
const outDir = await mkdtemp(join(tmpdir(), 'candlewick-leaks-'))
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
const config = {
  root: fileURLToPath(new URL('leaks', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  publicDir: fileURLToPath(new URL('../../.cache/sample/models', import.meta.url)),
  build: { outDir, emptyOutDir: true, target: 'es2022' },
}

const compared = (what, few, many) =>
  `${what}: ${(few / 1e6).toFixed(2)} MB, then ${(many / 1e6).toFixed(2)} MB: ${(many / few).toFixed(4)}`

await build(config)
const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0, headers } })
const { executablePath } = (await findBrowsers()).chromium
const args = ['--disable-quic', '--no-first-run', '--enable-blink-features=ForceEagerMeasureMemory']
if (process.getuid?.() === 0) args.push('--no-sandbox')
const browser = await chromium.launch({ executablePath, args })
try {
  const page = await browser.newPage()
  await page.goto(server.resolvedUrls.local[0])
  const after = async (name, times) => {
    await page.evaluate(([call, count]) => window[call](count), [name, times])
    return page.evaluate(() => window.bytesInUse())
  }
  await page.evaluate(() => window.openEngine())
  const few = await after('answer', 100)
  console.log(compared(`after 100 answers and after ${answers}`, few, await after('answer', answers - 100)))
  await page.evaluate(() => window.closeEngine())
  const early = await after('cycle', 10)
  console.log(compared(`after 10 engines and after ${engines}`, early, await after('cycle', engines - 10)))
  const bare = await after('cycleBare', 10)
  console.log(compared(`after 10 bare workers and after ${engines}`, bare, await after('cycleBare', engines - 10)))
  console.log(`workers left: ${page.workers().length}`)
} finally {
  await browser.close()
  await server.close()
  await rm(outDir, { recursive: true, force: true })
}
