import { createSignalEngine, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { expect, it } from 'vitest'
import { offer } from '../published.ts'

declare global {
  interface Performance {
    /** Chromium only, in isolated pages: the page and its workers, after a collection. */
    measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>
  }
}

const open = (manifest: string): Promise<SignalEngine> => createSignalEngine({ manifest, store: 'memory' })

const afterMs = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** Chromium never answers a look that it began while a worker was ending: such a one is given up, and begun again. */
async function look(): Promise<number> {
  const seen = await Promise.race([performance.measureUserAgentSpecificMemory(), afterMs(2000)])
  return seen?.bytes ?? look()
}

/** The least of a few looks: what is garbage at one is gone at another. */
async function bytesInUse(): Promise<number> {
  await afterMs(1000)
  return Math.min(await look(), await look(), await look())
}

it('keeps its memory while it answers', async () => {
  await using engine = await open(await offer())
  const market = new SimulatedMarket({ seed: 3 })
  await engine.prime(market.take(engine.warmup))
  const forming = { ...market.next(), closed: false }
  const answer = async (times: number): Promise<void> => {
    for (let run = 0; run < times; run += 1) await engine.push(forming)
  }
  await answer(300)
  const few = await bytesInUse()
  await answer(4000)
  const many = await bytesInUse()
  console.info(`after 300 runs ${few}, after 4,300 ${many}: ${(many / few).toFixed(4)}`)
  expect(many / few).toBeLessThanOrEqual(1.05)
})

it('leaves nothing behind when it is closed', async () => {
  const manifest = await offer()
  const cycles = async (times: number): Promise<void> => {
    for (let cycle = 0; cycle < times; cycle += 1) await (await open(manifest)).close()
  }
  await cycles(4)
  const few = await bytesInUse()
  await cycles(6)
  const many = await bytesInUse()
  console.info(`after 4 engines ${few}, after 10 ${many}: ${(many / few).toFixed(4)}`)
  expect(many / few).toBeLessThanOrEqual(1.05)
})
