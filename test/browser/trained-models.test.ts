import { createSignalEngine } from 'candlewick'
import { SimulatedMarket } from 'candlewick/feeds'
import { describe, expect, inject, it } from 'vitest'
import { publishTrained } from './publish-trained.ts'

describe('trees of another library, in the worker of a page', () => {
  it.each(inject('trained').map((model) => [model.name, model] as const))('decide as in Node: %s', async (_, model) => {
    await using engine = await createSignalEngine({
      manifest: publishTrained(model),
      strategy: 'aggressive',
      store: 'memory',
    })
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
