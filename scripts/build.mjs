/** Builds the package into dist/ and the sample model that the demo shows into demo/public/models/. */
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { declareTheRest } from './build/declarations.mjs'
import { buildUniversalRuntime } from './build/universal-runtime.mjs'
import { buildWorkers } from './build/workers.mjs'
import { run } from './run.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const runtime = join(root, 'node_modules/onnxruntime-web')

await rm(dist, { recursive: true, force: true })
await run('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: root })
await Promise.all([
  buildWorkers({ root, dist, runtime }),
  buildUniversalRuntime({ root, runtime, outfile: join(dist, 'inference/backends/ort-universal.js') }),
  declareTheRest(dist),
])
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const models = join(root, 'demo/public/models')
await rm(models, { recursive: true, force: true })
await run('node', [join(dist, 'cli/main.js'), 'sample', '--out', 'demo/public/models'], { cwd: root })
console.log(`Built candlewick ${version}.`)
