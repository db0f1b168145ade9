/** `npm run bench:size`: what an application downloads besides ONNX Runtime and the model: minified, then gzip -9. */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = new URL('../../', import.meta.url).pathname

async function size(name, options) {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: root,
    // The project's own path aliases do not exist in an application.
    tsconfigRaw: '{}',
    legalComments: 'none',
    ...options,
  })
  const bytes = outputFiles[0].contents
  return {
    what: name,
    'minified kB': (bytes.length / 1000).toFixed(1),
    'gzip kB': (gzipSync(bytes, { level: 9 }).length / 1000).toFixed(1),
  }
}

const importing = (code) => ({ stdin: { contents: code, resolveDir: root } })
console.table([
  await size('page: createSignalEngine', importing("export { createSignalEngine } from 'candlewick'")),
  await size('worker (without ONNX Runtime)', {
    entryPoints: ['workers/engine.worker.ts'],
    external: ['onnxruntime-web/*'],
  }),
  await size('candlewick/features alone', importing("export { FeatureStream } from 'candlewick/features'")),
  await size('candlewick/signals alone', importing("export { decide, readPrediction } from 'candlewick/signals'")),
  await size('candlewick/feeds: readCsv', importing("export { readCsv } from 'candlewick/feeds'")),
])
