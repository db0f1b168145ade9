/** Builds the demo page, serves it on this machine, and opens it where there is a screen. Ends with Ctrl-C. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, preview } from 'vite'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const usage = 'Usage: npm start -- [--port 4173] [--no-open]'

function readOptions() {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string' }, 'no-open': { type: 'boolean' } } })
    const port = values.port ?? '4173'
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
      throw new Error(`"${port}" is not a port. Use a number from 1 to 65535.`)
    return { port: Number(port), open: values['no-open'] !== true }
  } catch (error) {
    console.error(`${error.message}\n${usage}`)
    return process.exit(2)
  }
}

/** The command that opens an address in the default browser, or `undefined` where there is no screen. */
function opener() {
  if (process.env.CI) return undefined
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '']
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}

function openBrowser(url) {
  const command = opener()
  if (command === undefined) return
  const [program, ...args] = command
  // No browser, no harm: the address is printed.
  spawn(program, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}

const { port, open } = readOptions()
if (!existsSync(join(root, 'dist/index.js')) || !existsSync(join(root, 'demo/public/models/manifest.json'))) {
  console.error('The package is not built yet. Run "npm run build" first, or use "npm start".')
  process.exit(1)
}
const configFile = join(root, 'vite.config.ts')
await build({ configFile, logLevel: 'warn' })
const server = await preview({ configFile, preview: { port, strictPort: false } })
const [url] = server.resolvedUrls.local
console.log(`\n  Candlewick is at ${url}\n  Stop with Ctrl-C.\n`)
if (open) openBrowser(url)

for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => {
    void server.close().finally(() => process.exit(0))
  })
