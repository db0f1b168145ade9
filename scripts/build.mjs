/** Builds the package into dist/ and the sample model that the demo shows into demo/public/models/. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { run } from './run.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const runtime = join(root, 'node_modules/onnxruntime-web/dist')

/** Our workers, the ORT bundle each contains, and the binary it loads. */
const workers = [
  { source: 'engine.worker.ts', file: 'worker.js', wasm: 'ort-wasm-simd-threaded.wasm' },
  { source: 'engine-webgpu.worker.ts', file: 'worker-webgpu.js', wasm: 'ort-wasm-simd-threaded.jspi.wasm' },
]

/**
 * ONNX Runtime names its own file where it starts threads, and imports its glue by a computed address. Bundlers follow
 * the first and warn about the second, so the name becomes the worker's own and the import is marked as none of theirs.
 */
function settleForBundlers(code, file) {
  const named = code.replaceAll(/"ort\.[a-z.]*bundle\.min\.mjs"/g, JSON.stringify(`./${file}`))
  const marked = named.replaceAll(/\bimport\((?=[A-Za-z_$])/g, 'import(/*webpackIgnore:true*//*@vite-ignore*/')
  if (named === code || marked === named)
    throw new Error(`${file}: ONNX Runtime no longer has the form this build expects; look at settleForBundlers`)
  return marked
}

async function buildWorker({ source, file, wasm }) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'workers', source)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
  })
  await writeFile(join(dist, file), settleForBundlers(outputFiles[0].text, file))
  await writeFile(join(dist, file.replace('.js', '.d.ts')), 'export {}\n')
  await copyFile(join(runtime, wasm), join(dist, wasm))
}

await rm(dist, { recursive: true, force: true })
await run('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: root })
await Promise.all(workers.map(buildWorker))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const models = join(root, 'demo/public/models')
await rm(models, { recursive: true, force: true })
await run('node', [join(dist, 'cli/main.js'), 'sample', '--out', 'demo/public/models'], { cwd: root })
console.log(`Built candlewick ${version}.`)
