/** The program of docs/backtest.md that needs no model, as its reader would run it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { expect, it, onTestFinished, vi } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

it('shows a program that runs and tells numbers', async () => {
  const text = await readFile(join(root, 'docs/backtest.md'), 'utf8')
  const [, program] = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, found]) => found!)
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-backtest-docs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const outfile = join(folder, 'program.mjs')
  await build({
    stdin: { contents: program!, resolveDir: root, loader: 'ts' },
    alias: {
      candlewick: join(root, 'src/core/series.ts'),
      'candlewick/evaluate': join(root, 'src/evaluate/index.ts'),
      'candlewick/feeds': join(root, 'src/feeds/index.ts'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
  })
  const told = vi.spyOn(console, 'log').mockReturnValue()
  onTestFinished(() => told.mockRestore())
  await import(/* @vite-ignore */ pathToFileURL(outfile).href)
  const [[trades, profit, depth], [bytes]] = told.mock.calls as [number[], number[]]
  expect(trades).toBeGreaterThan(10)
  expect(profit).not.toBe(0)
  expect(depth).toBeGreaterThan(0)
  expect(bytes).toBeGreaterThan(1000)
})
