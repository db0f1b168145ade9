/** Bundles each worker with its build of ONNX Runtime into one file, the binary that it loads beside it. */
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

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

async function buildWorker({ source, file, wasm }, { root, dist, runtime }) {
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
  await copyFile(join(runtime, 'dist', wasm), join(dist, wasm))
}

/** Writes all workers into `dist`; `runtime` is the folder of the package onnxruntime-web. */
export async function buildWorkers(folders) {
  await Promise.all(workers.map((worker) => buildWorker(worker, folders)))
}
