/**
 * `npm run bench:page`: start-up and latency in real Chromium, on the built package with the sample model. Cold is a new
 * profile, warm is a reload in the same one.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { findBrowsers } from '../../scripts/browsers.mjs'

const visits = Number(process.env.VISITS ?? 5)
const candles = 500
const warm = 300
const root = fileURLToPath(new URL('page', import.meta.url))
const outDir = await mkdtemp(join(tmpdir(), 'candlewick-bench-'))
const config = {
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: fileURLToPath(new URL('../../.cache/sample/models', import.meta.url)),
  build: { outDir, emptyOutDir: true, target: 'es2022' },
}

const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]
}
const median = (values) => quantile(values, 0.5)
const ms = (value) => `${value.toFixed(value < 20 ? 2 : 0)} ms`

await build(config)
const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } })
const url = server.resolvedUrls.local[0]
const { executablePath } = (await findBrowsers()).chromium
const args = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
if (process.getuid?.() === 0) args.push('--no-sandbox')

const cold = []
const reloads = []
let version = ''
try {
  for (let i = 0; i < visits; i++) {
    const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
    const context = await chromium.launchPersistentContext(profile, { executablePath, args })
    version = context.browser()?.version() ?? version
    const page = await context.newPage()
    await page.goto(url)
    cold.push(await page.evaluate(() => window.measure(0, 0)))
    // Twice, because Chromium caches compiled code on the second visit and uses it from the third.
    for (let visit = 0; visit < 2; visit++) {
      await page.reload()
      const last = await page.evaluate(([n, w]) => window.measure(n, w), visit === 1 ? [candles, warm] : [0, 0])
      if (visit === 1) reloads.push(last)
    }
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
} finally {
  await server.close()
  await rm(outDir, { recursive: true, force: true })
}

const { info } = reloads[0]
const all = (pick) => reloads.flatMap(pick)
const stages = (list, stage) => ms(median(list.map((visit) => visit.info.timings[stage])))
console.log(`Chromium ${version}, ${cpus().length} x ${cpus()[0].model}, ${visits} profiles, medians`)
console.log(
  `Model ${info.model.id}, ${info.model.features} features, ${(info.model.bytes / 1e6).toFixed(1)} MB, backend ${info.backend}`,
)
for (const [name, list] of [
  ['cold start (new profile)', cold],
  ['warm start (third visit)', reloads],
]) {
  console.log(`\n${String(name)}: first signal ${ms(median(list.map((v) => v.firstSignalMs)))} after navigation`)
  console.log(`  engine ready in ${ms(median(list.map((v) => v.readyMs)))}, bytes from ${String(list[0].info.source)}:`)
  console.log(
    `  manifest ${stages(list, 'manifestMs')}, model and scaler ${stages(list, 'bytesMs')}, session ${stages(list, 'sessionMs')}, warm-up runs ${stages(list, 'warmupMs')}; runtime, beside these, ${stages(list, 'runtimeMs')}`,
  )
}
const total = all((v) => v.candleToSignalMs)
const inference = all((v) => v.inferenceMs)
console.log(
  `\ncandle to signal: median ${ms(median(total))}, 95 % ${ms(quantile(total, 0.95))} (${total.length} candles)`,
)
console.log(
  `  of which the model: median ${ms(median(inference))}; ratio ${(median(total) / median(inference)).toFixed(2)}`,
)
