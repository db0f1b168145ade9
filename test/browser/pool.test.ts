import { type CreateOptions, createSignalEngine, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { describe, expect, it, onTestFinished } from 'vitest'
import { engineContract } from '../contract/engine-contract.ts'
import { failure } from '../failure.ts'
import { batchAt, markets, openFaulty, openTiny, past, primeAll, signalsOf, symbols } from './tiny-engine.ts'

engineContract('an engine in two workers', () => openTiny({ workers: 2 }))

describe('two workers', () => {
  it('give the same as one', async () => {
    const [two, one] = [await openTiny({ workers: 2 }), await openTiny()]
    expect([two.info.workers, one.info.workers]).toEqual([2, 1])
    expect(two.info.source).toBe('store')
    await Promise.all([primeAll(two), primeAll(one)])
    for (const symbol of symbols) {
      const candle = markets.get(symbol)![past]!
      expect(await two.push(candle, symbol)).toEqual(await one.push(candle, symbol))
    }
    expect(await signalsOf(two.pushMany(batchAt(1)))).toEqual(await signalsOf(one.pushMany(batchAt(1))))
    const long = new SimulatedMarket({ seed: 9 }).take(1000)
    expect(await two.replay(long)).toEqual(await one.replay(long))
    expect(await two.replay(long, { last: 70 })).toEqual(await one.replay(long, { last: 70 }))
  })

  it('give the same as one on the whole network', async () => {
    const open = async (options: Partial<CreateOptions>): Promise<SignalEngine> => {
      const engine = await createSignalEngine({ manifest: '/models/manifest.json', ...options })
      onTestFinished(() => engine.close())
      return engine
    }
    const [two, one] = [await open({ workers: 2 }), await open({})]
    const long = new SimulatedMarket({ seed: 9 }).take(one.warmup + 150)
    expect(await two.replay(long)).toEqual(await one.replay(long))
    const due = symbols.slice(0, 3).map((symbol, i) => {
      const market = new SimulatedMarket({ seed: 20 + i })
      return { symbol, history: market.take(one.warmup), candle: market.next() }
    })
    for (const { symbol, history } of due)
      await Promise.all([two.prime(history, { symbol }), one.prime(history, { symbol })])
    expect(await signalsOf(two.pushMany(due))).toEqual(await signalsOf(one.pushMany(due)))
  })

  it('share a replay that one of them does not survive', async () => {
    const { engine, workers, recoveries } = await openFaulty({ workers: 2 })
    const one = await openTiny()
    workers[1]!.postMessage({ fault: 'crash', at: 'replay' })
    const long = new SimulatedMarket({ seed: 9 }).take(1000)
    expect(await engine.replay(long)).toEqual(await one.replay(long))
    expect(recoveries).toMatchObject([{ lane: 1 }])
  })

  it('are both stopped when a replay is given up', async () => {
    const engine = await openTiny({ workers: 2 })
    const controller = new AbortController()
    const reason = new Error('enough')
    const long = new SimulatedMarket({ seed: 9 }).take(20_000)
    const replay = engine.replay(long, {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'inference' && controller.abort(reason),
    })
    expect(await failure(replay)).toBe(reason)
    const next = new SimulatedMarket({ seed: 9 }).take(200)
    expect(await engine.replay(next, { last: 3 })).toHaveLength(3)
  })
})
