/**
 * `node test/bench/opfs.mjs`, after `npm run build`: 45 MiB in IndexedDB and in the Origin Private File System, in real
 * Chromium and Firefox, on the page and in a worker. Every round is a page of its own that reads what the round before
 * has stored; the two places take turns in going first.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, firefox } from 'playwright'
import { build, preview } from 'vite'
import { findBrowsers } from '../../scripts/browsers.mjs'

const rounds = Number(process.env.ROUNDS ?? 9)
const places = ['indexeddb', 'opfs']
const outDir = await mkdtemp(join(tmpdir(), 'candlewick-bench-'))
const config = {
  root: fileURLToPath(new URL('opfs', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  build: { outDir, emptyOutDir: true, target: 'es2022' },
  worker: { format: 'es' },
}
const paths = await findBrowsers()
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const browsers = {
  chromium: { type: chromium, options: { ...paths.chromium, args: ['--disable-quic', '--no-first-run', ...sandbox] } },
  firefox: { type: firefox, options: { ...paths.firefox, channel: 'moz-firefox' } },
}

const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]
}
const figure = (values) =>
  `${quantile(values, 0.5).toFixed(0)} ms (${quantile(values, 0).toFixed(0)} to ${quantile(values, 1).toFixed(0)})`

/** Both places in one thread; the first round only stores. */
async function measure(page, url, thread) {
  const timings = []
  for (let round = 0; round <= rounds; round++)
    for (const place of round % 2 === 0 ? places : places.toReversed()) {
      await page.goto(url)
      const timing = await page.evaluate(([where, what]) => window.measureIn(where, what), [thread, place])
      if (round > 0) timings.push(timing)
    }
  return timings
}

function report(thread, timings) {
  for (const [what, key] of [
    ['getBytes', 'getMs'],
    ['putChunk, all', 'putMs'],
  ]) {
    const [table, files] = places.map((place) => timings.filter((t) => t.place === place).map((t) => t[key]))
    const times = quantile(table, 0.5) / quantile(files, 0.5)
    console.log(`  ${thread}, ${what}: IndexedDB ${figure(table)}, files ${figure(files)}, ${times.toFixed(1)} times`)
  }
}

await build(config)
const server = await preview({ ...config, preview: { host: '127.0.0.1', port: 0 } })
const url = server.resolvedUrls.local[0]
try {
  for (const [name, { type, options }] of Object.entries(browsers)) {
    // A profile on the disk: in a private window everything is memory.
    const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
    const context = await type.launchPersistentContext(profile, options)
    const page = await context.newPage()
    console.log(
      `\n${name} ${context.browser()?.version() ?? ''}, ${cpus().length} x ${cpus()[0].model}, 45 MiB in pieces of 4 MiB, ${rounds} rounds: median (least to most)`,
    )
    for (const thread of ['page', 'worker']) report(thread, await measure(page, url, thread))
    console.log(`  load of the machine at the end: ${loadavg()[0].toFixed(1)}`)
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
} finally {
  await server.close()
  await rm(outDir, { recursive: true, force: true })
}
