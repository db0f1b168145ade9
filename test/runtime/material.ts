/** The folder that every runtime reads: the task, the models, and the hosts beside an installed package. */
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { contractOf } from '../../src/engine/servable.ts'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { buildPatchTst } from '../../src/onnx/index.ts'
import { type GoldenSample, modelId, parseManifest } from '../../src/registry/index.ts'
import type { Task } from './checks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const models = join(root, '.cache/sample/models')

/** Where the files are, and what they are about. */
export interface Material {
  readonly folder: string
  readonly task: Task
  readonly golden: GoldenSample
}

async function smallModel(folder: string): Promise<Task['small']> {
  const [features, window] = [6, 32]
  const options = { features, window, patch: 8, stride: 4, dModel: 16, heads: 2, layers: 1, dFf: 16 }
  await writeFile(join(folder, 'small.onnx'), buildPatchTst(options))
  return {
    id: 'small@1',
    input: { name: 'x', dtype: 'float32', dims: ['batch', window, features] },
    output: { name: 'y', dtype: 'float32', dims: ['batch', 20] },
  }
}

/** The hosts as JavaScript. The package stays outside, as it is installed; workerd has no packages, so it goes inside. */
async function buildHosts(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/candlewick'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const common = {
    absWorkingDir: join(root, 'test/runtime'),
    bundle: true,
    format: 'esm',
    target: 'esnext',
    outdir: folder,
    supported: { using: false },
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  } as const
  await build({ ...common, entryPoints: ['node-host.ts', 'deno-host.mjs'], platform: 'node', packages: 'external' })
  await build({ ...common, entryPoints: ['worker-host.ts'], platform: 'neutral', external: ['candlewick/edge.wasm'] })
}

/** Writes everything into a new folder. */
export async function prepare(): Promise<Material> {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-runtime-'))
  const manifest = parseManifest(JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8')))
  const [entry] = manifest.models
  const [golden] = entry?.golden ?? []
  if (entry === undefined || golden === undefined) throw new Error('The sample manifest has no reference run.')
  const copy = async (url: string, name: string): Promise<void> =>
    writeFile(join(folder, name), await readFile(join(models, url)))
  await copy(entry.artifact.url, 'sample.onnx')
  await copy(golden.input.url, 'golden.f32')
  await copy('../../../dist/ort-wasm-simd-threaded.wasm', 'edge.wasm')
  const scaler: unknown = JSON.parse(await readFile(join(models, entry.scaler.url), 'utf8'))
  const task: Task = {
    small: await smallModel(folder),
    sample: contractOf(entry, modelId(entry)),
    features: entry.features.names,
    scaler,
    output: { ...entry.outputLayout, classOrder: entry.classOrder },
    market: { symbol: 'SIM', candles: new SimulatedMarket({ seed: 5 }).take(700) },
  }
  await writeFile(join(folder, 'task.json'), JSON.stringify(task))
  await buildHosts(folder)
  return { folder, task, golden }
}
