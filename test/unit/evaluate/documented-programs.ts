/** The programs that a document shows, and what they tell when they run against the sources. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { onTestFinished, vi } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The text of a document. */
export const textOf = (document: string): Promise<string> => readFile(join(root, document), 'utf8')

/** All TypeScript programs of a text, in order. */
export const programsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program!)

/** Runs a program as its reader would; gives what it logged, call by call. */
export async function run(program: string): Promise<readonly unknown[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-documented-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const outfile = join(folder, 'program.mjs')
  await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
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
  return told.mock.calls
}
