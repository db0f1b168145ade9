/** The other runtimes' programs, which come from packages that hold one for each platform. */
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Path of a program, or why there is none here. */
export type Program = { readonly path: string } | { readonly absent: string }

function find(name: string, path: () => string): Program {
  try {
    const found = path()
    return existsSync(found) ? { path: found } : { absent: `the package ${name} brings no program for this platform` }
  } catch (error) {
    return { absent: String(error).split('\n', 1)[0]! }
  }
}

/** Deno. */
export const deno: Program = find('deno', () => {
  const name = process.platform === 'win32' ? 'deno.exe' : 'deno'
  const { runInstall } = require('deno/install_api.cjs') as { runInstall: () => string }
  const placed = join(dirname(require.resolve('deno/package.json')), name)
  return existsSync(placed) ? placed : runInstall()
})

/** workerd, which runs Cloudflare Workers. */
export const workerd: Program = find('workerd', () => (require('workerd') as { default: string }).default)
