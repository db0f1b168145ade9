/** Puts the page of the tests on a host, with the built package in it as a bundler of an application would put it there. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { ModelHost } from '../host.ts'

let bundled: Promise<string> | undefined

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  })
  return outputFiles[0]!.text
}

/** Offers the page under `/`. */
export async function offerPage(host: ModelHost): Promise<void> {
  const script = await (bundled ??= bundlePage())
  host.put('/', await readFile(new URL('index.html', import.meta.url)), 'text/html; charset=utf-8')
  host.put('/page.js', script, 'text/javascript')
}
