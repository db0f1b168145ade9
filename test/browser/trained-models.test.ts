import { createSignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { describe, expect, inject, it } from 'vitest'
import type { TrainedReference } from './node-signals.ts'

/** The address of a manifest whose files lie in this page. */
function publish({ manifest, files }: TrainedReference): string {
  const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const addresses = new Map(files.map(([name, base64]) => [name, URL.createObjectURL(new Blob([bytesOf(base64)]))]))
  const located = JSON.stringify(manifest).replaceAll(
    /"url":"([^"]+)"/g,
    (_, name: string) => `"url":"${addresses.get(name)!}"`,
  )
  return URL.createObjectURL(new Blob([located], { type: 'application/json' }))
}

describe('trees of another library, in the worker of a page', () => {
  it.each(inject('trained').map((model) => [model.name, model] as const))('decide as in Node: %s', async (_, model) => {
    await using engine = await createSignalEngine({ manifest: publish(model), strategy: 'aggressive', store: 'memory' })
    const signals = await engine.replay(new SimulatedMarket().take(engine.warmup + 60), { last: 60 })

    expect(engine.info.backend).toBe('wasm')
    expect(signals.map(({ time, side }) => [time, side])).toEqual(model.signals.map(({ time, side }) => [time, side]))
    for (const [i, { probabilities, returns, risk }] of signals.entries()) {
      expect(risk).toEqual({})
      expect(Object.keys(returns)).toEqual(Object.keys(model.signals[i]!.returns))
      for (const [horizon, sides] of Object.entries(probabilities))
        expect(sides.LONG).toBeCloseTo(model.signals[i]!.probabilities[horizon]!.LONG, 5)
    }
    expect(new Set(signals.map(({ side }) => side)).size, 'there is something to compare').toBeGreaterThan(1)
  })
})
