/**
 * Builds the package into dist/, an untrained model for tests and benches into .cache/sample/models/, and puts the trained model
 * where the demo serves it, demo/public/models/.
 */
import { cp, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { declareTheRest } from './build/declarations.mjs'
import { buildUniversalRuntime } from './build/universal-runtime.mjs'
import { buildWorkers } from './build/workers.mjs'
import { run } from './run.mjs'

/** What the recipe keeps beside a bundle for its readers: nothing that a page fetches. */
const isOfTheRecipe = /\.(?:yaml|png|entry\.json|jwks)$|[\\/](?:metrics|evaluation(?:\.\w+)?)\.json$/

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
const sample = join(root, '.cache/sample/models')
await rm(sample, { recursive: true, force: true })
await run('node', [join(dist, 'cli/main.js'), 'sample', '--out', sample], { cwd: root })
const served = join(root, 'demo/public/models')
await rm(served, { recursive: true, force: true })
await cp(join(root, 'training/bundle'), served, {
  recursive: true,
  filter: (path) => !isOfTheRecipe.test(path),
})
console.log(`Built candlewick ${version}.`)
