import { createSignalEngine, type CreateOptions, openRegistry, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import type { ModelEntry, ModelRegistry } from 'candlewick/registry'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { failure } from '../failure.ts'
import { decoded, fileOf, offer, tinyEntry, tinyInput, withoutReference } from './published.ts'

const faulty = inject('faulty')
const opened: (SignalEngine | ModelRegistry)[] = []

async function open(manifest: string, options: Partial<CreateOptions> = {}): Promise<SignalEngine> {
  const engine = await createSignalEngine({ manifest, store: 'memory', ...options })
  opened.push(engine)
  return engine
}

async function openModels(manifest: string): Promise<ModelRegistry> {
  const registry = await openRegistry({ manifest, store: 'memory' })
  opened.push(registry)
  return registry
}

/** After any fault the page can still do what it is there for. */
async function aGoodModelWorks(): Promise<void> {
  const engine = await open(await offer())
  const market = new SimulatedMarket({ seed: 2 })
  await engine.prime(market.take(engine.warmup - 1))
  expect(await engine.push(market.next())).toBeDefined()
}

const bytes = (): Uint8Array<ArrayBuffer> => fileOf(tinyEntry.artifact.url)
const html = new TextEncoder().encode('<!doctype html><title>Not found</title><p>There is nothing here.')

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

describe('a model file that was published damaged', () => {
  it.each([
    [
      'cut short',
      bytes()
        .subarray(0, bytes().length >> 1)
        .slice(),
      'model/unloadable',
    ],
    ['with a tail of zeros', bytes().map((byte, at, all) => (at < all.length / 2 ? byte : 0)), 'model/unloadable'],
    ['empty', new Uint8Array(0), 'model/unloadable'],
    ['that is a page of HTML', html, 'model/unloadable'],
  ])('is refused: one %s', async (_, model, code) => {
    expect(await failure(open(await offer(model)))).toMatchObject({ code, details: { backend: 'wasm' } })
  })

  it('is refused by its reference run where a flipped bit lets it open and answer wrongly', async () => {
    const model = bytes()
    // The top bit of an exponent, within the weights: the largest part of the file by far.
    const at = (model.length >> 1) | 3
    model[at]! ^= 0x40
    expect(await failure(open(await offer(model)))).toMatchObject({ code: 'model/golden-mismatch' })
    await aGoodModelWorks()
  })
})

describe('a model that is not the one its manifest describes', () => {
  type Io = ModelEntry['io']
  const [x, y] = [tinyEntry.io.inputs[0]!, tinyEntry.io.outputs[0]!]
  const renamed: Io = { inputs: [{ ...x, name: 'window' }], outputs: [y] }
  it.each([
    ['input name', renamed, 'input.name'],
    ['output name', { inputs: [x], outputs: [{ ...y, name: 'logits' }] }, 'outputs'],
    ['batch', { inputs: [{ ...x, dims: [1, ...x.dims.slice(1)] }], outputs: [{ ...y, dims: [1, 20] }] }, 'input.dims'],
  ])('is refused by its %s', async (_, io, path) => {
    const manifest = await offer(undefined, (entry) => ({ ...entry, io }))
    expect(await failure(open(manifest))).toMatchObject({ code: 'model/contract', details: { path } })
  })

  it('is refused by its number of features', async () => {
    expect(await failure(open(await offer(decoded(faulty.wider), withoutReference)))).toMatchObject({
      code: 'model/contract',
      details: { path: 'input.dims', expected: '[batch, 96, 5]', actual: '[batch, 96, 6]' },
    })
  })

  it('is refused by the element type of its input', async () => {
    const io = { inputs: [{ ...x, dtype: 'float16' }], outputs: [y] }
    const error = await failure(open(await offer(undefined, (entry) => ({ ...entry, io }))))
    expect(error).toMatchObject({ code: 'model/contract', details: { path: 'io.inputs[0].dtype', actual: 'float16' } })
  })
})

describe('numbers that are none', () => {
  it('are refused at the input', async () => {
    const registry = await openModels(await offer())
    await using model = await registry.getModel(tinyEntry.name)
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const input = tinyInput()
      input[7] = value
      const error = await failure(model.predict(input))
      expect(error).toMatchObject({ code: 'inference/input', details: { index: 7, value } })
    }
    expect(await model.predict(tinyInput())).toHaveLength(20)
  })

  it('are refused at the output, and never become a signal', async () => {
    const engine = await open(await offer(decoded(faulty.notANumber), withoutReference))
    const market = new SimulatedMarket({ seed: 2 })
    await engine.prime(market.take(engine.warmup - 1))
    expect(await failure(engine.push(market.next()))).toMatchObject({
      code: 'inference/non-finite',
      details: { index: 0, value: Number.NaN },
    })
  })
})

describe('a model that asks for more memory than there is', () => {
  it('fails by itself: its neighbour in the same worker goes on', async () => {
    const [good, hungry] = [
      await openModels(await offer()),
      await openModels(await offer(decoded(faulty.hungry), withoutReference)),
    ]
    await using neighbour = await good.getModel(tinyEntry.name)
    await using model = await hungry.getModel(tinyEntry.name)
    const before = await neighbour.predict(tinyInput())
    const error = await failure(model.predict(tinyInput()))
    expect(error).toMatchObject({ code: 'inference/failed', details: { backend: 'wasm' } })
    expect((error as Error).message).toContain('out of memory')
    expect(await neighbour.predict(tinyInput())).toEqual(before)
  })
})

describe('a runtime whose own code cannot be had', () => {
  it.each([
    ['is missing', () => '/no-such-runtime.wasm'],
    ['is a page of HTML', () => URL.createObjectURL(new Blob([html], { type: 'text/html' }))],
    ['is HTML that calls itself wasm', () => URL.createObjectURL(new Blob([html], { type: 'application/wasm' }))],
    ['was cut short', () => URL.createObjectURL(new Blob([new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1])]))],
  ])('ends in one typed error that names the remedy: it %s', async (_, wasmUrl) => {
    const error = await failure(open(await offer(), { wasmUrl }))
    expect(error).toMatchObject({ code: 'backend/unavailable', details: { tried: [{ backend: 'wasm' }] } })
    expect((error as Error).message).toContain('a fresh worker')
    await aGoodModelWorks()
  })

  it('says what is wrong with the model first, where both are wrong', async () => {
    const manifest = await offer(undefined, (entry) => ({ ...entry, classOrder: ['LONG', 'LONG', 'LONG'] }))
    const error = await failure(open(manifest, { wasmUrl: () => '/no-such-runtime.wasm' }))
    expect(error).toMatchObject({ code: 'model/manifest-invalid' })
  })
})
