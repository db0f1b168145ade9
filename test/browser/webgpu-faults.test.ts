import { createSignalEngine, type CreateOptions, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { afterEach, describe, expect, it } from 'vitest'
import { failure } from '../failure.ts'
import { offer } from './published.ts'

const engines: SignalEngine[] = []
const workers: Worker[] = []

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
    recoveries: 0,
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
  it('is got over in a fresh worker, and ends all runs where that is not allowed any more', async () => {
    const reasons: string[] = []
    const engine = await open({ recoveries: 1, onRecovery: ({ reason }) => reasons.push(reason) })
    const history = new SimulatedMarket({ seed: 3 }).take(engine.warmup)
    const expected = await engine.replay(history)
    workers[0]!.postMessage('lose')
    expect(await engine.replay(history)).toEqual(expected)
    expect(reasons).toEqual([lost.details.reason])

    // From now on no answer comes back: the run would wait for ever, and the others behind it.
    workers[1]!.postMessage('freeze')
    const runs = [failure(engine.replay(history)), failure(engine.replay(history))]
    // The worker answers in order, so the first run has begun when this comes back.
    await engine.status()
    workers[1]!.postMessage('lose')
    expect(await Promise.all(runs)).toMatchObject([lost, lost])
    expect(await failure(engine.replay(history)), 'a later run').toMatchObject(lost)
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
