/** What the benchmark does inside the browser: open an engine, prime it, time candles one by one. */
import { createSignalEngine, type EngineInfo } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'

/** What one visit measures, in ms. */
export interface Visit {
  /** From the start of navigation to the first signal: page, worker, bytes, runtime, model, history. */
  readonly firstSignalMs: number
  /** From the call of `createSignalEngine` until the engine is ready. */
  readonly readyMs: number
  readonly info: EngineInfo
  /** From `push` to the signal in the page: hop, features, model, decision. */
  readonly candleToSignalMs: readonly number[]
  /** The model's share of it. */
  readonly inferenceMs: readonly number[]
}

declare global {
  interface Window {
    measure: (candles: number, warm: number) => Promise<Visit>
  }
}

window.measure = async (candles, warm) => {
  const called = performance.now()
  const engine = await createSignalEngine({ manifest: '/manifest.json' })
  const ready = performance.now()
  const market = new SimulatedMarket({ seed: 7 })
  await engine.prime(market.take(engine.warmup - 1))
  const first = await engine.push(market.next())
  if (first === undefined) throw new Error('no signal after the warm-up')
  const firstSignal = performance.now()

  // WebAssembly is compiled in tiers: the first runs are slower and say little about the rest.
  for (let i = 0; i < warm; i++) await engine.push(market.next())
  const candleToSignalMs: number[] = []
  const inferenceMs: number[] = []
  for (let i = 0; i < candles; i++) {
    const candle = market.next()
    const began = performance.now()
    const timed = await engine.pushTimed(candle)
    candleToSignalMs.push(performance.now() - began)
    inferenceMs.push(timed?.inferenceMs ?? NaN)
  }
  const { info } = engine
  await engine.close()
  return { firstSignalMs: firstSignal, readyMs: ready - called, info, candleToSignalMs, inferenceMs }
}
