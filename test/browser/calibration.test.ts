import type { Calibration, CreateOptions, EngineInfo, Signal, SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failure } from '../failure.ts'
import { openTiny } from './tiny-engine.ts'

const spawned: Worker[] = []

/** The package's worker, counted. */
const plain = (): Worker => {
  const worker = new Worker(new URL('./faulty.worker.ts', import.meta.url), { type: 'module' })
  spawned.push(worker)
  return worker
}
const slow = (): Worker => new Worker(new URL('./slow.worker.ts', import.meta.url), { type: 'module' })
const missing = (): Worker => new Worker('/no-such-worker.js', { type: 'module' })

/** Workers by the order of their start; all after them are plain. */
const inOrder = (...first: (() => Worker)[]): (() => Worker) => {
  const left = [...first]
  return () => (left.shift() ?? plain)()
}

const open = (options: Partial<CreateOptions> = {}): Promise<SignalEngine> => openTiny({ worker: plain, ...options })

/** Several candidates: one worker, two, and as many as there are cores. */
const choosing: Partial<CreateOptions> = { backends: ['wasm'], threads: 1, symbols: 8, calibration: 'off' }

/** More time than any machine needs: what is not measured in time would be another test. */
const patient = { budgetMs: 60_000 } as const

const remembered = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith('candlewick-'))

/** A calibration that measured, and what it wrote. */
async function measureOnce(): Promise<Measured> {
  const engine = await open(choosing)
  const calibration = await engine.calibrate(patient)
  const info = engine.info
  await engine.close()
  const [key] = remembered()
  return { calibration, info, key: key!, text: localStorage.getItem(key!)! }
}
interface Measured {
  readonly calibration: Calibration
  readonly info: EngineInfo
  readonly key: string
  readonly text: string
}
let sample: Promise<Measured> | undefined

/** What a calibration wrote, with another number of workers. */
async function rememberWorkers(workers: number): Promise<string> {
  const { key, text } = await (sample ??= measureOnce())
  const json = JSON.parse(text) as { choice: { workers: number } }
  json.choice.workers = workers
  localStorage.setItem(key, JSON.stringify(json))
  spawned.length = 0
  return key
}

/** An engine one candle before its first signal. */
async function ready(options: Partial<CreateOptions>): Promise<{ engine: SignalEngine; market: SimulatedMarket }> {
  const engine = await open(options)
  const market = new SimulatedMarket({ seed: 3 })
  await engine.prime(market.take(engine.warmup))
  return { engine, market }
}

beforeEach(() => {
  localStorage.clear()
  spawned.length = 0
})
afterEach(() => {
  vi.restoreAllMocks()
  localStorage.clear()
})

describe('an engine with nothing to choose', () => {
  it('measures nothing, and says why', async () => {
    const engine = await open()
    expect(engine.info.choice).toMatchObject({ backend: 'wasm', threads: 1, workers: 1, how: 'default', measured: [] })
    const { choice, moved } = await engine.calibrate()
    expect(choice).toMatchObject({ backend: 'wasm', threads: 1, workers: 1, how: 'only-candidate', measured: [] })
    expect(choice.reason).toContain('one symbol is too few for workers')
    expect(choice.reason).toContain('not cross-origin isolated')
    expect(moved).toBe(false)
    expect(engine.info.choice).toEqual(choice)
    expect(spawned).toHaveLength(1)
    expect(remembered()).toEqual([])
  })

  it('measures nothing where the options name everything', async () => {
    const engine = await open({ backends: ['wasm'], threads: 1, workers: 2, symbols: 100, calibration: 'before-start' })
    expect(engine.info).toMatchObject({
      workers: 2,
      choice: { backend: 'wasm', threads: 1, workers: 2, how: 'forced' },
    })
    expect(await engine.calibrate()).toEqual({ choice: engine.info.choice, moved: false })
    expect(spawned).toHaveLength(2)
  })

  it('refuses a number of symbols that makes no sense', async () => {
    expect(await failure(open({ symbols: 0 }))).toBeInstanceOf(TypeError)
  })
})

describe('a calibration', () => {
  it('measures the candidates, chooses by the figures, and remembers that for the next start', async () => {
    sample = measureOnce()
    const { calibration, info } = await sample
    const { choice } = calibration
    expect(choice.how).toBe('measured')
    expect(info).toMatchObject({ choice, workers: choice.workers })
    expect(choice.measured[0]).toMatchObject({ workers: 1, symbols: 8 })
    for (const { medianMs, spreadMs } of choice.measured) {
      expect(medianMs).toBeGreaterThan(0)
      expect(spreadMs).toBeGreaterThanOrEqual(0)
    }
    const fastestMs = Math.min(...choice.measured.map(({ medianMs }) => medianMs))
    const chosen = choice.measured.find(({ workers }) => workers === choice.workers)!
    expect(fastestMs).toBeGreaterThan(chosen.medianMs * 0.9)
    expect(Date.parse(choice.at!)).toBeLessThanOrEqual(Date.now())

    spawned.length = 0
    const second = await open({ ...choosing, calibration: 'before-start' })
    expect(second.info.choice).toEqual({ ...choice, how: 'remembered' })
    expect(spawned, 'no worker that measures').toHaveLength(choice.workers)
    second.forgetCalibration()
    expect(remembered()).toEqual([])
  })

  it('moves the engine to what is faster while candles come, and none is lost', async () => {
    // The first worker is the engine's, the second the one that is measured alone.
    const { engine, market } = await ready({ ...choosing, worker: inOrder(plain, slow) })
    const { engine: still } = await ready({ backends: ['wasm'], threads: 1, workers: 1 })
    const [actual, expected]: (Signal | undefined)[][] = [[], []]
    const total: number[] = []
    let measuring = true
    const calibration = engine
      .calibrate({ ...patient, onProgress: (progress) => total.push(progress.total) })
      .finally(() => (measuring = false))
    for (let after = 0; after < 3; measuring || after++) {
      const candle = market.next()
      const [one, other] = await Promise.all([engine.push(candle), still.push(candle)])
      actual!.push(one)
      expected!.push(other)
      // Measuring needs quiet moments.
      await new Promise((resolve) => setTimeout(resolve, 800))
    }
    const { choice, moved } = await calibration
    expect(moved).toBe(true)
    expect(choice).toMatchObject({ how: 'measured', backend: 'wasm' })
    expect(choice.workers).toBeGreaterThan(1)
    expect(engine.info.workers).toBe(choice.workers)
    expect(total).toEqual(total.map(() => total.length))
    expect(actual!.length).toBeGreaterThan(3)
    expect(actual).toEqual(expected)
  })

  it('leaves the engine as it was when it is stopped, with the reason that was given', async () => {
    const { engine, market } = await ready(choosing)
    const controller = new AbortController()
    const reason = new Error('not now')
    const stopped = engine.calibrate({
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(reason), 300),
    })
    expect(await failure(stopped)).toBe(reason)
    expect(engine.info.choice).toMatchObject({ how: 'default', workers: 1 })
    expect(await engine.push(market.next())).toBeDefined()
    expect(remembered()).toEqual([])
    expect(await failure(engine.calibrate({ signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it('ends with the engine', async () => {
    const engine = await open(choosing)
    const measuring = engine.calibrate()
    await engine.close()
    expect(await failure(measuring)).toMatchObject({ code: 'engine/closed' })
    expect(await failure(engine.calibrate())).toMatchObject({ code: 'engine/closed' })
  })

  it('records a candidate whose workers do not start, and never chooses it', async () => {
    const cores = Array.from({ length: navigator.hardwareConcurrency * 4 }, () => missing)
    const engine = await open({ ...choosing, worker: inOrder(plain, plain, ...cores) })
    const { choice, moved } = await engine.calibrate(patient)
    expect(moved).toBe(false)
    expect(choice).toMatchObject({ how: 'measured', workers: 1, measured: [{ workers: 1 }] })
    expect(choice.tried[0]).toMatchObject({ backend: 'wasm', workers: 2 })
    expect(choice.tried[0]!.reason).toContain('script failed to load')
  })

  it('stays where it is when the simplest candidate cannot be measured', async () => {
    const engine = await open(choosing)
    const { choice, moved } = await engine.calibrate({ budgetMs: 0 })
    expect(moved).toBe(false)
    expect(choice).toMatchObject({ how: 'default', workers: 1, measured: [] })
    expect(choice.tried.length).toBeGreaterThan(1)
    expect(remembered()).toEqual([])
  })
})

describe('a calibration in the background', () => {
  it('begins after the first signal, and tells the host, also where nothing can be remembered', async () => {
    for (const method of ['getItem', 'setItem', 'removeItem'] as const)
      vi.spyOn(Storage.prototype, method).mockImplementation(() => {
        throw new DOMException('no storage here', 'SecurityError')
      })
    const told: Calibration[] = []
    const { engine, market } = await ready({
      ...choosing,
      calibration: 'background',
      onCalibration: (one) => told.push(one),
    })
    expect(spawned).toHaveLength(1)
    expect(await engine.push(market.next())).toBeDefined()
    await vi.waitUntil(() => told.length > 0, 60_000)
    const { measured, tried } = told[0]!.choice
    expect(measured.length + tried.length).toBeGreaterThan(1)
    expect(engine.info.choice).toEqual(told[0]!.choice)
    expect(await engine.push(market.next())).toBeDefined()
  })

  it('gives way to one that was asked for', async () => {
    const told: Calibration[] = []
    const { engine, market } = await ready({
      ...choosing,
      calibration: 'background',
      onCalibration: (one) => told.push(one),
    })
    await engine.push(market.next())
    const { choice } = await engine.calibrate({ symbols: 1 })
    expect(choice.how).toBe('only-candidate')
    expect(told).toEqual([])
  })

  it('spares a model that is not kept, because each worker would fetch it again', async () => {
    const { engine, market } = await ready({ ...choosing, store: 'memory', calibration: 'background' })
    await engine.push(market.next())
    await vi.waitFor(() => expect(engine.info.choice.reason).toContain('not kept on this device'))
    expect(spawned).toHaveLength(1)
  })
})

describe('what was remembered', () => {
  it('is used at once, until another number of symbols is measured', async () => {
    await rememberWorkers(2)
    const engine = await open(choosing)
    expect(engine.info).toMatchObject({ workers: 2, choice: { how: 'remembered', workers: 2 } })
    expect(spawned).toHaveLength(2)
    const calibration = await engine.calibrate({ symbols: 1 })
    expect(calibration).toMatchObject({ moved: true, choice: { how: 'only-candidate', workers: 1 } })
    expect(engine.info.workers).toBe(1)
  })

  it('is ignored where it cannot be read', async () => {
    const key = await rememberWorkers(2)
    for (const text of ['{', '{"identity":1}', localStorage.getItem(key)!.replace('"measured"', '"guessed"')]) {
      localStorage.setItem(key, text)
      const engine = await open(choosing)
      expect(engine.info.choice.how, text).toBe('default')
      await engine.close()
    }
  })

  it('is forgotten where it does not work any more, and the engine opens all the same', async () => {
    await rememberWorkers(2)
    const engine = await open({ ...choosing, worker: inOrder(plain, missing) })
    expect(engine.info.choice).toMatchObject({ how: 'default', workers: 1 })
    expect(remembered()).toEqual([])
  })
})
