/** What the benchmark does inside the browser: many answers of one engine, many engines one after another. */
import { type Candle, createSignalEngine, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'

declare global {
  interface Window {
    /** Opens an engine and keeps it. */
    openEngine: () => Promise<void>
    answer: (times: number) => Promise<void>
    closeEngine: () => Promise<void>
    /** Opens and closes engines. */
    cycle: (times: number) => Promise<void>
    /** Opens and ends workers that only answer once. */
    cycleBare: (times: number) => Promise<void>
    bytesInUse: () => Promise<number>
  }
  interface Performance {
    /** Chromium only, in isolated pages: the page and its workers, after a collection. */
    measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>
  }
}

const market = new SimulatedMarket({ seed: 3 })
let engine: SignalEngine | undefined
let forming: Candle | undefined

const create = (): Promise<SignalEngine> => createSignalEngine({ manifest: '/manifest.json', store: 'memory' })
const afterMs = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

window.openEngine = async () => {
  engine = await create()
  await engine.prime(market.take(engine.warmup))
  forming = { ...market.next(), closed: false }
}
window.answer = async (times) => {
  if (engine === undefined || forming === undefined) throw new Error('no engine is open')
  for (let run = 0; run < times; run += 1) await engine.push(forming)
}
window.closeEngine = async () => engine?.close()
window.cycle = async (times) => {
  for (let round = 0; round < times; round += 1) await (await create()).close()
}

window.cycleBare = async (times) => {
  for (let round = 0; round < times; round += 1) {
    const worker = new Worker(new URL('bare-worker.ts', import.meta.url), { type: 'module' })
    await new Promise((resolve) => {
      worker.addEventListener('message', resolve, { once: true })
      worker.postMessage(round)
    })
    worker.terminate()
  }
}

/** Chromium never answers a look that it began while a worker was ending: such a one is begun again. */
async function look(): Promise<number> {
  const seen = await Promise.race([performance.measureUserAgentSpecificMemory(), afterMs(5000)])
  return seen?.bytes ?? look()
}

window.bytesInUse = async () => {
  // The browser's own diary of what was fetched: it grows with every worker, up to a limit.
  performance.clearResourceTimings()
  await afterMs(2000)
  return Math.min(await look(), await look(), await look())
}
