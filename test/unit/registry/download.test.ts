import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { download, type FileProgress, readByFetch, readUpTo } from '../../../src/registry/download.ts'
import { sha256Hex, verifyBytes } from '../../../src/registry/integrity.ts'
import { hideUrl, publicUrl } from '../../../src/registry/public-url.ts'
import { brokenOff, bytes, endless, FileServer, stalled, status } from './file-server.ts'
import { modelBytes, sha256 } from './sample-manifest.ts'

let server: FileServer
beforeEach(async () => {
  server = await FileServer.start()
})
afterEach(() => server.stop())

const file = (path = '/m.onnx') => ({
  url: server.origin + path,
  size: modelBytes.byteLength,
  sha256: sha256(modelBytes),
})

const flipped = (at: number): Uint8Array => {
  const copy = modelBytes.slice()
  copy.fill(copy.at(at) === 0 ? 1 : 0, at, at + 1)
  return copy
}

describe('download', () => {
  it('brings the bytes and counts them up to the size in the manifest', async () => {
    server.answers.set('/m.onnx', bytes(modelBytes))
    const seen: FileProgress[] = []
    const got = await download(file(), { onProgress: (progress) => seen.push(progress) })
    expect(got).toEqual(modelBytes)
    expect(got.buffer.byteLength).toBe(modelBytes.byteLength)
    expect(seen.at(-1)).toEqual({ url: file().url, loaded: modelBytes.byteLength, total: modelBytes.byteLength })
    expect(seen.map((progress) => progress.loaded)).toEqual(
      seen.map((progress) => progress.loaded).sort((a, b) => a - b),
    )
  })

  it('brings an empty file', async () => {
    server.answers.set('/m.onnx', bytes(''))
    const empty = new Uint8Array(0)
    expect(await download({ ...file(), size: 0, sha256: sha256(empty) })).toEqual(empty)
  })

  it.each([404, 500, 304])('names the status %i', async (code) => {
    server.answers.set('/m.onnx', status(code))
    await expect(download(file())).rejects.toMatchObject({
      code: 'model/download-failed',
      details: { url: file().url, status: code },
    })
  })

  it('refuses a page of HTML that is served in place of the file', async () => {
    server.answers.set('/m.onnx', bytes('<!doctype html><title>App</title>'))
    await expect(download(file())).rejects.toMatchObject({
      code: 'model/integrity',
      details: { what: 'size', expected: String(modelBytes.byteLength), actual: '33' },
    })
  })

  it('refuses a body that ends early, whether it is announced so or broken off', async () => {
    server.answers.set('/m.onnx', bytes(modelBytes.subarray(0, -1)))
    await expect(download(file())).rejects.toMatchObject({ code: 'model/integrity', details: { what: 'size' } })
    server.answers.set('/m.onnx', brokenOff(modelBytes))
    await expect(download(file())).rejects.toMatchObject({
      code: 'model/download-failed',
      details: { status: undefined },
      cause: expect.any(Error) as Error,
    })
  })

  it('refuses one byte more', async () => {
    const longer = new Uint8Array(modelBytes.byteLength + 1)
    longer.set(modelBytes)
    server.answers.set('/m.onnx', bytes(longer))
    await expect(download(file())).rejects.toMatchObject({
      code: 'model/integrity',
      details: { what: 'size', actual: `at least ${modelBytes.byteLength + 1}` },
    })
  })

  it('stops reading a body that has no end', async () => {
    const left = new Promise<void>((resolve) => server.answers.set('/m.onnx', endless(resolve)))
    await expect(download(file())).rejects.toMatchObject({ code: 'model/integrity', details: { what: 'size' } })
    await left
  })

  it('refuses bytes that differ in one bit', async () => {
    for (const at of [0, 1000, modelBytes.byteLength - 1]) {
      server.answers.set('/m.onnx', bytes(flipped(at)))
      await expect(download(file())).rejects.toMatchObject({
        code: 'model/integrity',
        details: { what: 'sha256', expected: sha256(modelBytes), actual: sha256(flipped(at)) },
      })
    }
  })

  it('throws the reason of an abort untouched and ends the transfer', async () => {
    const controller = new AbortController()
    const reason = { code: 'mine' }
    const left = new Promise<void>((resolve) => server.answers.set('/m.onnx', stalled(modelBytes, resolve)))
    const loading = download(file(), { signal: controller.signal, onProgress: () => controller.abort(reason) })
    await expect(loading).rejects.toBe(reason)
    await left
    await expect(download(file(), { signal: controller.signal })).rejects.toBe(reason)
    expect(server.count('/m.onnx')).toBe(1)
  })

  it('leaves a reader that does not listen to the signal', async () => {
    const controller = new AbortController()
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) })
    const loading = download(file(), { read: async () => stream, signal: controller.signal })
    setTimeout(() => controller.abort(), 10)
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' })
    expect(cancelled).toBe(true)
  })

  it('says that the server is not there, without the secrets of its address', async () => {
    const port = new URL(server.origin).port
    await server.stop()
    const gone = { ...file(), url: `http://127.0.0.1:${port}/m.onnx?token=secret#x` }
    await expect(download(gone)).rejects.toMatchObject({
      code: 'model/download-failed',
      details: { url: `http://127.0.0.1:${port}/m.onnx`, status: undefined },
      message: expect.not.stringContaining('secret') as string,
    })
    await expect(download({ ...file(), url: 'http://user:secret@127.0.0.1/' })).rejects.toMatchObject({
      code: 'model/download-failed',
      message: expect.not.stringContaining('secret') as string,
    })
    server = await FileServer.start()
  })

  it('says that there is no memory for a size no buffer can have', async () => {
    await expect(download({ ...file(), size: 2 ** 53 - 1 })).rejects.toMatchObject({ code: 'model/download-failed' })
  })
})

describe('readUpTo', () => {
  it('reads up to the limit and no further', async () => {
    server.answers.set('/m.onnx', bytes(modelBytes))
    const { url, size } = file()
    expect(await readUpTo(url, size)).toEqual(modelBytes)
    expect(await readUpTo(url, size - 1)).toBeUndefined()
    const left = new Promise<void>((resolve) => server.answers.set('/m.onnx', endless(resolve)))
    expect(await readUpTo(url, size)).toBeUndefined()
    await left
  })
})

describe('readByFetch', () => {
  it('takes an answer without a body as empty', async () => {
    server.answers.set('/m.onnx', (response) => response.writeHead(204).end())
    const reader = (await readByFetch(file().url)).body.getReader()
    expect(await reader.read()).toMatchObject({ done: true })
  })
})

describe('verifyBytes', () => {
  it('accepts the bytes of the hash and size only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), async (a, b) => {
        const reference = { url: 'm', size: a.byteLength, sha256: sha256(a) }
        await verifyBytes(reference, a.slice())
        if (sha256(a) !== sha256(b)) await expect(verifyBytes(reference, b.slice())).rejects.toThrow('refused')
      }),
    )
  })

  it('compares the size first', async () => {
    const reference = { url: 'm', size: 2, sha256: sha256(new Uint8Array(1)) }
    await expect(verifyBytes(reference, new Uint8Array(1))).rejects.toMatchObject({ details: { what: 'size' } })
  })
})

describe('sha256Hex', () => {
  it('gives the digest that FIPS 180-4 publishes for "abc"', async () => {
    expect(await sha256Hex(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('says what to do where there is no WebCrypto', async () => {
    const kept = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
    onTestFinished(() => void (kept && Object.defineProperty(globalThis, 'crypto', kept)))
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true })
    await expect(sha256Hex(new Uint8Array(1))).rejects.toMatchInlineSnapshot(
      `[CandlewickError: "crypto.subtle" does not exist here. Serve the page over https or from localhost: models are never run without checking their bytes.]`,
    )
  })
})

describe('publicUrl', () => {
  it.each([
    ['https://user:word@a.example:8080/x/m.onnx?token=1#f', 'https://a.example:8080/x/m.onnx'],
    ['models/m.onnx?token=1', 'models/m.onnx'],
    ['file:///tmp/m.onnx', 'file:///tmp/m.onnx'],
    ['data:text/plain,abc', 'data:text/plain,abc'],
  ])('shows %s as %s', (url, shown) => {
    expect(publicUrl(url)).toBe(shown)
    expect(hideUrl(`cannot read ${url}!`, url)).toBe(`cannot read ${shown}!`)
  })

  it('shows no more than the beginning of a long address', () => {
    expect(publicUrl(`data:,${'x'.repeat(1e6)}`).length).toBeLessThan(300)
  })
})
