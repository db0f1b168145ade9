import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelContract, ModelSession, wasmBackend } from '../../src/inference/index.ts'
import { checkGolden } from '../../src/registry/index.ts'
import type { Outputs, Report } from './checks.ts'
import { type Material, prepare } from './material.ts'
import { deno, workerd } from './programs.ts'
import { steps } from './steps.ts'
import { workerConfig } from './worker-config.ts'
import { serve, type Workerd } from './workerd.ts'

const run = promisify(execFile)
const built = existsSync(fileURLToPath(new URL('../../dist/inference/backends/ort-universal.js', import.meta.url)))
const without = (program: object): string => ('absent' in program ? ` (skipped: ${String(program.absent)})` : '')

const floatsOf = (bits: readonly number[]): Float32Array<ArrayBuffer> => new Float32Array(Uint32Array.from(bits).buffer)
const bitsOf = (values: Float32Array<ArrayBuffer>): number[] => [...new Uint32Array(values.buffer)]

/** Six digits: the engines differ in the last one of `Math.exp` and `Math.log`, and a float32 has seven. */
function about(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 6 - Math.ceil(Math.log10(Math.max(1, Math.abs(value)))))
  if (Array.isArray(value)) return value.map(about)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, about(inner)]))
}

describe.skipIf(!built)('the session layer in servers (needs npm run build)', () => {
  let material: Material
  /** What the backend of browsers and Node gives, for the same windows. */
  let ordinary: Outputs
  let inNode: Report

  const hosted = async (program: string, ...args: string[]): Promise<Report> => {
    const { folder } = material
    const env = { ...process.env, DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }
    const { stdout, stderr } = await run(program, [...args, folder], { cwd: folder, env, maxBuffer: 2 ** 25 })
    expect(stderr).toBe('')
    return JSON.parse(stdout) as Report
  }

  const ordinarily = async (
    contract: ModelContract,
    file: string,
    input: Float32Array,
    batch = 1,
  ): Promise<number[]> => {
    const model = await readFile(join(material.folder, file))
    await using session = await ModelSession.open({ contract, model, backends: [wasmBackend()], warmupRuns: 0 })
    return bitsOf(await session.run(input, batch))
  }

  beforeAll(async () => {
    material = await prepare()
    const { folder, task } = material
    inNode = await hosted(process.execPath, 'node-host.mjs')
    const golden = new Float32Array(new Uint8Array(await readFile(join(folder, 'golden.f32'))).buffer)
    ordinary = {
      small: await ordinarily(task.small, 'small.onnx', steps(32 * 6)),
      sample: await ordinarily(task.sample, 'sample.onnx', golden),
      batch: await ordinarily(task.sample, 'sample.onnx', steps(2 * golden.length), 2),
    }
  }, 120_000)
  afterAll(() => rm(material?.folder ?? '', { recursive: true, force: true }))

  const passes = async ({ outputs, deviations, window, signal, refusals }: Report): Promise<void> => {
    expect(outputs, 'bit by bit').toEqual(ordinary)
    expect(deviations).toBe(0)
    const { golden } = material
    const reference = [{ ...golden, input: new Float32Array(0) }]
    await checkGolden({ id: 'sample', backend: 'wasm' }, reference, () => Promise.resolve(floatsOf(outputs.sample)))
    expect(window.length).toBe(96 * 240)
    expect(Math.max(...window.map((value, at) => Math.abs(value - inNode.window[at]!)))).toBeLessThan(1e-5)
    expect(signal).toEqual(about(inNode.signal))
    expect(refusals).toEqual(inNode.refusals)
  }

  it('gives in Node what the backend of browsers gives there', () => passes(inNode))

  it('gives another output for each window of a batch', () => {
    const { batch } = inNode.outputs
    expect(batch).toHaveLength(40)
    expect(new Set(batch).size).toBe(40)
  })

  it('turns candles into a signal', () => {
    const { market, sample } = material.task
    const { time, close } = market.candles.at(-1)!
    expect(inNode.signal).toMatchObject({ symbol: 'SIM', time, entry: close, model: sample.id })
  })

  it('refuses by the same codes as everywhere', () => {
    expect(inNode.refusals).toEqual({
      corrupt: 'model/unloadable',
      empty: 'model/unloadable',
      otherContract: 'model/contract',
      released: 'engine/closed',
      notCompiled: expect.stringMatching(
        /^TypeError: wasmModule is \[object Uint8Array\]: it must be a compiled/,
      ) as string,
    })
  })

  it.skipIf('absent' in deno)(`does all of it in Deno, which may read that folder alone${without(deno)}`, async () => {
    if (!('path' in deno)) return
    await passes(await hosted(deno.path, 'run', '--no-prompt', `--allow-read=${material.folder}`, 'deno-host.mjs'))
  })

  describe.skipIf('absent' in workerd)(`in workerd${without(workerd)}`, () => {
    let server: Workerd | undefined

    beforeAll(async () => {
      if ('path' in workerd) server = await serve(workerd.path, material.folder, workerConfig, 2)
    })
    afterAll(() => server?.stop())

    const answer = async (name: string, path: string): Promise<unknown> => {
      const response = await fetch(`${server?.addresses[name]}${path}`)
      const text = await response.text()
      expect(response.status, text).toBe(200)
      return JSON.parse(text)
    }

    it.each(['plain', 'nodeLike'])('does all of it in a worker, %s', async (name) => {
      await passes((await answer(name, '/check')) as Report)
    })

    it('serves requests that come at once, and later ones, from one session', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => answer('plain', '/run')))
      expect([...answers, await answer('plain', '/run')]).toEqual([1, 2, 3, 4].map(() => inNode.outputs.sample))
    })
  })
})
