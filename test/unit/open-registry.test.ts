import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fakeIndexedDb from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSignalEngine, openRegistry, type OpenRegistryOptions } from '../../src/index.ts'
import type { ModelEntry, ModelRegistry } from '../../src/registry/index.ts'
import { failure } from '../failure.ts'
import { publish, type Publication } from './engine/published-models.ts'

Object.assign(globalThis, fakeIndexedDb)

let folder: string
let offered: Publication
const opened: ModelRegistry[] = []

/** Puts a publication where the registry finds it. */
async function offer(versions: readonly string[], change?: (entry: ModelEntry) => ModelEntry): Promise<void> {
  offered = await publish(versions, change)
  for (const [name, bytes] of offered.files) await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(offered.manifest))
}

async function open(options: OpenRegistryOptions = {}): Promise<ModelRegistry> {
  const registry = await openRegistry({ manifest: join(folder, 'manifest.json'), ...options })
  opened.push(registry)
  return registry
}

const expectedOutput = (version: string): readonly number[] =>
  offered.manifest.models.find((entry) => entry.version === version)!.golden![0]!.output

const withOutput =
  (output: readonly number[]) =>
  (entry: ModelEntry): ModelEntry => ({ ...entry, golden: [{ ...entry.golden![0]!, output }] })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candlewick-registry-'))
  await offer(['1.0.0', '1.1.0'])
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.close()))
  await rm(folder, { recursive: true, force: true })
})

describe('a registry opened at the main door', () => {
  it('runs its models: one input, several, and what other input there is', async () => {
    const registry = await open()
    await using model = await registry.getModel('tiny_v1.1.0')
    const { input } = offered
    const answer = await model.predict(input)
    expect([...answer]).toEqual(expectedOutput('1.1.0'))
    expect(model).toMatchObject({ id: 'tiny_v1.1.0', backend: 'wasm' })

    const three = new Float32Array(3 * input.length)
    for (let i = 0; i < 3; i++) three.set(input, i * input.length)
    const answers = await model.predict(three, [3, 96, 5])
    expect(answers).toHaveLength(60)
    answers.forEach((value, i) => expect(value).toBeCloseTo(answer[i % 20]!, 5))
    expect(await failure(model.predict(input.subarray(1)))).toMatchObject({ code: 'model/contract' })
  })

  it('puts versions into service that pass their reference runs, and takes them back', async () => {
    const registry = await open({ store: 'indexeddb', namespace: 'service' })
    await registry.install('tiny_v1.0.0')
    await registry.promote('tiny_v1.0.0')
    await registry.install('tiny_v1.1.0')
    await registry.setProductionModel('tiny_v1.1.0')
    expect(await registry.getProductionModel()).toMatchObject({ version: '1.1.0', status: 'production' })
    expect(await registry.rollback()).toMatchObject({ version: '1.0.0' })
    expect(await registry.getChannel()).toMatchObject({ epoch: 3, production: '1.0.0' })
    expect((await registry.load()).id).toBe('tiny_v1.0.0')
  })

  it('refuses a version whose reference run gives something else, when installed and when promoted', async () => {
    const output = expectedOutput('1.0.0').with(3, 9)
    await offer(['1.0.0'], withOutput(output))
    const registry = await open()
    expect(await failure(registry.install('tiny_v1.0.0'))).toMatchObject({
      code: 'model/golden-mismatch',
      details: { id: 'tiny_v1.0.0', backend: 'wasm', index: 3, expected: 9 },
    })
    const refused = await failure(registry.promote('tiny_v1.0.0'))
    expect(refused).toMatchObject({ code: 'registry/incompatible', details: { id: 'tiny_v1.0.0' } })
    expect((refused as Error).message).toContain('instead of 9 at output 3')
    expect(await failure(registry.getModel('tiny_v1.0.0'))).toMatchObject({ code: 'model/golden-mismatch' })
    expect(await registry.getProductionModel()).toBeUndefined()
  })

  it('refuses to promote what its engine would refuse: other features, another layout', async () => {
    await offer(['1.0.0', '1.1.0'], (entry) =>
      entry.version === '1.0.0'
        ? { ...entry, features: { ...entry.features, hash: '0'.repeat(64), digests: undefined } }
        : { ...entry, outputLayout: { ...entry.outputLayout, id: 'of-another-age' } },
    )
    const registry = await open()
    for (const [id, words] of [
      ['tiny_v1.0.0', 'trained on features that differ here'],
      ['tiny_v1.1.0', 'of-another-age'],
    ] as const) {
      await registry.install(id)
      const refused = await failure(registry.promote(id))
      expect(refused).toMatchObject({ code: 'registry/incompatible' })
      expect((refused as Error).message).toContain(words)
      expect(await failure(createSignalEngine({ manifest: join(folder, 'manifest.json'), model: id }))).toBeDefined()
    }
  })

  it('keeps no more models open than it may, and never closes one in use', async () => {
    await offer(['1.0.0', '1.1.0', '1.2.0'])
    const registry = await open({ sessions: { count: 2 } })
    const first = await registry.getModel('tiny_v1.0.0')
    for (const version of ['1.1.0', '1.2.0']) {
      await using model = await registry.getModel(`tiny_v${version}`)
      expect([...(await model.predict(offered.input))]).toEqual(expectedOutput(version))
    }
    expect([...(await first.predict(offered.input))], 'it is the oldest, and in use').toEqual(expectedOutput('1.0.0'))
    await first.release()
  })

  it('keeps what it has when it is opened again, and closes its store with itself', async () => {
    const options = { store: 'indexeddb', namespace: 'kept' } as const
    const registry = await open(options)
    await registry.install('tiny_v1.0.0')
    await registry.promote('tiny_v1.0.0')
    const closing = vi.spyOn(IDBDatabase.prototype, 'close')
    await registry.close()
    expect(closing).toHaveBeenCalledOnce()
    closing.mockRestore()
    const again = await open(options)
    expect(await again.getProductionModel()).toMatchObject({ modelId: 'tiny_v1.0.0', installed: true })
  })

  it('works without a manifest, and says which one is missing', async () => {
    const bare = await openRegistry()
    expect(await bare.listModels()).toEqual([])
    await bare.close()
    expect(await failure(bare.listModels())).toMatchObject({ code: 'registry/closed' })
    expect(await failure(open({ manifest: join(folder, 'nowhere.json') }))).toMatchObject({
      code: 'model/download-failed',
    })
  })

  it('stops opening when asked, with the reason that was given', async () => {
    const reason = new Error('not now')
    expect(await failure(open({ signal: AbortSignal.abort(reason) }))).toBe(reason)
  })
})
