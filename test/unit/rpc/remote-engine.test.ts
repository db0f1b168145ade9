import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EngineCore, EngineProgress } from '../../../src/engine/core.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { failure } from '../../failure.ts'
import { eventually, historyOf, type InThreadWorker, openRemote, openUndisturbed } from './in-thread-workers.ts'
import { batchAt, candleAt, markets, past, plain, plainMany, primeAll, symbols } from './live-engine.ts'

const long = historyOf('A', new SimulatedMarket({ seed: 8 }).take(700))

describe('an engine with several workers', () => {
  it('opens the first, then the others beside each other, and says how many there are', async () => {
    const { engine, workers } = await openRemote({ options: { workers: 3 } })
    expect(engine.info.workers).toBe(3)
    expect(workers.map(({ calls }) => calls)).toEqual(Array.from({ length: 3 }, () => ['hello', 'open']))
    await expect(openRemote({ options: { workers: 0 } })).rejects.toThrow('workers is 0')
  })

  it('leaves none behind where one cannot be opened', async () => {
    const workers = new Set<InThreadWorker>()
    const opening = openRemote({
      options: { workers: 3 },
      timeouts: { helloMs: 1500 },
      faultOf: ({ name, worker }) => (workers.add(worker).size === 2 && name === 'hello' ? 'silence' : undefined),
    })
    expect(await failure(opening)).toMatchObject({ code: 'worker/timeout' })
    expect([...workers].map(({ terminated }) => terminated)).toEqual([true, true, true])
  })

  it('gives each symbol to the worker with the fewest, and leaves it there', async () => {
    const { engine, workers } = await openRemote({ options: { workers: 2 } })
    await primeAll(engine)
    const taken = () => workers.map(({ calls }) => calls.filter((call) => call === 'prime' || call === 'push').length)
    expect(taken()).toEqual([3, 3])
    await engine.push(candleAt('B', 0), 'B')
    expect(taken()).toEqual([3, 4])
    await engine.push(candleAt('A', 0), 'A')
    expect(taken()).toEqual([4, 4])
  })

  it('answers as one worker does', async () => {
    const { engine } = await openRemote({ options: { workers: 2 } })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    for (const symbol of symbols)
      expect(plain(await engine.push(candleAt(symbol, 0), symbol))).toEqual(
        plain(await undisturbed.push(candleAt(symbol, 0), symbol)),
      )
    expect(plainMany(await engine.pushMany(batchAt(1)))).toEqual(plainMany(await undisturbed.pushMany(batchAt(1))))
    expect(await engine.replay(long)).toEqual(await undisturbed.replay(long))
    expect(await engine.pushMany([])).toEqual([])
  })

  it('sends each worker one message for a batch, and keeps the order given', async () => {
    const { engine, workers } = await openRemote({ options: { workers: 2 } })
    await primeAll(engine)
    const batch = [...batchAt(0), ...batchAt(1)].toReversed()
    const inOrder = batch.toSorted((a, b) => a.candle.time - b.candle.time)
    const answers = await engine.pushMany(inOrder)
    expect(answers.map(({ symbol, time }) => [symbol, time])).toEqual(
      inOrder.map(({ symbol, candle }) => [symbol, candle.time]),
    )
    expect(workers.map(({ calls }) => calls.filter((call) => call === 'pushMany').length)).toEqual([1, 1])
  })

  it('gives the error of a worker that is gone to its own candles only', async () => {
    const { engine, workers } = await openRemote({ options: { workers: 2 }, recoveries: 0 })
    await primeAll(engine)
    workers[1]!.crash()
    const answers = await engine.pushMany(batchAt(0))
    const [fine, gone] = [undefined, 'worker/crashed']
    expect(answers.map(({ error }) => error?.code)).toEqual([fine, gone, fine, gone, fine, gone])
    workers[0]!.crash()
    expect(await failure(engine.pushMany(batchAt(1)))).toMatchObject({ code: 'worker/crashed' })
  })

  it('shares a replay, adds its progress up, and never counts back', async () => {
    let crashed = false
    const { engine, workers } = await openRemote({
      options: { workers: 3 },
      faultOf: ({ name, worker }) => {
        if (name !== 'replay' || worker !== workers[1] || crashed) return undefined
        crashed = true
        return 'crash'
      },
    })
    const seen: EngineProgress[] = []
    const signals = await engine.replay(long, { last: 500, onProgress: (progress) => seen.push(progress) })
    expect(signals).toEqual(await (await openUndisturbed()).replay(long, { last: 500 }))
    const runs = seen.filter(({ phase }) => phase === 'inference')
    expect(runs.map(({ loaded }) => loaded)).toEqual(runs.map(({ loaded }) => loaded).toSorted((a, b) => a - b))
    expect(runs.at(-1)).toEqual({ phase: 'inference', loaded: 500, total: 500 })
    expect(new Set(runs.map(({ total }) => total))).toEqual(new Set([500]))
    expect(workers.slice(0, 3).map(({ calls }) => calls.includes('replay'))).toEqual([true, true, true])
  })

  it('stops all its workers when a replay is given up, and goes on', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let asked = 0
    const { engine, workers } = await openRemote({
      options: { workers: 2 },
      faultOf: ({ name }) => {
        if (name === 'replay' && ++asked === 2) setTimeout(() => controller.abort(reason), 0)
        return undefined
      },
    })
    expect(await failure(engine.replay(long, { signal: controller.signal }))).toBe(reason)
    expect(workers.map(({ calls }) => calls.includes('cancel'))).toEqual([true, true])
    expect(await engine.replay(long, { last: 3 })).toHaveLength(3)
  })

  it('takes the signals of a long replay some at a time, also when a worker dies between two takings', async () => {
    const longer = historyOf('A', new SimulatedMarket({ seed: 8 }).take(3000))
    let crashed = false
    const { engine, workers } = await openRemote({
      faultOf: ({ name, worker }) => {
        if (crashed || name !== 'takeSignals' || worker.calls.filter((call) => call === name).length < 2)
          return undefined
        crashed = true
        return 'crash'
      },
    })
    const signals = await engine.replay(longer)
    expect(signals).toEqual(await (await openUndisturbed()).replay(longer))
    expect(crashed).toBe(true)
    const takings = workers.map(({ calls }) => calls.filter((call) => call === 'takeSignals').length)
    expect(takings).toEqual([2, Math.ceil(signals.length / 1024)])
    expect(takings[1], 'the answer is longer than one taking').toBeGreaterThan(1)
  })

  it('is patient with a worker that answers each taking, however long they take together', async () => {
    const longer = historyOf('A', new SimulatedMarket({ seed: 8 }).take(3000))
    let takings = 0
    const { engine, recoveries } = await openRemote({
      timeouts: { callMs: 2000 },
      faultOf: ({ name }) => {
        if (name !== 'takeSignals') return undefined
        takings++
        // The page's thread is busy with something else.
        for (const end = performance.now() + 900; performance.now() < end;);
        return undefined
      },
    })
    expect(await engine.replay(longer)).toHaveLength(3000 - engine.info.warmup + 1)
    expect(takings).toBe(3)
    expect(recoveries).toEqual([])
  })

  it('lets a worker forget the signals of a replay that is given up while they are taken', async () => {
    const longer = historyOf('A', new SimulatedMarket({ seed: 8 }).take(3000))
    const controller = new AbortController()
    const { engine, latest } = await openRemote({
      faultOf: ({ name }) => {
        if (name === 'takeSignals') controller.abort(new Error('enough'))
        return undefined
      },
    })
    expect(await failure(engine.replay(longer, { signal: controller.signal }))).toEqual(new Error('enough'))
    await eventually(() => expect(latest.calls).toContain('cancel'))
    expect(await engine.replay(long, { last: 3 })).toHaveLength(3)
    expect(latest.calls.filter((call) => call === 'takeSignals').length).toBeLessThanOrEqual(3)
  })

  it('says as one worker does that history is too short', async () => {
    const { engine } = await openRemote({ options: { workers: 2 } })
    const short = historyOf('A', markets.get('A')!.slice(0, 50))
    expect(await failure(engine.replay(short))).toMatchObject({ code: 'engine/not-ready', details: { have: 50 } })
  })
})

describe('moving an engine to other workers', () => {
  const everything = async (engine: EngineCore, bar: number): Promise<unknown[]> =>
    Promise.all([
      engine.push(candleAt('A', bar), 'A').then(plain),
      engine.pushMany(batchAt(bar).slice(1)).then(plainMany),
      engine.status('B'),
      engine.replay(long, { last: 40 }),
    ])

  it('loses and repeats nothing, whatever is under way', async () => {
    const { engine, workers } = await openRemote()
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    const answers = [everything(engine, 0)]
    const moving = engine.moveTo({ workers: 2 })
    const move = { over: false }
    void moving.then(() => (move.over = true))
    for (let bar = 1; bar < 60 && !move.over; bar++) {
      answers.push(everything(engine, bar))
      await answers.at(-1)
    }
    expect(await moving).toMatchObject({ workers: 2 })
    expect(workers).toHaveLength(3)
    await eventually(() => expect(workers.map(({ terminated }) => terminated)).toEqual([true, false, false]))
    answers.push(everything(engine, answers.length))
    for (const [bar, answer] of answers.entries()) expect(await answer).toEqual(await everything(undisturbed, bar))
  })

  it('holds the calls that come while the last ones before it end, in their order', async () => {
    const { engine, workers } = await openRemote({
      faultOf: ({ name, worker }) => (name === 'push' && worker === workers[0] ? 'silence' : undefined),
    })
    const undisturbed = await openUndisturbed()
    await Promise.all([primeAll(engine), primeAll(undisturbed)])
    // The first call hangs until it is made again in another worker; the move waits for it.
    const answers = [engine.push(candleAt('A', 0), 'A')]
    const moving = engine.moveTo({ workers: 3 })
    const primed = () => workers.slice(1).flatMap(({ calls }) => calls.filter((call) => call === 'prime')).length
    await eventually(() => expect(primed()).toBe(symbols.length))
    for (let bar = 1; bar < 4; bar++) answers.push(engine.push(candleAt('A', bar), 'A'))
    workers[0]!.crash()
    for (const [bar, answer] of answers.entries())
      expect(plain(await answer)).toEqual(plain(await undisturbed.push(candleAt('A', bar), 'A')))
    expect(await moving).toMatchObject({ workers: 3 })
  })

  it('leaves everything as it was where the new workers cannot be opened', async () => {
    let refuse = false
    const { engine, workers } = await openRemote({ unsupported: () => (refuse ? 'not today' : undefined) })
    await primeAll(engine)
    refuse = true
    expect(await failure(engine.moveTo({ workers: 2 }))).toMatchObject({ code: 'backend/unavailable' })
    expect(engine.info.workers).toBe(1)
    expect(plain(await engine.push(candleAt('A', 0), 'A'))).toMatchObject({ symbol: 'A' })
    expect(workers).toHaveLength(1)
  })

  it('stops when asked, and with the engine', async () => {
    const { engine, workers } = await openRemote()
    await primeAll(engine)
    const controller = new AbortController()
    const reason = new Error('not now')
    const moving = failure(engine.moveTo({ workers: 2 }, { signal: controller.signal }))
    await eventually(() => expect(workers.length).toBeGreaterThan(1))
    controller.abort(reason)
    expect(await moving).toBe(reason)
    const again = failure(engine.moveTo({ workers: 2 }))
    const under = failure(engine.replay(long))
    await engine.close()
    expect(await again).toMatchObject({ code: 'engine/closed' })
    expect(await under).toMatchObject({ code: 'engine/closed' })
    expect(await failure(engine.moveTo({ workers: 2 }))).toMatchObject({ code: 'engine/closed' })
    await eventually(() => expect(workers.every(({ terminated }) => terminated)).toBe(true))
  })
})

/** What may happen to an engine: calls, the end of a worker, a move. */
type Step = {
  readonly kind: 'push' | 'pushMany' | 'replay' | 'status' | 'prime' | 'crash' | 'move'
  readonly which: number
  readonly wait: boolean
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('push', 'push', 'pushMany', 'pushMany', 'replay', 'status', 'prime', 'crash', 'move'),
    which: fc.nat(5),
    wait: fc.boolean(),
  }),
  { minLength: 4, maxLength: 14 },
)

it(
  'whatever happens to its workers, an engine answers what an undisturbed one answers',
  { timeout: 60_000 },
  async () => {
    const undisturbed = await openUndisturbed()
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (all, count) => {
        const { engine, workers } = await openRemote({ options: { workers: count }, recoveries: 100 })
        await Promise.all([primeAll(engine), primeAll(undisturbed)])
        const bars = new Map<string, number>(symbols.map((symbol) => [symbol, 0]))
        const take = (symbol: string): number => {
          const bar = bars.get(symbol)!
          bars.set(symbol, bar + 1)
          return bar
        }
        const pairs: [Promise<unknown>, Promise<unknown>][] = []
        const both = (call: (one: EngineCore) => Promise<unknown>): void =>
          void pairs.push([call(engine), call(undisturbed)])
        // One whose worker ends before it is open fails, and changes nothing.
        const moves: Promise<unknown>[] = []
        let crashed = false
        for (const { kind, which, wait } of all) {
          const symbol = symbols[which]!
          if (kind === 'crash') {
            // A call that is under way when two workers end is rejected, and rightly so.
            if (crashed) await Promise.all(pairs.flat())
            crashed = true
            workers.filter(({ terminated }) => !terminated)[which % 3]?.crash()
          } else if (kind === 'move') moves.push(failure(engine.moveTo({ workers: (which % 3) + 1 })))
          else if (kind === 'push') {
            const candle = candleAt(symbol, take(symbol))
            both((one) => one.push(candle, symbol).then(plain))
          } else if (kind === 'pushMany') {
            const batch = symbols.map((one) => ({ symbol: one, candle: candleAt(one, take(one)) }))
            both((one) => one.pushMany(batch).then(plainMany))
          } else if (kind === 'prime') {
            bars.set(symbol, -5)
            both((one) => one.prime(historyOf(symbol, markets.get(symbol)!.slice(0, past - 5))))
          } else if (kind === 'status') both((one) => one.status(symbol))
          else both((one) => one.replay(long, { last: 33 * (which + 1) }))
          if (wait) await pairs.at(-1)?.[0]
        }
        for (const [disturbed, expected] of pairs) expect(await disturbed).toEqual(await expected)
        await Promise.all(moves)
        await engine.close()
      }),
      { numRuns: 12 },
    )
  },
)
