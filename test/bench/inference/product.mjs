/** The built package in a page of its own, with every form of the sample model to choose from. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-web/wasm'
import { build } from 'vite'
import { script, serve, shell } from './bed.mjs'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const models = file('../../../.cache/sample/models')

/** The manifest of the sample model. */
export const sampleManifest = async () => JSON.parse(await readFile(join(models, 'manifest.json'), 'utf8'))

/** What each form answers to the reference run, so that the engine's own check passes for it. */
async function reference(model, { input, ...tolerance }) {
  const bytes = await readFile(join(models, input.url))
  const window = new Float32Array(new Uint8Array(bytes).buffer)
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] })
  const { y } = await session.run({ x: new ort.Tensor('float32', window, [1, 96, 240]) })
  await session.release()
  return { input, ...tolerance, output: [...y.data] }
}

/** The sample's manifest with one model for each form, named after it. */
async function manifestOf(forms) {
  const manifest = await sampleManifest()
  const [entry] = manifest.models
  const entries = []
  for (const [name, model] of Object.entries(forms)) {
    const sha256 = createHash('sha256').update(model).digest('hex')
    const artifact = { url: `${name}.onnx`, size: model.byteLength, sha256, opset: 17 }
    const golden = [await reference(model, entry.golden[0])]
    entries.push({ ...entry, name, version: `1.0.0+${sha256.slice(0, 8)}`, artifact, golden })
  }
  return JSON.stringify({ ...manifest, models: entries })
}

/** Serves both pages: `/engine/` is the package, `/start/` is ONNX Runtime by itself. */
export async function serveProduct(kit, forms) {
  ort.env.wasm.numThreads = 1
  const outDir = await mkdtemp(join(tmpdir(), 'candlewick-bench-'))
  const page = { outDir, emptyOutDir: true, target: 'es2022' }
  await build({ root: file('engine'), base: '/engine/', configFile: false, logLevel: 'error', build: page })
  const served = { ...forms, tiny: kit.tinyModel() }
  const server = await serve(
    {
      '/start/': shell('/start.js'),
      '/start.js': await script('start'),
      '/models/manifest.json': await manifestOf(forms),
      ...Object.fromEntries(Object.entries(served).map(([name, model]) => [`/models/${name}.onnx`, model])),
    },
    { '/engine/': outDir, '/models/': models },
  )
  const close = async () => {
    server.close()
    await rm(outDir, { recursive: true, force: true })
  }
  return { origin: server.origin, close }
}
