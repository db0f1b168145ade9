/** Where a benchmark of the registry runs: a browser with a profile on the disk, a host of models, and their page. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { chromium, firefox } from 'playwright'
import { findBrowsers } from '../../../scripts/browsers.mjs'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))
/** The host and the models of the tests, which are written in TypeScript. */
export async function loadKit() {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-kit-'))
  const path = join(folder, 'kit.mjs')
  try {
    await build({ entryPoints: [file('kit.ts')], bundle: true, format: 'esm', platform: 'node', outfile: path })
    return await import(pathToFileURL(path).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The page's script. */
export async function pageScript() {
  const options = { bundle: true, write: false, format: 'esm', target: 'es2022' }
  // The page of the tests is imported for what it does, which the package's own list would forbid.
  const { outputFiles } = await build({ entryPoints: [file('page.ts')], ...options, ignoreAnnotations: true })
  return outputFiles[0].text
}

const chromiumArgs = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
if (process.getuid?.() === 0) chromiumArgs.push('--no-sandbox')

/** A browser with a new profile; `close` removes it. `args` are more arguments for Chromium. */
export async function launch(engine, args = []) {
  const profile = await mkdtemp(join(tmpdir(), 'candlewick-profile-'))
  const { executablePath } = (await findBrowsers())[engine]
  const own = executablePath === undefined ? {} : { executablePath }
  const context =
    engine === 'chromium'
      ? await chromium.launchPersistentContext(profile, { ...own, args: [...chromiumArgs, ...args] })
      : await firefox.launchPersistentContext(profile, { ...own, ...(executablePath && { channel: 'moz-firefox' }) })
  const close = async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
  return { context, version: context.browser()?.version() ?? '', close }
}
