/** What an engine keeps when its model is changed while it runs, and while it pauses. It imports nothing of either world. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Candle } from '../../src/core/candle.ts'
import type { SymbolCandle, SymbolSignal, SymbolStatus } from '../../src/engine/core.ts'
import type { Explanation } from '../../src/engine/explain.ts'
import { SimulatedMarket } from '../../src/feeds/simulated.ts'
import type { Signal } from '../../src/signals/index.ts'
import { failure } from '../failure.ts'

/** What is asked of an engine here: the one of the sources and the built one alike. */
interface EngineUnderTest {
  readonly info: { readonly model: { readonly id: string } }
  readonly warmup: number
  readonly paused: boolean
  prime(history: Iterable<Candle>, options?: { symbol?: string }): Promise<SymbolStatus>
  push(candle: Candle, symbol?: string): Promise<Signal | undefined>
  pushMany(candles: readonly SymbolCandle[]): Promise<SymbolSignal[]>
  explain(symbol?: string): Promise<Explanation>
  status(symbol?: string): Promise<SymbolStatus>
  switchModel(
    model?: string,
    options?: { signal?: AbortSignal; onProgress?: () => void },
  ): Promise<{ readonly model: { readonly id: string } }>
  pause(): void
  resume(): void
  close(): Promise<void>
}

/**
 * Declares the suite for one kind of engine.
 *
 * @param open opens an engine of that kind on one of two versions
 * @param versions their ids; their weights differ
 */
export function switchContract(
  name: string,
  open: (model: string) => Promise<EngineUnderTest>,
  [first, second]: readonly [string, string],
): void {
  /** Engines that have taken the same candles of two symbols, and the candles that come next. */
  async function alike(...models: string[]): Promise<{ engines: EngineUnderTest[]; next: (symbol: string) => Candle }> {
    const markets = new Map(['A', 'B'].map((symbol, i) => [symbol, new SimulatedMarket({ seed: 40 + i })]))
    const engines = await Promise.all(models.map(open))
    onTestFinished(async () => {
      await Promise.all(engines.map((engine) => engine.close()))
    })
    for (const [symbol, market] of markets) {
      const history = market.take(engines[0]!.warmup + 3)
      const live = market.take(2)
      for (const engine of engines) {
        await engine.prime(history, { symbol })
        for (const candle of live) await engine.push(candle, symbol)
      }
    }
    return { engines, next: (symbol) => markets.get(symbol)!.next() }
  }

  describe(`${name}: another model`, () => {
    it('goes on with the candles that the former one had, and is named by every signal', async () => {
      const { engines, next } = await alike(first, second)
      const [moving, settled] = engines as [EngineUnderTest, EngineUnderTest]
      const before = next('A')
      expect((await moving.push(before, 'A'))!.model).toBe(first)
      await settled.push(before, 'A')
      expect(await moving.switchModel(second)).toMatchObject({ model: { id: second } })
      expect(moving.info.model.id).toBe(second)
      for (const symbol of ['A', 'B']) {
        const candle = next(symbol)
        const signal = await moving.push(candle, symbol)
        expect(signal).toMatchObject({ model: second, symbol })
        expect(signal).toEqual(await settled.push(candle, symbol))
      }
    })

    it('takes over between calls that are under way, and none of them is lost', async () => {
      const { engines, next } = await alike(first)
      const [engine] = engines as [EngineUnderTest]
      const candles = Array.from({ length: 12 }, () => next('A'))
      const moving = engine.switchModel(second)
      const signals = await Promise.all(candles.map((candle) => engine.push(candle, 'A')))
      await moving
      expect(signals.map((signal) => signal!.time)).toEqual(candles.map(({ time }) => time))
      const models = signals.map((signal) => signal!.model)
      expect(models).toEqual([...models].sort())
      expect((await engine.push(next('A'), 'A'))!.model).toBe(second)
    })

    it('that does not exist leaves the engine as it was', async () => {
      const { engines, next } = await alike(first, first)
      const [engine, plain] = engines as [EngineUnderTest, EngineUnderTest]
      await expect(engine.switchModel('nobody_v1.0.0')).rejects.toMatchObject({ code: 'model/not-found' })
      const candle = next('A')
      expect(await engine.push(candle, 'A')).toEqual(await plain.push(candle, 'A'))
      expect(engine.info.model.id).toBe(first)
    })

    it('that nobody wants any more leaves the engine as it was', async () => {
      const { engines, next } = await alike(first)
      const [engine] = engines as [EngineUnderTest]
      const reason = new Error('never mind')
      await expect(engine.switchModel(second, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      expect((await engine.push(next('A'), 'A'))!.model).toBe(first)
    })

    it('is given up where the engine is closed meanwhile, and nothing goes on', async () => {
      const { engines, next } = await alike(first)
      const [engine] = engines as [EngineUnderTest]
      let closing: Promise<void> | undefined
      const close = (): void => void (closing ??= engine.close())
      const switching = failure(engine.switchModel(second, { onProgress: close }))
      expect(await switching).toMatchObject({ code: 'engine/closed' })
      await closing
      expect(await failure(engine.push(next('A'), 'A'))).toMatchObject({ code: 'engine/closed' })
    })
  })

  describe(`${name}: a pause`, () => {
    it('takes candles without deciding, so that nothing is missing afterwards', async () => {
      const { engines, next } = await alike(first, first)
      const [engine, plain] = engines as [EngineUnderTest, EngineUnderTest]
      engine.pause()
      expect(engine.paused).toBe(true)
      const [one, other] = [next('A'), next('B')]
      expect(await engine.push(one, 'A')).toBeUndefined()
      const [answer] = await engine.pushMany([{ symbol: 'B', candle: other }])
      expect(answer).toMatchObject({ symbol: 'B', time: other.time })
      expect([answer!.signal, answer!.error]).toEqual([undefined, undefined])
      await expect(engine.push({ ...next('B'), high: 1 }, 'B')).rejects.toMatchObject({ code: 'candle/invalid' })
      engine.resume()
      await plain.push(one, 'A')
      const candle = next('A')
      expect(await engine.push(candle, 'A')).toEqual(await plain.push(candle, 'A'))
    })
  })

  describe(`${name}: an explanation`, () => {
    it('is about the last closed candle, and counts every feature once', async () => {
      const { engines, next } = await alike(first)
      const [engine] = engines as [EngineUnderTest]
      const candle = next('A')
      const signal = await engine.push(candle, 'A')
      const explanation = await engine.explain('A')
      expect(explanation).toMatchObject({ symbol: 'A', time: candle.time, direction: signal!.direction })
      expect(explanation.windows).toBe(explanation.groups.length + 1)
      expect(explanation.groups.some(({ effect }) => effect !== 0)).toBe(true)
      expect(await engine.push(next('A'), 'A'), 'it changes nothing').toBeDefined()
    })

    it('cannot be had while a symbol warms up', async () => {
      const { engines } = await alike(first)
      await expect(engines[0]!.explain('NEW')).rejects.toMatchObject({ code: 'engine/not-ready' })
    })
  })
}
