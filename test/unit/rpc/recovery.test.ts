import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { CandlewickError } from '../../../src/core/errors.ts'
import type { EngineCore } from '../../../src/engine/core.ts'
import { failure } from '../../failure.ts'
import {
  eventually,
  type Fault,
  historyOf,
  type IncomingCall,
  openRemote,
  openUndisturbed,
} from './in-thread-workers.ts'
import { batchAt, candleAt, markets, past, plain, plainMany, primeAll, symbols } from './live-engine.ts'

/** A valid candle that a formula cannot make a number of. */
const tinyBar = (candle: Candle): Candle => ({ ...candle, open: 5e-324, high: 5e-324, low: 5e-324, close: 5e-324 })

/** One fault, at the `nth` call of this name after the workers were opened. */
function once(name: string, nth: number, fault: Fault): (call: IncomingCall) => Fault {
  let seen = 0
  return (call) => (call.name === name && ++seen === nth ? fault : undefined)
}

/** One fault as soon as it is asked for. */
function onDemand(): { faultOf: (call: IncomingCall) => Fault; next: Fault; name: string } {
  const demand = {
    next: undefined as Fault,
    name: 'push',
    faultOf: ({ name }: IncomingCall): Fault => {
      if (name !== demand.name) return undefined
      const { next } = demand
      demand.next = undefined
      return next
    },
  }
  return demand
}

/** Everything an engine can be asked, each call behind the one before. */
async function live(engine: EngineCore): Promise<unknown[]> {
  await primeAll(engine)
  return [
    plain(await engine.push(candleAt('A', 0), 'A')),
    plainMany(await engine.pushMany(batchAt(0).slice(1))),
    plain(await engine.push({ ...candleAt('A', 1), closed: false }, 'A')),
    await engine.replay(historyOf('B', markets.get('B')!.slice(0, 380)), { last: 50 }),
    plainMany(await engine.pushMany(batchAt(1))),
    await engine.status('C'),
  ]
}

describe('a worker that ends in the middle of a call', () => {
  it.each([
    ['prime', 2],
    ['push', 1],
    ['push', 2],
    ['pushMany', 1],
    ['pushMany', 2],
    ['replay', 1],
    ['status', 1],
  ] as const)('is replaced unseen: %s, the call number %i', async (name, nth) => {
    const { engine, recoveries, workers } = await openRemote({ faultOf: once(name, nth, 'crash') })
    expect(await live(engine)).toEqual(await live(await openUndisturbed()))
    expect(recoveries).toMatchObject([{ lane: 0, from: 'wasm', to: 'wasm', reason: 'it met its end' }])
    expect(recoveries[0]!.tookMs).toBeGreaterThan(0)
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false])
  })

  it('is replaced unseen when it falls silent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    onTestFinished(() => void vi.useRealTimers())
    const falls = once('pushMany', 1, 'silence')
    const { engine, recoveries } = await openRemote({
      timeouts: { callMs: 50_000 },
      faultOf: (call) => {
        const fault = falls(call)
        // Only the silence takes time: a busy machine must not look like one.
        if (fault !== undefined) setImmediate(() => vi.advanceTimersByTime(50_000))
        return fault
      },
    })
    expect(await live(engine)).toEqual(await live(await openUndisturbed()))
    expect(recoveries).toMatchObject([{ from: 'wasm', to: 'wasm' }])
    expect(recoveries[0]!.reason).toContain('50000 ms')
  })

  it('has its calls made again in their order, with those that came meanwhile behind them', async () => {
    const demand = onDemand()
    const { engine, recoveries, workers } = await openRemote(demand)
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const all = (one: EngineCore): Promise<unknown>[] => [
      one.push(candleAt('A', 0), 'A').then(plain),
      one.pushMany(batchAt(0).slice(1)).then(plainMany),
      one.replay(historyOf('C', markets.get('C')!), { last: 40 }),
      one.push(candleAt('A', 1), 'A').then(plain),
      one.prime(historyOf('B', markets.get('B')!.slice(0, 310))),
      one.status('A'),
      one.push(markets.get('B')![310]!, 'B').then(plain),
    ]
    demand.next = 'crash'
    const disturbed = all(engine)
    await workers[0]!.ended
    const later = engine.push(candleAt('A', 2), 'A').then(plain)
    expect(recoveries, 'it is not over yet').toHaveLength(0)
    expect(await Promise.all(disturbed)).toEqual(await Promise.all(all(undisturbed)))
    expect(await later).toEqual(plain(await undisturbed.push(candleAt('A', 2), 'A')))
    expect(recoveries).toHaveLength(1)
  })

  it('is replaced at once when it ends while nobody waits for it', async () => {
    const { engine, recoveries, workers } = await openRemote()
    await primeAll(engine)
    workers[0]!.crash()
    await eventually(() => expect(recoveries).toHaveLength(1))
    expect(workers[1]!.calls).toEqual(['hello', 'open', ...symbols.map(() => 'prime')])
    expect(plain(await engine.push(candleAt('A', 0), 'A'))).toMatchObject({ symbol: 'A' })
  })

  it('may end again while the candles are given to it', async () => {
    const { engine, recoveries, workers } = await openRemote({ faultOf: once('prime', symbols.length + 2, 'crash') })
    await primeAll(engine)
    workers[0]!.crash()
    const undisturbed = await openUndisturbed()
    await primeAll(undisturbed)
    expect(plainMany(await engine.pushMany(batchAt(0)))).toEqual(plainMany(await undisturbed.pushMany(batchAt(0))))
    expect(recoveries).toHaveLength(1)
    expect(workers).toHaveLength(3)
  })

  it('is followed by one that stands where it stood, also behind a bar whose features were not finite', async () => {
    const wild = markets
      .get('A')!
      .slice(0, 330)
      .map((candle, i) => (i === 325 ? tinyBar(candle) : candle))
    const { engine, recoveries, workers } = await openRemote()
    const undisturbed = await openUndisturbed()
    const outcomes = async (one: EngineCore, from: number, to: number): Promise<unknown[]> => {
      const answers: unknown[] = []
      for (const candle of wild.slice(from, to))
        answers.push(await one.push(candle, 'A').then(plain, (error: CandlewickError) => error.code))
      return answers
    }
    for (const one of [engine, undisturbed]) await one.prime(historyOf('A', wild.slice(0, 320)))
    const before = await outcomes(engine, 320, 328)
    expect(before).toEqual(await outcomes(undisturbed, 320, 328))
    expect(before, 'the case is there').toContain('feature/non-finite')
    workers[0]!.crash()
    await eventually(() => expect(recoveries).toHaveLength(1))
    expect(await outcomes(engine, 328, 330)).toEqual(await outcomes(undisturbed, 328, 330))
    expect(await engine.status('A')).toEqual(await undisturbed.status('A'))
  })
})

describe('the limit of recoveries', () => {
  it('rejects with the cause after the third, until a restart', async () => {
    const { engine, workers, recoveries } = await openRemote()
    await primeAll(engine)
    for (let strike = 1; strike <= 3; strike++) {
      workers.at(-1)!.crash()
      await eventually(() => expect(recoveries).toHaveLength(strike))
    }
    const under = engine.replay(historyOf('B', markets.get('B')!))
    workers.at(-1)!.crash()
    const cause = { code: 'worker/crashed', details: { lastCall: 'replay', reason: 'it met its end' } }
    expect(await failure(under)).toMatchObject(cause)
    expect(await failure(engine.status('A'))).toMatchObject(cause)
    expect(workers).toHaveLength(4)

    await engine.restart()
    const undisturbed = await openUndisturbed()
    await primeAll(undisturbed)
    expect(plain(await engine.push(candleAt('A', 0), 'A'))).toEqual(
      plain(await undisturbed.push(candleAt('A', 0), 'A')),
    )
    workers.at(-1)!.crash()
    await eventually(() => expect(recoveries).toHaveLength(4))
  })

  it('is the one that the host sets', async () => {
    const { engine, workers } = await openRemote({ recoveries: 0 })
    workers[0]!.crash()
    expect(await failure(engine.status('A'))).toMatchObject({ code: 'worker/crashed' })
    expect(workers).toHaveLength(1)
    await expect(openRemote({ recoveries: -1 })).rejects.toThrow('recoveries is -1')
  })

  it('counts what happened within ten minutes', async () => {
    const { engine, workers, recoveries } = await openRemote({ recoveries: 1 })
    workers[0]!.crash()
    await eventually(() => expect(recoveries).toHaveLength(1))
    const now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now + 601_000)
    workers[1]!.crash()
    await eventually(() => expect(recoveries).toHaveLength(2))
    vi.restoreAllMocks()
    expect(await engine.status('A')).toMatchObject({ have: 0 })
  })

  it('ends at once where opening fails for a reason that a fresh worker cannot cure, and says both', async () => {
    let refused = false
    const { engine, workers } = await openRemote({
      faultOf: () => undefined,
      wasmUrl: () => {
        if (refused) throw new CandlewickError('model/not-found', { id: 'tiny', available: [] })
        return ''
      },
    })
    refused = true
    workers[0]!.crash()
    const error = await failure(engine.status('A'))
    expect(error).toMatchObject({ code: 'worker/crashed', cause: { code: 'model/not-found' } })
    expect(workers).toHaveLength(2)
  })
})

describe('a call that ends its worker each time', () => {
  const poison = ({ name, values }: IncomingCall): Fault => (name === 'push' && values[1] === 'B' ? 'crash' : undefined)

  it('is rejected the second time, and the others go on', async () => {
    const { engine, workers } = await openRemote({ faultOf: poison })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const calls = [
      engine.push(candleAt('A', 0), 'A').then(plain),
      failure(engine.push(candleAt('B', 0), 'B')),
      engine.push(candleAt('C', 0), 'C').then(plain),
      engine.replay(historyOf('A', markets.get('A')!), { last: 3 }),
    ]
    const [a, b, c, replayed] = await Promise.all(calls)
    expect(b).toMatchObject({ code: 'worker/crashed', details: { lastCall: 'push' } })
    expect(a).toEqual(plain(await undisturbed.push(candleAt('A', 0), 'A')))
    expect(c).toEqual(plain(await undisturbed.push(candleAt('C', 0), 'C')))
    expect(replayed).toEqual(await undisturbed.replay(historyOf('A', markets.get('A')!), { last: 3 }))
    expect(workers).toHaveLength(3)
    expect(await engine.status('B'), 'its candle was not taken').toEqual(await undisturbed.status('B'))
  })
})

describe('giving up while a fresh worker is prepared', () => {
  it('settles with the reason of the caller at once', async () => {
    const { engine, workers, recoveries } = await openRemote()
    await primeAll(engine)
    const controller = new AbortController()
    const reason = new Error('not now')
    workers[0]!.crash()
    const calls = [
      engine.replay(historyOf('A', markets.get('A')!), { signal: controller.signal }),
      engine.prime(historyOf('A', markets.get('A')!), { signal: controller.signal }),
      engine.pushMany(batchAt(0), { signal: controller.signal }),
    ].map(failure)
    const kept = engine.push(candleAt('A', 0), 'A')
    controller.abort(reason)
    expect(await Promise.all(calls)).toEqual([reason, reason, reason])
    expect(recoveries, 'nobody waited for the worker').toHaveLength(0)
    expect(plain(await kept), 'nothing of the others was taken').toMatchObject({ symbol: 'A' })
  })

  it('settles every call when the engine is closed', async () => {
    const { engine, workers } = await openRemote({ options: { workers: 2 } })
    await primeAll(engine)
    const calls: Promise<unknown>[] = [
      engine.push(candleAt('A', 0), 'A'),
      engine.pushMany(batchAt(1)),
      engine.status('C'),
    ]
    for (const worker of workers) worker.crash()
    calls.push(engine.replay(historyOf('A', markets.get('A')!)))
    await engine.close()
    for (const error of await Promise.all(calls.map(failure))) expect(error).toMatchObject({ code: 'engine/closed' })
    await eventually(() => expect(workers.every(({ terminated }) => terminated)).toBe(true))
  })

  it('stops a restart, and the next one works', async () => {
    const { engine } = await openRemote()
    await primeAll(engine)
    const controller = new AbortController()
    const reason = new Error('no time')
    const restarting = failure(engine.restart({ signal: controller.signal }))
    const under = failure(engine.status('A'))
    controller.abort(reason)
    expect(await restarting).toBe(reason)
    expect(await under).toMatchObject({ code: 'worker/crashed', details: { reason: 'the engine was restarted' } })
    await engine.restart()
    expect(await engine.status('A')).toMatchObject({ have: 320 })
  })
})

describe('a batch that is given up', () => {
  it('has taken its candles all the same, in the page as in the worker', async () => {
    const { engine, workers, recoveries } = await openRemote()
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const controller = new AbortController()
    const bad = { symbol: 'B', candle: { ...candleAt('B', 1), high: 0 } }
    // Behind a call that takes a while, the word that it was given up comes before its turn.
    const before = engine.prime(historyOf('D', markets.get('D')!.slice(0, past)))
    const batch = engine.pushMany([...batchAt(0), bad], { signal: controller.signal })
    controller.abort(new Error('enough'))
    expect(await failure(batch)).toMatchObject({ message: 'enough' })
    await before
    await undisturbed.pushMany(batchAt(0))
    for (const symbol of symbols) expect(await engine.status(symbol)).toEqual(await undisturbed.status(symbol))
    workers[0]!.crash()
    await eventually(() => expect(recoveries).toHaveLength(1))
    for (const symbol of symbols) expect(await engine.status(symbol)).toEqual(await undisturbed.status(symbol))
    expect(plainMany(await engine.pushMany(batchAt(1)))).toEqual(plainMany(await undisturbed.pushMany(batchAt(1))))
  })

  it('has taken them also where the worker ended before it came to them', async () => {
    const { engine, workers } = await openRemote({ faultOf: once('pushMany', 1, 'silence') })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const controller = new AbortController()
    const batch = engine.pushMany(batchAt(0), { signal: controller.signal })
    controller.abort(new Error('enough'))
    expect(await failure(batch)).toMatchObject({ message: 'enough' })
    workers[0]!.crash()
    await undisturbed.pushMany(batchAt(0))
    for (const symbol of symbols) expect(await engine.status(symbol)).toEqual(await undisturbed.status(symbol))
  })

  it('takes nothing where it was given up before', async () => {
    const { engine } = await openRemote()
    await primeAll(engine)
    const before = await engine.status('A')
    const reason = new Error('never mind')
    expect(await failure(engine.pushMany(batchAt(0), { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(await engine.status('A')).toEqual(before)
  })
})

describe('who is told of recoveries', () => {
  it('breaks nothing by throwing', async () => {
    const uncaught: unknown[] = []
    vi.stubGlobal('queueMicrotask', (task: () => void) => {
      void Promise.resolve()
        .then(task)
        .catch((error: unknown) => uncaught.push(error))
    })
    const { engine, workers } = await openRemote({
      onRecovery: () => {
        throw new Error('a bug of the host')
      },
    })
    workers[0]!.crash()
    expect(await engine.status('A')).toMatchObject({ have: 0 })
    await eventually(() => expect(uncaught).toHaveLength(1))
    vi.unstubAllGlobals()
  })
})
