import { createSignalEngine, type SignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { afterEach, expect, it } from 'vitest'
import { offer } from '../published.ts'

const engines: SignalEngine[] = []

async function open(manifest: string, threads?: number): Promise<SignalEngine> {
  const engine = await createSignalEngine({ manifest, threads, store: 'memory', strategy: 'aggressive' })
  engines.push(engine)
  return engine
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
})

it.each(['the sample model', 'a tiny model'])('runs %s on two threads with the answers of one', async (which) => {
  expect(crossOriginIsolated).toBe(true)
  const manifest = which === 'a tiny model' ? await offer() : '/models/manifest.json'
  const [one, two] = [await open(manifest), await open(manifest, 2)]
  expect(one.info).toMatchObject({ threads: 1, threadsProblem: undefined })
  expect(two.info).toMatchObject({ threads: 2, threadsProblem: undefined })

  const history = new SimulatedMarket({ seed: 12 }).take(one.warmup + 40)
  const [alone, together] = [await one.replay(history), await two.replay(history)]
  expect(together.map(({ side }) => side)).toEqual(alone.map(({ side }) => side))
  for (const [at, signal] of together.entries()) {
    const numbers = Object.entries(signal.probabilities).flatMap(([horizon, { LONG, SHORT, NEUTRAL }]) => {
      const other = alone[at]!.probabilities[horizon]!
      return [LONG - other.LONG, SHORT - other.SHORT, NEUTRAL - other.NEUTRAL]
    })
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual(1e-5)
  }
})

it('keeps different numbers of threads apart, each in its own worker', async () => {
  const manifest = await offer()
  const threads = [2, 1, 3]
  const engines = await Promise.all(threads.map((count) => open(manifest, count)))
  expect(engines.map(({ info }) => info.threads)).toEqual(threads)
})
