import type { SignalEngine } from 'candlewick'
import { describe, expect, it } from 'vitest'
import { failure } from '../failure.ts'
import { batchAt, markets, openFaulty, openTiny, past, primeAll, signalsOf } from './tiny-engine.ts'

const a = markets.get('A')!

/** Everything an engine can be asked, each call behind the one before. */
async function live(engine: SignalEngine): Promise<unknown[]> {
  await primeAll(engine)
  return [
    await engine.push(a[past]!, 'A'),
    await signalsOf(engine.pushMany(batchAt(0).slice(1))),
    await engine.push({ ...a[past + 1]!, closed: false }, 'A'),
    await engine.replay(a, { symbol: 'A', last: 150 }),
    await signalsOf(engine.pushMany(batchAt(1))),
    await engine.status('B'),
  ]
}

describe('a worker that ends in the middle of a call', () => {
  it.each([
    ['prime', 2],
    ['push', 2],
    ['pushMany', 1],
    ['replay', 1],
  ] as const)('is replaced unseen: %s, the call number %i', async (at, nth) => {
    const { engine, workers, recoveries } = await openFaulty()
    const undisturbed = await openTiny()
    workers[0]!.postMessage({ fault: 'crash', at, nth })
    expect(await live(engine)).toEqual(await live(undisturbed))
    expect(recoveries).toMatchObject([{ lane: 0, from: 'wasm', to: 'wasm' }])
    expect(recoveries[0]!.reason).toContain('the worker met its end')
    expect(workers).toHaveLength(2)
  })

  it('is replaced unseen when it hangs', async () => {
    const { engine, workers, recoveries } = await openFaulty({ timeouts: { callMs: 1500 } })
    const undisturbed = await openTiny()
    workers[0]!.postMessage({ fault: 'hang', at: 'push', nth: 1 })
    expect(await live(engine)).toEqual(await live(undisturbed))
    expect(recoveries).toHaveLength(1)
  })

  it('has all calls under way made again in their order', async () => {
    const { engine, workers, recoveries } = await openFaulty()
    const undisturbed = await openTiny()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const all = (one: SignalEngine): Promise<unknown>[] => [
      one.replay(a, { symbol: 'A', last: 150 }),
      one.push(a[past]!, 'A'),
      signalsOf(one.pushMany(batchAt(0).slice(1))),
      one.push(a[past + 1]!, 'A'),
      one.status('A'),
    ]
    workers[0]!.postMessage({ fault: 'crash', at: 'status' })
    expect(await Promise.all(all(engine))).toEqual(await Promise.all(all(undisturbed)))
    expect(recoveries).toHaveLength(1)
  })

  it('is replaced at once when nobody waits for it', async () => {
    const { engine, workers, recovered } = await openFaulty()
    await primeAll(engine)
    workers[0]!.postMessage('crash')
    await recovered(1)
    expect(await engine.status('A')).toMatchObject({ have: past })
  })
})

describe('the limit of recoveries', () => {
  it('is three strikes; then calls are rejected with the cause until a restart', async () => {
    const { engine, workers, recovered } = await openFaulty()
    const undisturbed = await openTiny()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    for (let strike = 1; strike <= 3; strike++) {
      workers.at(-1)!.postMessage('crash')
      await recovered(strike)
    }
    workers.at(-1)!.postMessage('crash')
    const error = await failure(engine.replay(a, { symbol: 'A' }))
    expect(error).toMatchObject({ code: 'worker/crashed', details: { lastCall: 'replay' } })
    expect(await failure(engine.pushMany(batchAt(0)))).toBe(error)
    expect(await engine.restart()).toMatchObject({ source: 'store' })
    expect(await signalsOf(engine.pushMany(batchAt(0)))).toEqual(await signalsOf(undisturbed.pushMany(batchAt(0))))
  })
})

describe('while a fresh worker is prepared', () => {
  it('a caller may give up, and the others go on', async () => {
    const { engine, workers } = await openFaulty()
    await primeAll(engine)
    const controller = new AbortController()
    const reason = new Error('not now')
    workers[0]!.postMessage({ fault: 'crash', at: 'replay' })
    const replay = engine.replay(a, { symbol: 'A', signal: controller.signal })
    const kept = engine.push(a[past]!, 'A')
    await new Promise<void>((resolve) => {
      workers[0]!.addEventListener('error', () => resolve())
    })
    controller.abort(reason)
    expect(await failure(replay)).toBe(reason)
    expect(await kept).toMatchObject({ symbol: 'A', time: a[past]!.time })
  })

  it('closing settles every call', async () => {
    const { engine, workers } = await openFaulty({ workers: 2 })
    await primeAll(engine)
    for (const worker of workers) worker.postMessage({ fault: 'crash', at: 'replay' })
    const calls = [engine.replay(a, { symbol: 'A' }), engine.pushMany(batchAt(0)), engine.push(a[past + 1]!, 'A')]
    await new Promise<void>((resolve) => {
      workers[0]!.addEventListener('error', () => resolve())
    })
    await engine.close()
    for (const error of await Promise.all(calls.map(failure))) expect(error).toMatchObject({ code: 'engine/closed' })
  })
})
