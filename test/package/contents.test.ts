import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)

interface PackageJson {
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>
  readonly imports: Record<string, Record<string, string>>
  readonly bin: Record<string, string>
  readonly sideEffects: readonly string[]
}

const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as PackageJson
const targets = [
  ...Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  ),
  ...Object.values(manifest.imports).flatMap((conditions) => Object.values(conditions)),
  ...Object.values(manifest.bin),
  ...manifest.sideEffects,
]

describe.skipIf(!existsSync(new URL('dist/index.js', root)))('the package (needs npm run build)', () => {
  let packed: readonly string[] = []

  beforeAll(() => {
    const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const described: unknown = JSON.parse(listing)
    const [entry] = (Array.isArray(described) ? described : Object.values(described as object)) as {
      files: { path: string }[]
    }[]
    packed = entry!.files.map((file) => file.path)
  })

  it.each([...new Set(targets)])('contains %s, which package.json names', (target) => {
    expect(packed).toContain(target.replace(/^\.\//, ''))
  })

  it('contains the binaries of ONNX Runtime that its workers load', () => {
    expect(packed.filter((path) => path.endsWith('.wasm')).sort()).toEqual([
      'dist/ort-wasm-simd-threaded.jspi.wasm',
      'dist/ort-wasm-simd-threaded.wasm',
    ])
  })

  it('contains nothing but what users need', () => {
    const foreign = packed.filter(
      (path) =>
        !/^(dist\/.*\.(js|d\.ts|wasm)|schema\/.*\.json|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(path),
    )
    expect(foreign).toEqual([])
  })

  it('gives the names that its documentation uses', async () => {
    const names = async (entry: string): Promise<string[]> => Object.keys((await import(entry)) as object)
    expect(await names('candlewick')).toEqual(
      expect.arrayContaining(['createSignalEngine', 'openRegistry', 'isCandlewickError', 'CandleSeries']),
    )
    expect(await names('candlewick/features')).toEqual(expect.arrayContaining(['FeatureStream', 'computeFeatures']))
    expect(await names('candlewick/registry')).toEqual(expect.arrayContaining(['ModelRegistry', 'parseManifest']))
    expect(await names('candlewick/inference')).toEqual(expect.arrayContaining(['ModelSession']))
    expect(await names('candlewick/edge')).toEqual(
      expect.arrayContaining(['edgeBackend', 'isCandlewickError', 'ModelSession']),
    )
    expect(await names('candlewick/signals')).toEqual(
      expect.arrayContaining(['decide', 'readPrediction', 'strategies']),
    )
    expect(await names('candlewick/evaluate')).toEqual(
      expect.arrayContaining(['compareModels', 'evaluateModel', 'PaperAccount', 'tradingMetrics']),
    )
    expect(await names('candlewick/monitor')).toEqual(expect.arrayContaining(['openPredictionLog', 'rowOf']))
    expect(await names('candlewick/feeds')).toEqual(expect.arrayContaining(['readCsv', 'SimulatedMarket']))
  })

  it('keeps ONNX Runtime out of its worker script by name, so that bundlers look for no such file', () => {
    for (const worker of ['worker.js', 'worker-webgpu.js'])
      expect(readFileSync(new URL(`dist/${worker}`, root), 'utf8')).not.toMatch(/bundle\.min\.mjs/)
  })
})
