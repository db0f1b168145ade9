import { createSignalEngine, type CreateOptions, type Recovery, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { afterEach, describe, expect, it } from 'vitest'
import { offer } from './published.ts'

const engines: SignalEngine[] = []
const workers: Worker[] = []

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  )

/** WebGPU on a card that can break, and the package's own worker for anything else. */
const breakable =
  (name: string): NonNullable<CreateOptions['worker']> =>
  (backend) => {
    const worker =
      backend === 'webgpu'
        ? new Worker(new URL('./breakable.worker.ts', import.meta.url), { type: 'module', name })
        : new Worker(new URL('../../dist/worker.js', import.meta.url), { type: 'module' })
    workers.push(worker)
    return worker
  }

async function open(options: Partial<CreateOptions> = {}): Promise<SignalEngine> {
  const manifest = await offer()
  const engine = await createSignalEngine({
    manifest,
    store: 'memory',
    backends: ['webgpu'],
    worker: breakable(''),
    ...options,
  })
  engines.push(engine)
  return engine
}

const lost = { code: 'backend/lost', details: { backend: 'webgpu', reason: 'destroyed: Device was destroyed' } }

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
  workers.length = 0
})

describe('a graphics card that is taken away', () => {
  it('ends all runs, also one whose answer never comes; a restart goes on', async () => {
    const engine = await open({ recoveries: 0 })
    const history = new SimulatedMarket({ seed: 3 }).take(engine.warmup + 40)
    const expected = await engine.replay(history, { last: 1 })
    const waiting: Promise<unknown>[] = []
    const running = engine.replay(history, {
      onProgress: ({ phase }) => {
        if (phase !== 'inference' || waiting.length > 0) return
        waiting.push(failure(engine.replay(history)))
        workers[0]!.postMessage('lose')
      },
    })
    expect(await failure(running)).toMatchObject(lost)
    expect(await Promise.all(waiting)).toMatchObject([lost])
    expect(await failure(engine.replay(history, { last: 1 })), 'a later run').toMatchObject(lost)

    expect((await engine.restart()).backend).toBe('webgpu')
    expect(await engine.replay(history, { last: 1 })).toEqual(expected)
    workers[1]!.postMessage('freeze')
    const frozen = failure(engine.replay(history))
    // The worker answers in order, so the run has begun when this comes back.
    await engine.status()
    workers[1]!.postMessage('lose')
    expect(await frozen).toMatchObject(lost)
  })
})

describe('an engine that may use the processor too', () => {
  it('goes on there when the card is taken away, and nobody but its host is told', async () => {
    const recoveries: Recovery[] = []
    const [engine, processor] = [
      await open({ backends: ['webgpu', 'wasm'], onRecovery: (recovery) => recoveries.push(recovery) }),
      await open({ backends: ['wasm'] }),
    ]
    const market = new SimulatedMarket({ seed: 3 })
    const history = market.take(engine.warmup + 40)
    for (const one of [engine, processor]) await one.prime(history)
    const replay = engine.replay(history)
    workers[0]!.postMessage('lose')
    expect(await replay).toEqual(await processor.replay(history))
    const next = market.next()
    expect(await engine.push(next)).toEqual(await processor.push(next))
    expect(recoveries).toMatchObject([{ from: 'webgpu', to: 'wasm', reason: lost.details.reason }])
    expect(engine.info).toMatchObject({
      backend: 'wasm',
      tried: [{ backend: 'webgpu', reason: lost.details.reason }],
    })
  })
})

describe('a graphics card that does not do', () => {
  it('is passed over for the processor, with the reason', async () => {
    const engine = await open({ worker: breakable('lost-at-once'), backends: ['webgpu', 'wasm'] })
    expect(engine.info).toMatchObject({ backend: 'wasm', tried: [{ backend: 'webgpu' }] })
    expect(engine.info.tried[0]!.reason).toMatch(/destroyed|lost/i)
    expect(await engine.replay(new SimulatedMarket({ seed: 3 }).take(engine.warmup))).toHaveLength(1)
  })

  it('is an error where it is the only one allowed', async () => {
    expect(await failure(open({ worker: breakable('no-device') }))).toMatchObject({
      code: 'backend/unavailable',
      details: { tried: [{ backend: 'webgpu', reason: 'this card is out of order' }] },
    })
  })
})
