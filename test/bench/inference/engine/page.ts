/** The package in a page: opens an engine, and gives it candles. */
import { createSignalEngine, type EngineInfo, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'

/** What opening took, in ms since the navigation, except where the engine tells of its own stages. */
interface Opened {
  readonly readyMs: number
  readonly firstSignalMs: number
  readonly timings: EngineInfo['timings']
}

/** How the engine shares the symbols out. */
interface Share {
  readonly workers?: number
  readonly threads?: number
}

/** Several workers see fewer runs each, and all need some before their code is fast. */
const warmupCloses = 8

const market = new SimulatedMarket({ seed: 7 })
let engine: SignalEngine | undefined

async function given(count: number): Promise<void> {
  if (engine === undefined) throw new Error('No engine is open.')
  for (let at = 0; at < count; at++)
    if ((await engine.push(market.next())) === undefined) throw new Error('A candle gave no signal.')
}

const product = {
  async open(model: string): Promise<Opened> {
    engine = await createSignalEngine({ manifest: '/models/manifest.json', model })
    const readyMs = performance.now()
    await engine.prime(market.take(engine.warmup - 1))
    await given(1)
    return { readyMs, firstSignalMs: performance.now(), timings: engine.info.timings }
  },

  push: given,

  /** ms of each close of many symbols, after closes that warm up. */
  async closes(model: string, share: Share, symbols: number, rounds: number): Promise<number[]> {
    const crowd = await createSignalEngine({ manifest: '/models/manifest.json', model, ...share })
    const markets = Array.from({ length: symbols }, (_, seed) => new SimulatedMarket({ seed }))
    for (const [at, one] of markets.entries()) await crowd.prime(one.take(crowd.warmup), { symbol: `S${at}` })
    const times: number[] = []
    for (let round = -warmupCloses; round < rounds; round++) {
      const candles = markets.map((one, at) => ({ symbol: `S${at}`, candle: one.next() }))
      const began = performance.now()
      const answers = await crowd.pushMany(candles)
      if (round >= 0) times.push(performance.now() - began)
      if (answers.some(({ signal }) => signal === undefined)) throw new Error('A symbol gave no signal.')
    }
    await crowd.close()
    return times
  },

  /** Bytes of the page and its worker, as the browser counts them. */
  async memory(): Promise<number> {
    const { performance } = globalThis as unknown as {
      performance: { measureUserAgentSpecificMemory: () => Promise<{ bytes: number }> }
    }
    return (await performance.measureUserAgentSpecificMemory()).bytes
  },
}

declare global {
  interface Window {
    readonly product: typeof product
  }
}

Object.defineProperty(window, 'product', { value: product })
