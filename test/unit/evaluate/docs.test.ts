/** The examples of docs/evaluation.md, as their reader would run them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { expect, it, onTestFinished, vi } from 'vitest'
import { evaluateModel, tradingMetrics } from '../../../src/evaluate/index.ts'
import { madeRows } from './rows.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const text = await readFile(join(root, 'docs/evaluation.md'), 'utf8')
const programs = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program!)

it('shows programs', () => {
  expect(programs).toHaveLength(2)
})

it.each(programs)('shows a program that runs and tells numbers: %#', async (program) => {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-evaluation-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const outfile = join(folder, 'program.mjs')
  await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    alias: {
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
  const words: unknown[] = told.mock.calls.flat()
  expect(words.length).toBeGreaterThanOrEqual(2)
  // JSON has null for NaN.
  expect(words).not.toContain(undefined)
  expect(JSON.stringify(words)).not.toContain('null')
})

it('has every figure in its tables', () => {
  const report = evaluateModel(madeRows(100), { timeframe: '15m', bootstrap: false })
  const trading = tradingMetrics({ times: [0], equity: [1] }, [], { timeframe: '15m' })
  const told = ['n', 'periodsPerYear', 'riskFreePerYear', 'missingBars', 'turnoverPerYear', 'trades']
  const names = [...Object.keys(report.horizons[0]!.metrics), ...Object.keys(trading)]
  for (const name of names) if (!told.includes(name)) expect(text).toContain(`\`${name}\``)
})
