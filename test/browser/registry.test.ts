import { openRegistry, type OpenRegistryOptions } from 'candlewick'
import type { Manifest, ModelEntry, ModelHandle, ModelRegistry } from 'candlewick/registry'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { failure } from '../failure.ts'

const tiny = inject('tiny')
const input = (): Float32Array<ArrayBuffer> => Float32Array.from(tiny.input)
const opened: ModelRegistry[] = []
const workers: Worker[] = []
let namespace = ''
let runs = 0

/** The tiny models under addresses of their own. */
function offer(change: (entry: ModelEntry) => ModelEntry = (entry) => entry): string {
  const addresses = new Map(
    tiny.files.map(([name, base64]) => [
      name,
      URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))])),
    ]),
  )
  const text = JSON.stringify({ ...tiny.manifest, models: tiny.manifest.models.map(change) } satisfies Manifest)
  const located = text.replaceAll(/"url":"([^"]+)"/g, (_, name: string) => `"url":"${addresses.get(name)!}"`)
  return URL.createObjectURL(new Blob([located], { type: 'application/json' }))
}

async function open(options: OpenRegistryOptions = {}): Promise<ModelRegistry> {
  const registry = await openRegistry({ manifest: offer(), namespace, ...options })
  opened.push(registry)
  return registry
}

/** The package's worker, which a test can kill, and one that counts. */
const faulty = (): Worker => {
  const worker = new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' })
  workers.push(worker)
  return worker
}

const outputOf = (version: string): readonly number[] =>
  tiny.manifest.models.find((entry) => entry.version === version)!.golden![0]!.output

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))
}

const agrees = async (model: ModelHandle, version: string): Promise<void> =>
  expect(largestDifference(await model.predict(input()), outputOf(version))).toBeLessThanOrEqual(1e-5)

beforeEach(() => {
  namespace = `registry-test-${++runs}`
  workers.length = 0
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.close()))
  indexedDB.deleteDatabase(namespace)
})

describe('a registry in a page', () => {
  it('installs a model and runs it in a worker, with the numbers that Node gives', async () => {
    const registry = await open({ worker: faulty })
    expect(registry).toMatchObject({ signature: 'unsigned', storeProblem: undefined, manifestProblem: undefined })
    expect(workers, 'looking at models starts nothing').toHaveLength(0)
    expect(await registry.install('tiny_v1.0.0')).toMatchObject({ installed: true, status: 'registered' })
    await using model = await registry.getModel('tiny_v1.0.0')
    expect(model.backend).toBe('wasm')
    const mine = input()
    const answer = await model.predict(mine)
    console.info(`largest difference to Node: ${largestDifference(answer, outputOf('1.0.0'))}`)
    await agrees(model, '1.0.0')
    expect(mine, 'the input stays the caller’s').toHaveLength(tiny.input.length)
  })

  it('runs many inputs at once, and one after the other when they are more than a worker takes', async () => {
    const registry = await open()
    await using model = await registry.getModel('tiny_v1.1.0')
    const [one, count] = [input(), 70]
    const many = new Float32Array(count * one.length)
    for (let i = 0; i < count; i++) many.set(i === 33 ? one.map((value) => -value) : one, i * one.length)
    const answers = await model.predict(many)
    const expected = Array.from({ length: count }, () => outputOf('1.1.0')).flat()
    const inverse = await model.predict(one.map((value) => -value))
    expect(answers.subarray(33 * 20, 34 * 20)).not.toEqual(answers.subarray(0, 20))
    expect(largestDifference(answers, expected.toSpliced(33 * 20, 20, ...inverse))).toBeLessThanOrEqual(1e-5)
  })

  it('promotes and rolls back, and finds it so on the next visit', async () => {
    const registry = await open()
    await registry.install('tiny_v1.0.0')
    await registry.promote('tiny_v1.0.0')
    await registry.install('tiny_v1.1.0')
    await registry.promote('tiny_v1.1.0', { force: true, reason: 'a test' })
    expect(await registry.getChannel()).toMatchObject({ production: '1.1.0', previous: ['1.0.0'], epoch: 2 })
    await registry.rollback()
    await registry.close()
    const again = await open()
    expect(await again.getProductionModel()).toMatchObject({ modelId: 'tiny_v1.0.0', installed: true })
    expect((await again.verify()).faults).toEqual([])
  })

  it('keeps two models open and never closes one in use', async () => {
    const registry = await open({ sessions: { count: 2 }, worker: faulty })
    const first = await registry.getModel('tiny_v1.0.0')
    for (const version of ['1.1.0', '1.2.0', '1.1.0']) {
      await using model = await registry.getModel(`tiny_v${version}`)
      await agrees(model, version)
    }
    await agrees(first, '1.0.0')
    await first.release()
    expect(workers, 'all in one worker').toHaveLength(1)
  })

  it('ends its worker with the last open model, and starts another when one is wanted', async () => {
    const registry = await open({ worker: faulty })
    const model = await registry.getModel('tiny_v1.0.0')
    await registry.clearCache()
    await agrees(model, '1.0.0')
    await model.release()
    expect(await failure(model.predict(input()))).toMatchObject({ code: 'engine/closed' })
    await using next = await registry.getModel('tiny_v1.0.0')
    await agrees(next, '1.0.0')
    expect(workers).toHaveLength(2)
  })

  it('refuses a version whose reference run gives something else, and goes on with the others', async () => {
    const manifest = offer((entry) =>
      entry.version === '1.1.0'
        ? { ...entry, golden: [{ ...entry.golden![0]!, output: outputOf('1.1.0').with(7, 5) }] }
        : entry,
    )
    const registry = await open({ manifest })
    await registry.install('tiny_v1.0.0')
    await registry.promote('tiny_v1.0.0')
    expect(await failure(registry.install('tiny_v1.1.0'))).toMatchObject({
      code: 'model/golden-mismatch',
      details: { id: 'tiny_v1.1.0', backend: 'wasm', index: 7, expected: 5 },
    })
    const refused = await failure(registry.promote('tiny_v1.1.0', { force: true, reason: 'a test' }))
    expect(refused).toMatchObject({ code: 'registry/incompatible', details: { id: 'tiny_v1.1.0' } })
    expect(String(refused)).toContain('instead of 5 at output 7')
    expect(await registry.getProductionModel()).toMatchObject({ version: '1.0.0' })
  })

  it('says why nothing lasts where IndexedDB cannot be had', async () => {
    const real = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')!
    Object.defineProperty(globalThis, 'indexedDB', { configurable: true, get: () => undefined })
    try {
      const registry = await open()
      expect(registry.storeProblem).toContain('IndexedDB')
      await registry.install('tiny_v1.0.0')
      expect(await failure(open({ store: 'indexeddb' }))).toMatchObject({ code: 'store/unavailable' })
    } finally {
      Object.defineProperty(globalThis, 'indexedDB', real)
    }
  })
})

describe('a worker that dies with open models', () => {
  it('rejects what is under way, and the next one who asks gets a working model', async () => {
    const registry = await open({ worker: faulty })
    const model = await registry.getModel('tiny_v1.0.0')
    const pending = [model.predict(input()), model.predict(input())]
    workers[0]!.postMessage('crash')
    const many = failure(model.predict(new Float32Array(3200 * tiny.input.length)))
    expect(await many).toMatchObject({ code: 'worker/crashed', details: { lastCall: 'predict' } })
    await Promise.allSettled(pending)
    expect(await failure(model.predict(input()))).toMatchObject({ code: 'worker/crashed' })

    await using next = await registry.getModel('tiny_v1.0.0')
    await agrees(next, '1.0.0')
    await model.release()
    await agrees(next, '1.0.0')
    expect(workers).toHaveLength(2)
  })

  it('is given up when it falls silent', async () => {
    const registry = await open({ worker: faulty, timeouts: { callMs: 500 } })
    await using model = await registry.getModel('tiny_v1.0.0')
    workers[0]!.postMessage('hang')
    expect(await failure(model.predict(input()))).toMatchObject({
      code: 'worker/timeout',
      details: { call: 'predict', timeoutMs: 500 },
    })
  })

  it('is named where it cannot even start', async () => {
    const worker = (): Worker => new Worker('/no-such-worker.js', { type: 'module' })
    const registry = await open({ worker })
    expect(await failure(registry.getModel('tiny_v1.0.0'))).toMatchObject({ code: 'worker/crashed' })
  })

  it('stops opening when asked, with the reason that was given', async () => {
    const registry = await open()
    const reason = new Error('not now')
    const controller = new AbortController()
    const opening = registry.getModel('tiny_v1.0.0', {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'verify' && controller.abort(reason),
    })
    expect(await failure(opening)).toBe(reason)
    await using model = await registry.getModel('tiny_v1.0.0')
    await agrees(model, '1.0.0')
  })
})
