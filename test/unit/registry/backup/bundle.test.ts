import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { strToU8, unzipSync, zipSync } from 'fflate'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { TreeIndexEntry } from '../../../../src/registry/backup/tree-form.ts'
import type { RegistryStore } from '../../../../src/registry/store.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { acts, allOf, bytesOf, collect, keptIn, live, lived, open, register } from './kept.ts'

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? new Uint8Array()).toString('utf8')
const indexOf = (tree: Record<string, Uint8Array>): Record<string, TreeIndexEntry> =>
  JSON.parse(textOf(tree['index.json'])) as Record<string, TreeIndexEntry>
const files = async (registry: { exportBundle(): ReadableStream<Uint8Array> }): Promise<Record<string, Uint8Array>> =>
  unzipSync(await collect(registry.exportBundle()))
const zip = (tree: Record<string, Uint8Array | string | object>): Uint8Array<ArrayBuffer> =>
  zipSync(
    Object.fromEntries(
      Object.entries(tree).map(([path, content]) => [
        path,
        content instanceof Uint8Array
          ? content
          : strToU8(typeof content === 'string' ? content : JSON.stringify(content)),
      ]),
    ),
  )

/** What a machine has of the programs that others open a zip with. */
const has = (program: string, flag: string): boolean => {
  try {
    execFileSync(program, [flag], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const onDisk = (bytes: Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'models.zip'), bytes)
  return join(folder, 'models.zip')
}

describe('a bundle', () => {
  it('is the classic tree: an index, and for each model its file, its scaler and its metadata', async () => {
    const registry = await lived(new MemoryStore())
    const tree = await files(registry)
    const index = indexOf(tree)
    expect(Object.keys(index)).toEqual((await registry.listModels()).map(({ modelId }) => modelId))
    expect(index['lstm_v1.1.0']).toEqual({
      model_id: 'lstm_v1.1.0',
      model_name: 'lstm',
      version: '1.1.0',
      model_type: 'patchtst',
      training_date: '2026-01-30',
      performance_metrics: { ic_mean: 1.1 / 10 },
      status: 'production',
      model_path: 'lstm_v1.1.0/model.onnx',
      metadata_path: 'lstm_v1.1.0/metadata.json',
    })
    expect(Object.keys(tree)).toHaveLength(1 + 6 * 3)
    expect(tree['tree_v1.0.0/model.onnx']).toEqual(bytesOf('tree 1.0.0 '))
    expect(textOf(tree['tree_v1.0.0/scaler.json'])).toBe('{"mean":[0],"scale":[1],"of":"tree"}')
    expect(JSON.parse(textOf(tree['tree_v1.0.0/metadata.json']))).toMatchObject({
      model_id: 'tree_v1.0.0',
      performance_metrics: { ic_mean: 0.1 },
      dataset_info: {},
      candlewick: { metadata: { note: { by: 'me' } } },
    })
  })

  it('leaves out files that are not here, and the index says so', async () => {
    const store = new MemoryStore()
    const registry = await lived(store)
    const { sha256 } = await registry.getModelInfo('lstm_v1.0.0')
    await store.putChunk(sha256, 0, bytesOf('spoiled'))
    const tree = await files(registry)
    expect(tree).not.toHaveProperty(['lstm_v1.0.0/model.onnx'])
    expect(indexOf(tree)['lstm_v1.0.0']?.model_path).toBeNull()
    const bare = unzipSync(await collect(registry.exportBundle({ scope: 'metadata' })))
    expect(Object.keys(bare).filter((path) => !path.endsWith('.json'))).toEqual([])
  })

  it('gives every model a folder that any file system can take', async () => {
    const registry = await open(new MemoryStore())
    const ids = ['..', '.', 'con', 'Nul.txt', 'index.json', 'Same', 'same', 'dot.', '.hidden', 'fine-1_2.3']
    for (const id of ids)
      await registry.saveModel(bytesOf(id), id, { modelName: 'x', version: `1.${ids.indexOf(id)}.0`, modelType: 'x' })
    const tree = await files(registry)
    const folders = [...new Set(Object.keys(tree).map((path) => path.split('/')[0]!))].filter(
      (name) => name !== 'index.json',
    )
    expect(folders).toHaveLength(ids.length)
    expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(ids.length)
    for (const folder of folders) expect(folder).toMatch(/^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/u)
    expect(folders).toContain('fine-1_2.3')
    const other = await open(new MemoryStore())
    await other.importBundle(await collect(registry.exportBundle()))
    expect((await other.listModels()).map(({ modelId }) => modelId).sort()).toEqual([...ids].sort())
  })

  const python = has('python3', '--version')
  it.skipIf(!python)(`is read by Python as it was written${python ? '' : ' (there is no python3 here)'}`, async () => {
    const registry = await lived(new MemoryStore())
    await register(registry, 'big', '1.0.0', { length: 5_000_000 })
    const bundle = await collect(registry.exportBundle())
    const script = [
      'import hashlib, json, sys, zipfile',
      'z = zipfile.ZipFile(sys.argv[1])',
      'assert z.testzip() is None',
      'print(json.dumps({n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist()}))',
    ].join('\n')
    const told = JSON.parse(execFileSync('python3', ['-c', script, onDisk(bundle)]).toString()) as object
    const { createHash } = await import('node:crypto')
    const hashes = Object.entries(unzipSync(bundle)).map(([path, bytes]) => [
      path,
      createHash('sha256').update(bytes).digest('hex'),
    ])
    expect(told).toEqual(Object.fromEntries(hashes))
  })

  const unzip = has('unzip', '-v')
  it.skipIf(!unzip)(`passes the test of unzip${unzip ? '' : ' (there is no unzip here)'}`, async () => {
    const bundle = await collect((await lived(new MemoryStore())).exportBundle())
    expect(execFileSync('unzip', ['-t', onDisk(bundle)]).toString()).toMatch(/No errors detected/u)
  })

  it('is told by its own bytes when a device clock stands before 1980', async () => {
    const registry = await open(new MemoryStore())
    await register(registry, 'lstm', '1.0.0')
    const real = Date.now
    onTestFinished(() => void (Date.now = real))
    Date.now = () => 0
    expect(Object.keys(await files(registry))).toContain('lstm_v1.0.0/model.onnx')
  })

  it('ends with the reason of an abort, untouched', async () => {
    const controller = new AbortController()
    const reader = (await lived(new MemoryStore())).exportBundle({ signal: controller.signal }).getReader()
    await reader.read()
    controller.abort('enough')
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toBe('enough')
  })
})

describe('an import', () => {
  const facts = async (store: RegistryStore): Promise<unknown[]> =>
    (await keptIn(store)).families.flatMap(([, { models }]) =>
      models.map(({ id, name, version, metadata, artifact, scaler, status }) => ({
        id,
        name,
        version,
        metadata,
        hashes: [artifact.sha256, scaler?.sha256],
        archived: status === 'archived',
      })),
    )

  it('registers every model with its metadata and its bytes, and takes over no pointer', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const [from, to] = [new MemoryStore(), new MemoryStore()]
        const bundle = await collect((await live(await open(from), steps)).exportBundle())
        const registry = await open(to)
        const { models } = await registry.importBundle(bundle)
        expect(await facts(to)).toEqual(await facts(from))
        expect(models.every(({ action }) => action === 'added')).toBe(true)
        for (const [, { channel }] of (await keptIn(to)).families) expect(channel.epoch).toBe(0)
        expect((await registry.verify()).faults).toEqual([])
        const before = await allOf(to)
        const again = await registry.importBundle(bundle)
        expect(
          again.models.every(({ action, reason }) => action === 'skipped' && reason === 'it is here already'),
        ).toBe(true)
        expect(await allOf(to)).toBe(before)
      }),
      { numRuns: 40 },
    )
  })

  it('reads what other tools pack, in streams and blobs', async () => {
    const entry = {
      model_id: 'lgbm_v1.0',
      model_name: 'lgbm',
      version: '1.0',
      model_type: 'lgbm',
      training_date: '2026-01-30',
      performance_metrics: { ic_mean: 0.05, sharpe: null },
      status: 'production',
      model_path: 'lgbm_v1.0/model.onnx',
      metadata_path: 'lgbm_v1.0/metadata.json',
    }
    const pickled = { ...entry, model_id: 'old', version: '0.1', model_path: 'old/model.pkl', metadata_path: null }
    const bundle = zip({
      'index.json': [entry, pickled],
      'lgbm_v1.0/model.onnx': bytesOf('a model', 5000),
      'lgbm_v1.0/metadata.json': { ...entry, hyperparameters: { n_estimators: 100 }, dataset_info: { rows: 5 } },
      'old/model.pkl': 'no',
    })
    for (const source of [bundle, new Blob([bundle]), new Blob([bundle]).stream()]) {
      const registry = await open(new MemoryStore())
      expect((await registry.importBundle(source)).models).toEqual([
        { id: 'lgbm_v1.0', name: 'lgbm', version: '1.0.0', action: 'added' },
        { id: 'old', name: 'lgbm', version: '0.1.0', action: 'skipped', reason: 'its files are not there' },
      ])
      expect(await registry.getModelInfo('lgbm_v1.0')).toMatchObject({
        status: 'registered',
        performanceMetrics: { ic_mean: 0.05 },
        trainingDate: '2026-01-30',
        size: 5000,
      })
      expect(await registry.getModelMetadata('lgbm_v1.0')).toMatchObject({
        hyperparameters: { n_estimators: 100 },
        datasetInfo: { rows: 5 },
      })
    }
  })

  it('leaves what was deleted here deleted, and refuses other bytes for a known version', async () => {
    const registry = await open(new MemoryStore())
    await register(registry, 'lstm', '1.0.0')
    const bundle = await collect(registry.exportBundle())
    await registry.deleteModel('lstm_v1.0.0')
    expect((await registry.importBundle(bundle)).models[0]).toMatchObject({
      action: 'skipped',
      reason: 'it was deleted here',
    })
    const store = new MemoryStore()
    const other = await open(store)
    await register(other, 'lstm', '1.0.0', { content: 'other' })
    const before = await allOf(store)
    await expect(other.importBundle(bundle)).rejects.toMatchObject({ code: 'backup/conflict' })
    expect(await allOf(store)).toBe(before)
  })

  it('is refused for any byte that is another one, with nothing registered', async () => {
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '1.0.0')
    await register(source, 'lstm', '1.1.0')
    const bundle = await collect(source.exportBundle())
    const whole = (await source.listModels()).map(({ modelId }) => modelId)
    const store = new MemoryStore()
    const registry = await open(store)
    const before = await allOf(store)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bundle.byteLength - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const spoiled = bundle.slice()
          spoiled[at]! ^= by
          const error: unknown = await registry.importBundle(spoiled).then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
          if (error === undefined) {
            // Dates, attributes and sizes that are told twice say nothing about the models.
            expect((await registry.listModels()).map(({ modelId }) => modelId)).toEqual(whole)
            expect((await registry.verify()).faults).toEqual([])
            await store.update({}, ({ meta }) => ({
              changes: { clear: true, ...(meta && { meta }) },
              result: undefined,
            }))
            const { blobs } = await store.read({ blobs: 'all' })
            await store.update({}, () => ({ changes: { droppedBlobs: [...blobs.keys()] }, result: undefined }))
          } else expect(error).toMatchObject({ code: 'backup/invalid' })
          expect(await allOf(store)).toBe(before)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is refused where a number was altered on the way, and where a file was exchanged', async () => {
    const registry = await open(new MemoryStore())
    const source = await open(new MemoryStore())
    await register(source, 'lstm', '1.0.0', { ic: 0.123 })
    const bundle = await collect(source.exportBundle())
    const altered = Buffer.from(bundle)
    for (let at = altered.indexOf('0.123'); at >= 0; at = altered.indexOf('0.123', at + 1)) altered.write('0.923', at)
    await expect(registry.importBundle(new Uint8Array(altered))).rejects.toThrow(/index\.json" in the zip is damaged/u)
    for (const file of ['model.onnx', 'scaler.json']) {
      const exchanged = zip({ ...unzipSync(bundle), [`lstm_v1.0.0/${file}`]: bytesOf('something else') })
      await expect(registry.importBundle(exchanged)).rejects.toThrow(/are not its bytes/u)
    }
    expect(await registry.listModels()).toEqual([])
  })

  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ['no zip', bytesOf('PK')],
    ['nothing', new Uint8Array()],
    ['a zip without an index', zip({ 'x.json': '{}' })],
    ['an index that is no JSON', zip({ 'index.json': '{' })],
    ['an index of another form', zip({ 'index.json': { a: 1 } })],
    [
      'metadata that is not there',
      zip({ 'index.json': [{ model_id: 'a', model_name: 'a', version: '1', metadata_path: 'b' }] }),
    ],
    [
      'an id that is a path',
      zip({ 'index.json': [{ model_id: '../a', model_name: 'a', version: '1', model_type: 'x' }] }),
    ],
    [
      'one id twice',
      zip({
        'index.json': ['1', '2'].map((version) => ({ model_id: 'a', model_name: 'a', version, model_type: 'x' })),
      }),
    ],
    [
      'metadata without end',
      zip({
        'index.json': [{ model_id: 'a', model_name: 'a', version: '1', model_type: 'x', metadata_path: 'm' }],
        m: `{"dataset_info":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
      }),
    ],
  ])('is refused for %s', async (_, bundle) => {
    const registry = await open(new MemoryStore())
    await expect(registry.importBundle(bundle)).rejects.toMatchObject({ code: 'backup/invalid' })
  })

  it('is refused for a name or a metric that no model can have', async () => {
    const registry = await open(new MemoryStore())
    const entry = { model_id: 'a', model_name: 'A model', version: '1', model_type: 'x' }
    await expect(registry.importBundle(zip({ 'index.json': [entry] }))).rejects.toMatchObject({
      code: 'registry/metadata-invalid',
    })
  })

  it('brings the inputs of reference runs along', async () => {
    const registry = await open(new MemoryStore())
    const input = await registry.registerModel(bytesOf('an input'), { modelName: 'inputs', modelType: 'x' })
    const { sha256, size } = await registry.getModelInfo(input)
    const file = { url: 'https://models.example/input.f32', size, sha256 }
    await register(registry, 'lstm', '1.0.0', { golden: [{ input: file, output: [1], atol: 0, rtol: 0 }] })
    await registry.deleteModel(input)
    const bundle = await collect(registry.exportBundle())
    expect(unzipSync(bundle)['lstm_v1.0.0/golden-0.f32']).toEqual(bytesOf('an input'))
    const other = await open(new MemoryStore())
    await other.importBundle(bundle)
    expect(await other.getModelInfo('lstm_v1.0.0')).toMatchObject({ installed: true })
  })

  it('throws the reason of an abort untouched', async () => {
    const registry = await open(new MemoryStore())
    const bundle = await collect((await lived(new MemoryStore())).exportBundle())
    await expect(registry.importBundle(bundle, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    const controller = new AbortController()
    const silent = new ReadableStream<Uint8Array>()
    const importing = registry.importBundle(silent, { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 5)
    await expect(importing).rejects.toBe('enough')
  })
})
