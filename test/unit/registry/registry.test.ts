import * as fakeIndexedDb from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { CandlewickError } from '../../../src/core/errors.ts'
import { Mutex } from '../../../src/core/mutex.ts'
import type { LoadProgress } from '../../../src/registry/loader.ts'
import type { Manifest, ModelEntry } from '../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../src/registry/registry.ts'
import type { RegistryStore } from '../../../src/registry/store.ts'
import { openIndexedDbStore } from '../../../src/registry/stores/indexeddb.ts'
import { MemoryStore } from '../../../src/registry/stores/memory.ts'
import { bytes, FileServer, stalled, status } from './file-server.ts'
import * as sample from './sample-manifest.ts'
import { modelBytes, scalerBytes, sha256 } from './sample-manifest.ts'

Object.assign(globalThis, fakeIndexedDb)

let server: FileServer
let store: RegistryStore
let url: string
let database: string
let stopped: boolean

/** Without reference runs: the files are then the model and its scaler. */
const sampleEntry = (changes: Partial<ModelEntry> = {}): ModelEntry => {
  const { golden: _golden, ...entry } = sample.sampleEntry(changes)
  return entry
}
const sampleManifest = (changes: Partial<Manifest> = {}): Manifest =>
  sample.sampleManifest({ models: [sampleEntry()], ...changes })
/** What the store holds ready, by address. */
const held = async (): Promise<string[]> => {
  const { blobs } = await store.read({ blobs: 'all' })
  return [...blobs.values()].filter((blob) => blob.state === 'ready').map((blob) => blob.sha256)
}
/** Puts other bytes under a hash, as a failing disk would. */
const spoil = async (sha256OfGood: string, spoiled: Uint8Array<ArrayBuffer>): Promise<void> => {
  await store.putChunk(sha256OfGood, 0, spoiled)
}
const publish = (manifest: Manifest | string): void => {
  server.answers.set('/x/manifest.json', bytes(typeof manifest === 'string' ? manifest : JSON.stringify(manifest)))
}
const leaveNetwork = async (): Promise<void> => {
  stopped = true
  await server.stop()
}
const open = (using = store): Promise<ModelRegistry> => ModelRegistry.open({ manifest: url, store: using })

beforeEach(async () => {
  database = `registry-${Math.random().toString(36).slice(2)}`
  ;[server, store, stopped] = [await FileServer.start(), await openIndexedDbStore({ name: database }), false]
  url = `${server.origin}/x/manifest.json`
  publish(sampleManifest())
  server.answers.set('/x/model.onnx', bytes(modelBytes))
  server.answers.set('/x/scaler.json', bytes(scalerBytes))
})
afterEach(async () => {
  await store.close()
  if (!stopped) await server.stop()
})

describe('ModelRegistry on the first visit', () => {
  it('loads verified bytes and keeps them', async () => {
    const registry = await open()
    const loaded = await registry.load()
    expect(registry.manifestSource).toBe('network')
    expect((await registry.listModels()).map((model) => model.modelName)).toEqual(['patchtst-sample'])
    expect(loaded).toMatchObject({
      id: 'patchtst-sample_v1.0.0',
      entry: { notice: 'Untrained sample' },
      scaler: { mean: [0, 1], scale: [1, 2] },
      source: 'network',
      persisted: true,
    })
    expect(loaded).not.toHaveProperty('storeProblem')
    expect(sha256(loaded.model)).toBe(sha256(modelBytes))
    expect(new Set(await held())).toEqual(new Set([sha256(modelBytes), sha256(scalerBytes)]))
  })

  it('counts progress over both files, never back', async () => {
    const seen: LoadProgress[] = []
    const onProgress = (progress: LoadProgress): void => void seen.push(progress)
    const registry = await ModelRegistry.open({ manifest: url, store, onProgress })
    await registry.load(undefined, { onProgress })
    const total = modelBytes.byteLength + scalerBytes.byteLength
    const loading = seen.filter((progress) => progress.phase !== 'manifest')
    expect(new Set(seen.map((progress) => progress.phase))).toEqual(
      new Set(['manifest', 'download', 'verify', 'store']),
    )
    expect(loading.every((progress) => progress.total === total)).toBe(true)
    expect(loading.at(-1)).toEqual({ phase: 'store', loaded: total, total })
    loading.reduce((before, after) => {
      expect(after.loaded).toBeGreaterThanOrEqual(before.loaded)
      return after
    })
  })

  it('reads from the base address of the manifest', async () => {
    publish(sampleManifest({ baseUrl: '../files' }))
    server.answers.set('/files/model.onnx', bytes(modelBytes))
    server.answers.set('/files/scaler.json', bytes(scalerBytes))
    await (await open()).load()
    expect(server.asked).toEqual(['/x/manifest.json', '/files/scaler.json', '/files/model.onnx'])
  })

  it('chooses by id, by name with the highest version, or the first', async () => {
    const [old, next] = [sampleEntry({ version: '1.9.0' }), sampleEntry({ version: '1.10.0' })]
    publish(sampleManifest({ models: [old, next] }))
    const registry = await open()
    expect((await registry.load()).entry.version).toBe('1.9.0')
    expect((await registry.load('patchtst-sample')).entry.version).toBe('1.10.0')
    expect((await registry.load('patchtst-sample_v1.9.0')).entry.version).toBe('1.9.0')
    await expect(registry.load('lstm')).rejects.toMatchObject({
      code: 'model/not-found',
      details: { id: 'lstm', available: ['patchtst-sample_v1.10.0', 'patchtst-sample_v1.9.0'] },
    })
  })

  it.each(['/x/model.onnx', '/x/scaler.json'])('stores nothing of a wrong %s', async (path) => {
    server.answers.set(path, bytes('<!doctype html>'))
    await expect((await open()).load()).rejects.toMatchObject({
      code: 'model/integrity',
      details: { url: server.origin + path, what: 'size' },
    })
    const spoiled = (path.endsWith('onnx') ? modelBytes : scalerBytes).slice()
    spoiled.fill(7, 5, 6)
    server.answers.set(path, bytes(spoiled))
    await expect((await open()).load()).rejects.toMatchObject({ code: 'model/integrity', details: { what: 'sha256' } })
    expect(await held()).not.toContain(sha256(path.endsWith('onnx') ? modelBytes : scalerBytes))
  })

  it('tries again after a failure', async () => {
    server.answers.set('/x/model.onnx', status(500))
    const registry = await open()
    await expect(registry.load()).rejects.toMatchObject({ code: 'model/download-failed', details: { status: 500 } })
    server.answers.set('/x/model.onnx', bytes(modelBytes))
    expect((await registry.load()).source).toBe('network')
    expect(server.count('/x/scaler.json')).toBe(1)
  })

  it('refuses a scaler that is no JSON', async () => {
    const words = new TextEncoder().encode('mean: 0')
    publish(
      sampleManifest({
        models: [sampleEntry({ scaler: { url: 'scaler.json', size: words.byteLength, sha256: sha256(words) } })],
      }),
    )
    server.answers.set('/x/scaler.json', bytes(words))
    await expect((await open()).load()).rejects.toMatchObject({ code: 'model/contract', details: { path: 'scaler' } })
    expect(server.count('/x/model.onnx')).toBe(0)
  })

  it('refuses what is no address', async () => {
    const { artifact } = sampleEntry()
    publish(sampleManifest({ models: [sampleEntry({ artifact: { ...artifact, url: 'https://[' } })] }))
    await expect(open()).rejects.toMatchObject({ code: 'model/download-failed' })
  })

  it('throws the reason of an abort untouched and ends the transfer', async () => {
    const left = new Promise<void>((resolve) => server.answers.set('/x/model.onnx', stalled(modelBytes, resolve)))
    const registry = await open()
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ loaded }: LoadProgress): void => {
      if (loaded > scalerBytes.byteLength) controller.abort(reason)
    }
    await expect(registry.load(undefined, { signal: controller.signal, onProgress })).rejects.toBe(reason)
    await left
    await expect(registry.load(undefined, { signal: controller.signal })).rejects.toBe(reason)
    await expect(ModelRegistry.open({ manifest: url, store, signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('ModelRegistry for several callers', () => {
  it('asks for each file once and gives each caller bytes of its own', async () => {
    const registry = await open()
    const loads = await Promise.all([registry.load(), registry.load(), registry.load('patchtst-sample')])
    expect(server.asked.sort((a, b) => (a < b ? -1 : 1))).toEqual([
      '/x/manifest.json',
      '/x/model.onnx',
      '/x/scaler.json',
    ])
    loads[0]?.model.fill(0)
    expect(loads.slice(1).map(({ model }) => sha256(model))).toEqual([sha256(modelBytes), sha256(modelBytes)])
  })

  it('goes on for the others when one leaves', async () => {
    let release = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      server.answers.set('/x/model.onnx', (response) => {
        release = () => response.end(modelBytes)
        resolve()
      })
    })
    const registry = await open()
    const controller = new AbortController()
    const [leaver, stayer] = [registry.load(undefined, { signal: controller.signal }), registry.load()]
    const left = expect(leaver).rejects.toMatchObject({ name: 'AbortError' })
    await asked
    controller.abort()
    await left
    release()
    expect((await stayer).source).toBe('network')
    expect(server.count('/x/model.onnx')).toBe(1)
  })

  it('starts anew for a caller that comes after all others have left', async () => {
    server.answers.set(
      '/x/model.onnx',
      stalled(modelBytes, () => undefined),
    )
    const registry = await open()
    const controller = new AbortController()
    const leaver = registry.load(undefined, { signal: controller.signal })
    const left = expect(leaver).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => server.count('/x/model.onnx')).toBe(1)
    server.answers.set('/x/model.onnx', bytes(modelBytes))
    controller.abort()
    const next = registry.load()
    await left
    expect(sha256((await next).model)).toBe(sha256(modelBytes))
  })

  it('downloads once for two tabs where the platform has locks', async () => {
    // Node 20 has no Web Locks: one queue for each name keeps their promise within this process.
    const queues = new Map<string, Mutex>()
    const locks = {
      request: (name: string, _: object, held: () => Promise<unknown>) => {
        const queue = queues.get(name) ?? new Mutex()
        queues.set(name, queue)
        return queue.run(held)
      },
    }
    const kept = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    onTestFinished(() => {
      if (kept === undefined) Reflect.deleteProperty(globalThis, 'navigator')
      else Object.defineProperty(globalThis, 'navigator', kept)
    })
    Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
    const second = await openIndexedDbStore({ name: database })
    const [left, right] = [await open(), await open(second)]
    const loads = await Promise.all([left.load(), right.load()])
    await second.close()
    expect([...queues.keys()]).toEqual(
      expect.arrayContaining([`blob:${sha256(modelBytes)}`, `blob:${sha256(scalerBytes)}`]),
    )
    expect(server.count('/x/model.onnx')).toBe(1)
    expect(new Set(loads.map((load) => load.source))).toEqual(new Set(['network', 'store']))
  })
})

describe('ModelRegistry on the second visit', () => {
  beforeEach(async () => {
    await (await open()).load()
    await store.close()
    store = await openIndexedDbStore({ name: database })
    server.asked.length = 0
  })

  it('asks the network for the manifest only', async () => {
    expect(await (await open()).load()).toMatchObject({ source: 'store', persisted: true })
    expect(server.asked).toEqual(['/x/manifest.json'])
  })

  it('needs no network', async () => {
    await leaveNetwork()
    const registry = await open()
    const loaded = await registry.load()
    expect([registry.manifestSource, loaded.source]).toEqual(['store', 'store'])
    expect(sha256(loaded.model)).toBe(sha256(modelBytes))
    expect(server.asked).toEqual([])
  })

  it.each([404, 500])('serves from the store while the manifest answers %i', async (code) => {
    server.answers.set('/x/manifest.json', status(code))
    expect((await open()).manifestSource).toBe('store')
  })

  /** The fetched manifest is turned away, said so, and written down; the one before serves on. */
  const refuses = async (problem: object): Promise<void> => {
    const registry = await open()
    expect(registry.manifestProblem).toMatchObject(problem)
    expect(registry.manifestSource).toBe('store')
    expect(registry.manifest).toEqual(sampleManifest())
    await expect(registry.refresh()).rejects.toMatchObject(problem)
    expect((await registry.history({ last: 1 }))[0]).toMatchObject({ type: 'manifest-refused', actor: 'manifest' })
    await expect(registry.load()).resolves.toMatchObject({ source: 'store' })
  }

  it('refuses a wrong manifest and keeps the one it has', async () => {
    for (const wrong of ['<!doctype html>', '{}', JSON.stringify({ ...sampleManifest(), version: 0 })]) {
      publish(wrong)
      await refuses({ code: 'model/manifest-invalid' })
    }
    server.answers.set('/x/manifest.json', bytes(new Uint8Array([0xff, 0xfe])))
    await refuses({ code: 'model/manifest-invalid' })
    publish(`${' '.repeat(5_000_000)}${JSON.stringify(sampleManifest())}`)
    await refuses({ details: { path: '$', expected: 'at most 5000000 bytes' } })
    await leaveNetwork()
    expect((await open()).manifest).toEqual(sampleManifest())
  })

  it('refuses a manifest that names other bytes for a known version, and keeps the one it has', async () => {
    const artifact = { url: 'model.onnx', size: 1, sha256: 'ab'.repeat(32) }
    publish(sampleManifest({ version: 2, models: [sampleEntry({ artifact })] }))
    await refuses({ code: 'registry/version-immutable', details: { actual: artifact.sha256 } })
    await leaveNetwork()
    expect((await open()).manifest?.version).toBe(1)
  })

  it('takes a new edition of the manifest and keeps it', async () => {
    publish(sampleManifest({ version: 2, models: [sampleEntry({ version: '1.1.0' })] }))
    expect((await open()).manifest?.version).toBe(2)
    await leaveNetwork()
    expect((await open()).manifest?.version).toBe(2)
  })

  it('heals a stored blob that has rotted', async () => {
    const rotten = modelBytes.slice()
    rotten.fill(1, 10, 20)
    await spoil(sha256(modelBytes), rotten)
    expect(await (await open()).load()).toMatchObject({ source: 'network', persisted: true })
    expect(server.asked).toEqual(['/x/manifest.json', '/x/model.onnx'])
    expect(sha256((await store.getBytes(sha256(modelBytes))) ?? new Uint8Array())).toBe(sha256(modelBytes))
    expect((await store.listEvents()).map(({ type }) => type)).toContain('blob-corrupted')
  })

  it('never runs a rotten blob, also without a network', async () => {
    await spoil(sha256(modelBytes), new Uint8Array(modelBytes.byteLength))
    await leaveNetwork()
    await expect((await open()).load()).rejects.toMatchObject({
      code: 'model/download-failed',
      details: { url: `${server.origin}/x/model.onnx` },
    })
    expect(await held()).toEqual([sha256(scalerBytes)])
  })

  it('blames the manifest, not the bytes, for a size that contradicts the hash', async () => {
    const { artifact } = sampleEntry()
    publish(
      sampleManifest({ version: 2, models: [sampleEntry({ version: '2.0.0', artifact: { ...artifact, size: 5 } })] }),
    )
    await expect((await open()).load()).rejects.toMatchObject({ code: 'model/integrity', details: { what: 'size' } })
    expect(await held()).toHaveLength(2)
  })
})

describe('ModelRegistry without a store that works', () => {
  class FullStore extends MemoryStore {
    override async putChunk(): Promise<void> {
      throw new CandlewickError('store/quota-exceeded', { neededBytes: 10, freeBytes: 3 })
    }
  }

  it('runs from memory and says why', async () => {
    const registry = await open(new FullStore())
    expect(await registry.load()).toMatchObject({
      source: 'network',
      persisted: false,
      storeProblem: `${scalerBytes.byteLength} bytes are needed, 3 are free. Free some space for this site.`,
    })
  })

  it('runs where the store cannot be used at all', async () => {
    await store.close()
    const registry = await open()
    expect(registry.storeProblem).toMatch(/cannot be used: it was closed/u)
    expect(await registry.load()).toMatchObject({
      source: 'network',
      persisted: false,
    })
    await registry.setProductionModel('patchtst-sample_v1.0.0')
    expect((await registry.getProductionModel())?.installed).toBe(true)
    await leaveNetwork()
    await expect(open()).rejects.toMatchObject({ code: 'model/download-failed' })
  })

  it('says of a memory store that nothing lasts, without calling it a problem', async () => {
    const loaded = await (await open(new MemoryStore())).load()
    expect(loaded.persisted).toBe(false)
    expect(loaded).not.toHaveProperty('storeProblem')
  })
})
