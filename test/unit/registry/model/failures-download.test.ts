import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { ModelEntry } from '../../../../src/registry/manifest.ts'
import { ModelRegistry } from '../../../../src/registry/registry.ts'
import { MemoryStore } from '../../../../src/registry/stores/memory.ts'
import { bytes, FileServer } from '../file-server.ts'
import { sampleEntry, sampleManifest, scalerBytes, sha256 } from '../sample-manifest.ts'
import { RangedFile } from './range-server.ts'

const chunkSize = 65_536
const pieces = 5
// No two pieces are alike, and nothing compresses them.
const model = Uint8Array.from(
  { length: (pieces - 1) * chunkSize + 1000 },
  (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24,
)
const chunkSha256 = Array.from({ length: pieces }, (_, i) => sha256(model.subarray(i * chunkSize, (i + 1) * chunkSize)))

/** Whether the manifest names the hash of every piece. */
const entry = (named: boolean): ModelEntry => {
  const { golden: _, ...rest } = sampleEntry()
  const file = { url: 'model.onnx', size: model.byteLength, sha256: sha256(model), chunkSize }
  return { ...rest, artifact: { ...file, ...(named && { chunkSha256 }) } }
}

let server: FileServer
let file: RangedFile
let store: MemoryStore

const publish = (named: boolean): void => {
  server.answers.set('/manifest.json', bytes(JSON.stringify(sampleManifest({ models: [entry(named)] }))))
}
const visit = (): Promise<ModelRegistry> => ModelRegistry.open({ manifest: `${server.origin}/manifest.json`, store })
/** A visit whose transfer breaks off after this many bytes, when the whole pieces among them, up to `last`, are kept. */
const brokenVisit = async (stopAfter: number, last = Math.floor(stopAfter / chunkSize) - 1): Promise<void> => {
  file.stopAfter = stopAfter
  const registry = await visit()
  const refused = expect(registry.install('patchtst-sample_v1.0.0')).rejects.toMatchObject({
    code: 'model/download-failed',
  })
  if (last >= 0) await expect.poll(() => store.getChunk(sha256(model), last)).toBeDefined()
  await expect.poll(() => file.breakOff()).toBe(1)
  await refused
  expect((await registry.getModelInfo('patchtst-sample_v1.0.0')).installed).toBe(false)
  await registry.close()
  file.stopAfter = undefined
}
const goodVisit = async (): Promise<void> => {
  const registry = await visit()
  const loaded = await registry.load()
  expect(sha256(loaded.model)).toBe(sha256(model))
  expect(sha256((await store.getBytes(sha256(model)))!)).toBe(sha256(model))
  expect((await registry.verify()).faults).toEqual([])
  await registry.close()
}

beforeEach(async () => {
  ;[server, store, file] = [await FileServer.start(), new MemoryStore(), new RangedFile(model)]
  server.answers.set('/model.onnx', file.answer)
  server.answers.set('/scaler.json', bytes(scalerBytes))
  publish(true)
})
afterEach(() => server.stop())

describe('A download that broke off', () => {
  it.each(Array.from({ length: pieces }, (_, k) => k))('goes on after %i whole pieces', async (k) => {
    for (const named of [true, false]) {
      store = new MemoryStore()
      publish(named)
      file.asked.length = 0
      await brokenVisit(k * chunkSize + 7)
      await goodVisit()
      expect(file.asked).toEqual([
        { range: undefined, ifRange: undefined },
        k === 0 ? { range: undefined, ifRange: undefined } : { range: `bytes=${k * chunkSize}-`, ifRange: file.etag },
      ])
    }
  })

  it('goes on as often as it breaks off', async () => {
    for (let k = 0; k < pieces - 1; k++) await brokenVisit(chunkSize + 7, k)
    await goodVisit()
    expect(file.asked.map(({ range }) => range)).toEqual([
      undefined,
      ...Array.from({ length: pieces - 1 }, (_, k) => `bytes=${(k + 1) * chunkSize}-`),
    ])
  })

  it.each(['whole', 'refused', 'misplaced'] as const)(
    'begins anew where the server answers a range as %s',
    async (manner) => {
      await brokenVisit(2 * chunkSize)
      file.manner = manner
      await goodVisit()
    },
  )

  it.each([true, false])('begins anew where the rest is of another file (pieces named: %s)', async (named) => {
    publish(named)
    await brokenVisit(2 * chunkSize)
    file.manner = 'forged'
    await goodVisit()
    expect(file.asked.map(({ range }) => range)).toEqual([undefined, `bytes=${2 * chunkSize}-`, undefined])
  })

  it('begins anew where the file was published again, and refuses what is now there', async () => {
    await brokenVisit(2 * chunkSize)
    file.etag = '"two"'
    await goodVisit()
    expect(file.asked.at(-1)).toEqual({ range: `bytes=${2 * chunkSize}-`, ifRange: '"one"' })
  })

  it.each([undefined, 'W/"one"'])('begins anew without a strong mark (%s)', async (etag) => {
    file.etag = etag
    await brokenVisit(2 * chunkSize)
    await goodVisit()
    expect(file.asked.map(({ range }) => range)).toEqual([undefined, undefined])
  })

  it('begins anew where the transfer was compressed, because its positions are others', async () => {
    file.gzip = true
    await brokenVisit(500)
    file.gzip = false
    await goodVisit()
    expect(file.asked.map(({ range }) => range)).toEqual([undefined, undefined])
  })

  it('finds pieces that have rotted meanwhile, and begins at the first of them', async () => {
    await brokenVisit(3 * chunkSize)
    await store.putChunk(sha256(model), 1, new Uint8Array(chunkSize))
    await goodVisit()
    expect(file.asked.at(-1)?.range).toBe(`bytes=${chunkSize}-`)
  })
})

describe('A server that sends something else', () => {
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'a page': new TextEncoder().encode('<!doctype html><title>Not found</title>'),
    'a byte too little': model.subarray(0, -1),
    'a byte too much': new Uint8Array([...model, 0]),
    nothing: new Uint8Array(),
    'a bit flipped in the last piece': model.map((byte, i) => (i === model.byteLength - 1 ? byte ^ 1 : byte)),
    'two pieces exchanged': new Uint8Array([
      ...model.subarray(chunkSize, 2 * chunkSize),
      ...model.subarray(0, chunkSize),
      ...model.subarray(2 * chunkSize),
    ]),
    'zeros at the end': new Uint8Array([...model.subarray(0, -500), ...new Uint8Array(500)]),
  }

  it.each(Object.keys(wrong))('gets nothing installed by %s', async (name) => {
    for (const named of [true, false]) {
      store = new MemoryStore()
      publish(named)
      file.bytes = wrong[name]!
      const registry = await visit()
      await expect(registry.install('patchtst-sample_v1.0.0')).rejects.toMatchObject({ code: 'model/integrity' })
      await expect(registry.promote('patchtst-sample_v1.0.0')).rejects.toMatchObject({ code: 'registry/not-installed' })
      expect((await store.read({ blobs: 'all' })).blobs.has(sha256(model))).toBe(false)
      expect(await store.getChunk(sha256(model), 0)).toBeUndefined()
      file.bytes = model
      await registry.install('patchtst-sample_v1.0.0')
      await registry.close()
    }
  })

  it('takes a compressed transfer of the right bytes', async () => {
    file.gzip = true
    await goodVisit()
  })

  it('is found out where it answers every address with its page', async () => {
    const page = bytes('<!doctype html>')
    for (const path of ['/manifest.json', '/model.onnx', '/scaler.json']) server.answers.set(path, page)
    await expect(visit()).rejects.toMatchObject({ code: 'model/manifest-invalid' })
  })
})
