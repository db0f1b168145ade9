/** What every engine must keep, whether it runs in the calling thread or in workers. It imports nothing of either world. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Candle } from '../../src/core/candle.ts'
import type { ReplayOptions, SymbolCandle, SymbolSignal, SymbolStatus } from '../../src/engine/core.ts'
import { SimulatedMarket } from '../../src/feeds/simulated.ts'
import type { Signal } from '../../src/signals/index.ts'
import { failure } from '../failure.ts'

/** What is asked of an engine here: the one of the sources and the built one alike. */
interface EngineUnderTest {
  readonly warmup: number
  prime(history: Iterable<Candle>, options?: { symbol?: string; signal?: AbortSignal }): Promise<SymbolStatus>
  push(candle: Candle, symbol?: string): Promise<Signal | undefined>
  pushMany(candles: readonly SymbolCandle[], options?: { signal?: AbortSignal }): Promise<SymbolSignal[]>
  replay(history: Iterable<Candle>, options?: ReplayOptions & { symbol?: string }): Promise<Signal[]>
  status(symbol?: string): Promise<SymbolStatus>
  close(): Promise<void>
}

/** More than one run of the model takes. */
const many = Array.from({ length: 50 }, (_, i) => `S${i}`)
const bar = 900_000

const marketOf = (symbol: string): SimulatedMarket =>
  new SimulatedMarket({ seed: symbol.length * 100 + symbol.charCodeAt(symbol.length - 1) })

/** The numbers of a signal in one list. */
const numbers = ({ returns, probabilities }: Signal): number[] => [
  ...Object.values(returns),
  ...Object.values(probabilities).flatMap(({ LONG, SHORT, NEUTRAL }) => [LONG, SHORT, NEUTRAL]),
]

/** One window alone may give other last bits than among others. */
function expectAlike(a: Signal | undefined, b: Signal | undefined): void {
  expect(a?.id).toBe(b?.id)
  expect([a?.side, a?.entry, a?.provisional]).toEqual([b?.side, b?.entry, b?.provisional])
  if (a !== undefined && b !== undefined)
    for (const [i, value] of numbers(a).entries()) expect(value).toBeCloseTo(numbers(b)[i]!, 5)
}

const codeOf = ({ error }: SymbolSignal): string | undefined => error?.code

/**
 * Declares the suite for one kind of engine.
 *
 * @param open opens an engine of that kind on a small model
 */
export function engineContract(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`${name}: many candles in one call`, () => {
    /** An engine whose symbols decide at the next candle, and that candle of each. */
    async function ready(
      symbols: readonly string[],
    ): Promise<{ engine: EngineUnderTest; due: SymbolCandle[]; later: SymbolCandle[] }> {
      const engine = await open()
      onTestFinished(() => engine.close())
      const [due, later]: [SymbolCandle[], SymbolCandle[]] = [[], []]
      for (const symbol of symbols) {
        const market = marketOf(symbol)
        await engine.prime(market.take(engine.warmup + 5), { symbol })
        due.push({ symbol, candle: market.next() })
        later.push({ symbol, candle: market.next() })
      }
      return { engine, due, later }
    }

    it('decides as one call for each candle does, in the order given', async () => {
      const [{ engine, due, later }, { engine: single }] = [await ready(many), await ready(many)]
      for (const batch of [due, later.toReversed()]) {
        const answers = await engine.pushMany(batch)
        expect(answers.map(({ symbol, time }) => ({ symbol, time }))).toEqual(
          batch.map(({ symbol, candle }) => ({ symbol, time: candle.time })),
        )
        for (const [i, { symbol, candle }] of batch.entries()) {
          expect(answers[i]!.error).toBeUndefined()
          expectAlike(answers[i]!.signal?.signal, await single.push(candle, symbol))
          expect(answers[i]!.signal!.inferenceMs).toBeGreaterThanOrEqual(0)
        }
      }
    })

    it('fails one symbol alone where its candle is refused, and that symbol goes on', async () => {
      const { engine, due, later } = await ready(['A', 'B', 'C'])
      const [a, b, c] = due as [SymbolCandle, SymbolCandle, SymbolCandle]
      const bad = { ...b.candle, high: 1 }
      const answers = await engine.pushMany([a, { symbol: 'B', candle: bad }, c])
      expect(answers.map(codeOf)).toEqual([undefined, 'candle/invalid', undefined])
      expect(answers[1]).toMatchObject({
        symbol: 'B',
        time: bad.time,
        error: { name: 'CandlewickError', details: { field: 'high', value: 1 } },
      })
      expect(answers[1]!.error!.message).toContain('"1"')
      expect(answers.map(({ signal }) => signal === undefined)).toEqual([false, true, false])
      const gap = await engine.pushMany([later[1]!])
      expect(gap[0]).toMatchObject({ error: { code: 'candle/gap', details: { missing: 1 } } })
      expect((await engine.pushMany([b, ...later])).map(codeOf)).toEqual([undefined, undefined, undefined, undefined])
    })

    it('takes the candles of one symbol in order, forming ones without a trace, repeats without an answer', async () => {
      const { engine, due, later } = await ready(['A'])
      const { engine: plain } = await ready(['A'])
      const [{ candle: first }, { candle: second }] = [due[0]!, later[0]!]
      const forming: Candle = { ...second, high: second.high * 1.2, close: second.high * 1.1, closed: false }
      const batch = [first, first, forming, second].map((candle) => ({ symbol: 'A', candle }))
      const answers = await engine.pushMany(batch)
      expect(answers.map(codeOf)).toEqual(batch.map(() => undefined))
      expect(answers[1]!.signal).toBeUndefined()
      expectAlike(answers[0]!.signal?.signal, await plain.push(first, 'A'))
      expectAlike(answers[2]!.signal?.signal, await plain.push(forming, 'A'))
      expectAlike(answers[3]!.signal?.signal, await plain.push(second, 'A'))
      expect(answers[2]!.signal!.signal.provisional).toBe(true)
    })

    it('gives neither signal nor error while a symbol warms up', async () => {
      const { engine, due } = await ready(['A'])
      const fresh = { symbol: 'fresh', candle: marketOf('A').next() }
      const [warming, decided] = await engine.pushMany([fresh, due[0]!])
      expect(warming).toEqual({ symbol: 'fresh', time: fresh.candle.time })
      expect(decided!.signal).toBeDefined()
      expect(await engine.pushMany([])).toEqual([])
    })

    it('takes nothing when it was aborted before, and all when it is aborted later', async () => {
      const { engine, due, later } = await ready(many)
      const reason = new Error('enough')
      expect(await failure(engine.pushMany(due, { signal: AbortSignal.abort(reason) }))).toBe(reason)
      expect(await engine.status('S0')).toMatchObject({ lastTime: due[0]!.candle.time - bar })

      const controller = new AbortController()
      const batch = failure(engine.pushMany(due, { signal: controller.signal }))
      controller.abort(reason)
      expect(await batch).toBe(reason)
      for (const { symbol, candle } of due) expect(await engine.status(symbol)).toMatchObject({ lastTime: candle.time })
      expect((await engine.pushMany(later)).map(codeOf)).toEqual(many.map(() => undefined))
    })
  })

  describe(`${name}: histories`, () => {
    it('replays what pushing gives, and leaves the symbols alone', async () => {
      const engine = await open()
      onTestFinished(() => engine.close())
      const candles = marketOf('A').take(engine.warmup + 70)
      await engine.prime(candles.slice(0, -70), { symbol: 'A' })
      const past = await engine.replay(candles, { symbol: 'A', last: 70 })
      expect(past).toHaveLength(70)
      expect(await engine.replay(candles, { symbol: 'A', last: 3 })).toHaveLength(3)
      for (const [i, candle] of candles.slice(-70).entries()) expectAlike(past[i], await engine.push(candle, 'A'))
    })

    it('is told to stop by a signal, with its reason, and keeps what it had', async () => {
      const engine = await open()
      onTestFinished(() => engine.close())
      const candles = marketOf('A').take(engine.warmup + 400)
      const before = await engine.prime(candles.slice(0, 200), { symbol: 'A' })
      const reason = new Error('never mind')
      const signal = AbortSignal.abort(reason)
      expect(await failure(engine.prime(candles, { symbol: 'A', signal }))).toBe(reason)
      const controller = new AbortController()
      const onProgress = (): void => controller.abort(reason)
      expect(await failure(engine.replay(candles, { symbol: 'A', signal: controller.signal, onProgress }))).toBe(reason)
      expect(await engine.status('A')).toEqual(before)
    })

    it('answers for a status behind the calls before it', async () => {
      const engine = await open()
      onTestFinished(() => engine.close())
      const candles = marketOf('A').take(engine.warmup)
      const priming = engine.prime(candles, { symbol: 'A' })
      const status = engine.status('A')
      expect(await status).toEqual(await priming)
    })
  })

  it(`${name}: rejects every call once it is closed`, async () => {
    const engine = await open()
    const [candle] = marketOf('A').take(1) as [Candle]
    await engine.close()
    const calls = {
      prime: engine.prime([candle]),
      push: engine.push(candle),
      pushMany: engine.pushMany([{ symbol: 'A', candle }]),
      replay: engine.replay([candle]),
      status: engine.status(),
    }
    for (const [call, promise] of Object.entries(calls))
      expect(await failure(promise)).toMatchObject({ code: 'engine/closed', details: { call } })
  })
}
