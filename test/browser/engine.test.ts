import { createSignalEngine, type CreateOptions, type EngineProgress, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { type ModelEntry, modelId, openIndexedDbStore, parseManifest } from 'candlewick/registry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { switchContract } from '../contract/switch-contract.ts'
import { failure } from '../failure.ts'

const manifest = '/models/manifest.json'
const engines: SignalEngine[] = []

async function open(options: Partial<CreateOptions> = {}): Promise<SignalEngine> {
  const engine = await createSignalEngine({ manifest, ...options })
  engines.push(engine)
  return engine
}

const forget = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('candlewick-registry')
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error ?? new Error('not deleted')))
  })

/** The manifest with changes, under an address of its own. */
async function changedManifest(change: (model: ModelEntry) => object): Promise<string> {
  const published = parseManifest(await (await fetch(manifest)).json())
  const [model] = published.models
  const baseUrl = new URL('/models/', location.href).href
  const json = { ...published, baseUrl, models: [{ ...model, ...change(model!) }] }
  return URL.createObjectURL(new Blob([JSON.stringify(json)], { type: 'application/json' }))
}

/** Hashes of everything that is stored, in part or whole. */
async function storedHashes(): Promise<string[]> {
  const store = await openIndexedDbStore()
  try {
    return [...(await store.read({ blobs: 'all' })).blobs.keys()]
  } finally {
    await store.close()
  }
}

/** The hash of the published model. */
async function publishedHash(): Promise<string> {
  return parseManifest(await (await fetch(manifest)).json()).models[0]!.artifact.sha256
}

beforeEach(forget)
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
})

describe('an engine in a page', () => {
  it('runs in a worker and turns candles into signals', async () => {
    const engine = await open()
    const market = new SimulatedMarket({ seed: 3 })
    expect(await engine.prime(market.take(engine.warmup - 2), { symbol: 'A' })).toMatchObject({ ready: false })
    expect(await engine.push(market.next(), 'A')).toBeUndefined()
    const candle = market.next()
    const signal = await engine.push(candle, 'A')

    expect(signal).toMatchObject({ symbol: 'A', time: candle.time, entry: candle.close, provisional: false })
    expect(Object.keys(signal!.probabilities)).toEqual(['15m', '1h', '4h', '12h'])
    expect(engine.info).toMatchObject({ backend: 'wasm', tried: [], timeframe: '15m' })
    expect(engine.info.model.notice).toContain('Untrained sample')
    expect(await engine.push(candle, 'A'), 'a repeat decides nothing').toBeUndefined()
  })

  it('reports what opening does, in bytes and steps', async () => {
    const seen: EngineProgress[] = []
    await open({ onProgress: (progress) => seen.push(progress) })
    const phases = new Set(seen.map((progress) => progress.phase))
    expect([...phases]).toEqual(expect.arrayContaining(['manifest', 'download', 'session', 'warmup']))
    const download = seen.filter((progress) => progress.phase === 'download').at(-1)!
    expect(download.loaded).toBe(download.total)
    expect(download.total).toBeGreaterThan(5_000_000)
  })

  it('fetches the model once: the second engine finds it in the store', async () => {
    expect((await open()).info).toMatchObject({ source: 'network', persisted: true })
    performance.clearResourceTimings()
    expect((await open()).info).toMatchObject({ source: 'store', persisted: true })
  })

  it('gives provisional signals that change nothing', async () => {
    const [engine, plain] = [await open(), await open()]
    const candles = new SimulatedMarket({ seed: 4 }).take(engine.warmup + 3)
    await engine.prime(candles.slice(0, -3))
    await plain.prime(candles.slice(0, -3))
    for (const candle of candles.slice(-3)) {
      const forming = { ...candle, high: candle.high * 1.5, close: candle.high * 1.4, closed: false }
      expect(await engine.push(forming)).toMatchObject({ provisional: true, entry: forming.close })
      expect(await engine.push(candle)).toEqual(await plain.push(candle))
    }
  })

  it('keeps symbols apart', async () => {
    const engine = await open()
    const [a, b] = [new SimulatedMarket({ seed: 5 }), new SimulatedMarket({ seed: 6 })]
    await engine.prime(a.take(engine.warmup), { symbol: 'A' })
    await engine.prime(b.take(engine.warmup), { symbol: 'B' })
    const [nextA, nextB] = [a.next(), b.next()]
    const together = await Promise.all([engine.push(nextA, 'A'), engine.push(nextB, 'B')])

    const alone = await open()
    await alone.prime(new SimulatedMarket({ seed: 6 }).take(engine.warmup), { symbol: 'B' })
    expect(together[1]).toEqual(await alone.push(nextB, 'B'))
    expect(together[0]!.entry).toBe(nextA.close)
  })

  it('refuses wrong candles with a typed error and goes on', async () => {
    const engine = await open()
    const market = new SimulatedMarket({ seed: 5 })
    await engine.prime(market.take(engine.warmup))
    const next = market.next()
    expect(await failure(engine.push({ ...next, high: 1 }))).toMatchObject({
      code: 'candle/invalid',
      details: { field: 'high' },
    })
    expect(await failure(engine.push({ ...next, time: next.time + 900_000 * 4 }))).toMatchObject({ code: 'candle/gap' })
    expect(await engine.push(next)).toBeDefined()
  })

  it('stops a replay when asked, with the reason that was given, and goes on', async () => {
    const engine = await open()
    const controller = new AbortController()
    const candles = new SimulatedMarket({ seed: 5 }).take(3000)
    const reason = new Error('enough')
    const replay = engine.replay(candles, {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'inference' && controller.abort(reason),
    })
    expect(await failure(replay)).toBe(reason)
    expect(await engine.replay(candles, { last: 3 })).toHaveLength(3)
  })

  it('stops opening when asked', async () => {
    const reason = new Error('not now')
    const controller = new AbortController()
    const opening = createSignalEngine({
      manifest,
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'download' && controller.abort(reason),
    })
    expect(await failure(opening)).toBe(reason)
  })

  it('says that history is too short', async () => {
    const engine = await open()
    expect(await failure(engine.replay(new SimulatedMarket().take(50)))).toMatchObject({
      code: 'engine/not-ready',
      details: { have: 50, need: engine.warmup },
    })
  })

  it('rejects calls after closing', async () => {
    const engine = await open()
    await engine.close()
    await engine.close()
    expect(await failure(engine.status())).toMatchObject({ code: 'engine/closed', details: { call: 'status' } })
  })
})

describe('a model that is not what its manifest says', () => {
  it('is refused by its hash, and nothing of it is stored', async () => {
    const wrong = await changedManifest(({ artifact }) => ({
      artifact: { ...artifact, sha256: 'ab'.repeat(32) },
    }))
    expect(await failure(open({ manifest: wrong }))).toMatchObject({
      code: 'model/integrity',
      details: { what: 'sha256' },
    })
    const stored = await storedHashes()
    expect(stored).not.toContain('ab'.repeat(32))
    expect(stored).not.toContain(await publishedHash())
  })

  it('is refused by its size', async () => {
    const wrong = await changedManifest(({ artifact }) => ({ artifact: { ...artifact, size: 1000 } }))
    expect(await failure(open({ manifest: wrong }))).toMatchObject({
      code: 'model/integrity',
      details: { what: 'size' },
    })
    expect(await storedHashes()).not.toContain(await publishedHash())
  })

  it('is refused when a feature has changed, by name', async () => {
    const wrong = await changedManifest(({ features }) => ({
      features: { ...features, hash: '0'.repeat(64), digests: features.digests!.with(0, '0'.repeat(16)) },
    }))
    const error = await failure(open({ manifest: wrong }))
    expect(error).toMatchObject({ code: 'model/feature-mismatch', details: { missing: [] } })
    expect((error as { details: { changed: string[] } }).details.changed).toHaveLength(1)
  })

  it('is refused by the schema, with the place in the manifest', async () => {
    const wrong = await changedManifest(() => ({ classOrder: undefined }))
    expect(await failure(open({ manifest: wrong }))).toMatchObject({
      code: 'model/manifest-invalid',
      details: { path: '$.models[0].classOrder' },
    })
  })

  it('is named when it is not in the manifest', async () => {
    expect(await failure(open({ model: 'lstm' }))).toMatchObject({ code: 'model/not-found', details: { id: 'lstm' } })
  })
})

describe('a backend that is not there', () => {
  it('is passed over, with the reason', async () => {
    const engine = await open({ backends: ['webgpu', 'wasm'] })
    expect(engine.info).toMatchObject({ backend: 'wasm', tried: [{ backend: 'webgpu' }] })
    expect(engine.info.tried[0]!.reason).not.toBe('')
  })

  it('is an error when it is the only one asked for', async () => {
    expect(await failure(open({ backends: ['webgpu'] }))).toMatchObject({
      code: 'backend/unavailable',
      details: { tried: [{ backend: 'webgpu' }] },
    })
  })
})

describe('a worker that dies', () => {
  const workers: Worker[] = []
  const faulty = (): Worker => {
    const worker = new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' })
    workers.push(worker)
    return worker
  }

  it('rejects every pending call, and a restart goes on as if nothing had happened', async () => {
    const [engine, plain] = [await open({ worker: faulty, recoveries: 0 }), await open()]
    const market = new SimulatedMarket({ seed: 9 })
    const history = market.take(engine.warmup + 20)
    const [first, second] = [market.next(), market.next()]
    for (const one of [engine, plain]) {
      await one.prime(history)
      await one.push(first)
    }
    const pending = [engine.replay(history), engine.replay(history)]
    workers.at(-1)!.postMessage('crash')
    for (const error of await Promise.all(pending.map(failure))) {
      expect(error).toMatchObject({ code: 'worker/crashed', details: { lastCall: 'replay' } })
      expect((error as Error).message).toContain('the worker met its end')
    }
    expect(await failure(engine.push(second))).toMatchObject({ code: 'worker/crashed' })

    expect(await engine.restart()).toMatchObject({ source: 'store' })
    expect(await engine.push(second)).toEqual(await plain.push(second))
  })

  it('is given up when it falls silent', async () => {
    const engine = await open({ worker: faulty, recoveries: 0, timeouts: { callMs: 500 } })
    workers.at(-1)!.postMessage('hang')
    expect(await failure(engine.status())).toMatchObject({
      code: 'worker/timeout',
      details: { call: 'status', timeoutMs: 500 },
    })
  })

  it('cannot even start when its script is missing', async () => {
    const worker = (): Worker => new Worker('/no-such-worker.js', { type: 'module' })
    expect(await failure(open({ worker }))).toMatchObject({ code: 'worker/crashed' })
  })
})

const sample = parseManifest(await (await fetch(manifest)).json()).models.map(modelId)
switchContract('an engine in a page', (model) => open({ model }), [sample[0]!, sample[1]!])
