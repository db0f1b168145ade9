import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SimulatedMarket } from '../../src/feeds/index.ts'
import { deno, workerd } from './programs.ts'
import { serve } from './workerd.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = existsSync(join(root, 'dist/inference/backends/ort-universal.js'))
const run = promisify(execFile)

/** The programs of the page: each begins with its name. */
async function writePrograms(folder: string): Promise<void> {
  const page = await readFile(join(root, 'docs/edge.md'), 'utf8')
  const programs = [...page.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs)]
  expect(programs.map(([, name]) => name)).toEqual(['model.mjs', 'main.mjs', 'worker.mjs', 'main-node.mjs'])
  for (const [, name, text] of programs) await writeFile(join(folder, name!), text!)
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker), (name = "assets", disk = (path = "."))],
  sockets = [(name = "worker", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "candlewick/edge.wasm", wasm = embed "node_modules/candlewick/dist/ort-wasm-simd-threaded.wasm"),
  ],
  bindings = [(name = "ASSETS", service = "assets")],
  compatibilityDate = "2026-10-01",
);
`

describe.skipIf(!built)('the programs of docs/edge.md (need npm run build)', () => {
  const candles = new SimulatedMarket({ seed: 5 }).take(700)
  let folder = ''
  let decision: { readonly side: string }

  const printed = async (program: string, ...args: string[]): Promise<unknown> => {
    const env = { ...process.env, DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }
    return JSON.parse((await run(program, args, { cwd: folder, env })).stdout)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-edge-'))
    await writePrograms(folder)
    await mkdir(join(folder, 'node_modules'))
    await symlink(root, join(folder, 'node_modules/candlewick'), 'junction')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await cp(join(root, '.cache/sample/models'), join(folder, 'models'), { recursive: true })
    await writeFile(join(folder, 'models/candles.json'), JSON.stringify(candles))
    decision = (await printed(process.execPath, 'main-node.mjs')) as typeof decision
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('decide in Node', () => {
    expect(['LONG', 'SHORT', 'NEUTRAL']).toContain(decision.side)
  })

  it.skipIf('absent' in deno)('decide alike in Deno, which may read the models alone', async () => {
    if (!('path' in deno)) return
    const here = await printed(deno.path, 'run', '--no-prompt', '--allow-read=models', 'main.mjs')
    expect(here).toMatchObject({ side: decision.side })
  })

  it.skipIf('absent' in workerd)('decide alike in workerd, and go on after a request that failed', async () => {
    if (!('path' in workerd)) return
    await build({
      absWorkingDir: folder,
      entryPoints: ['worker.mjs'],
      outfile: join(folder, 'worker.js'),
      bundle: true,
      format: 'esm',
      target: 'es2023',
      mainFields: ['module', 'main'],
      conditions: ['workerd', 'worker'],
      external: ['candlewick/edge.wasm'],
      logLevel: 'error',
    })
    const server = await serve(workerd.path, folder, config, 1)
    try {
      const ask = (few: number): Promise<Response> =>
        fetch(server.addresses['worker']!, {
          method: 'POST',
          body: JSON.stringify({ symbol: 'BTCUSDT', candles: candles.slice(0, few) }),
        })
      expect((await ask(3)).status).toBe(500)
      expect(await (await ask(700)).json()).toMatchObject({ side: decision.side })
    } finally {
      await server.stop()
    }
  })
})
