import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

describe('A page with a log', () => {
  it('loads nothing of Parquet before somebody exports it', async () => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL('../../../src/monitor/index.ts', import.meta.url))],
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      outdir: 'out',
      tsconfigRaw: '{}',
    })
    const pieces = Object.values(metafile.outputs)
    const first = pieces.find(({ entryPoint }) => entryPoint?.endsWith('monitor/index.ts'))
    const filesOf = (piece: typeof first): string[] =>
      Object.keys(piece?.inputs ?? {}).filter((file) => file.includes('hyparquet'))
    expect(first?.imports.filter(({ kind }) => kind === 'import-statement')).toEqual([])
    expect(filesOf(first)).toEqual([])
    expect(pieces.flatMap(filesOf).length).toBeGreaterThan(0)
  })
})
