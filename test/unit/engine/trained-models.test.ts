import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { createSignalEngine, type Signal, type SignalEngine } from '../../../src/index.ts'
import type { ModelEntry } from '../../../src/registry/index.ts'
import { publishTrained, trainedModels } from './trained-models.ts'

/** An engine on one model, published with a change. */
async function engineOf(name: string, change?: (entry: ModelEntry) => ModelEntry): Promise<SignalEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-trained-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { manifest, files } = await publishTrained(name, change)
  for (const [file, bytes] of files) await writeFile(join(folder, file), bytes)
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return createSignalEngine({ manifest: join(folder, 'manifest.json'), strategy: 'aggressive' })
}

async function signalsOf(name: string): Promise<Signal[]> {
  await using engine = await engineOf(name)
  return await engine.replay(new SimulatedMarket().take(engine.warmup + 60), { last: 60 })
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('an engine', () => {
  it.each(Object.entries(trainedModels))(
    'gives signals with %s',
    async (name, { outputLayout, taskType, classOrder }) => {
      const signals = await signalsOf(name)
      const names = outputLayout.horizons.map((horizon) => horizon.name)
      expect(signals).toHaveLength(60)
      for (const signal of signals) {
        expect(Object.keys(signal.probabilities)).toEqual(names)
        for (const probabilities of Object.values(signal.probabilities)) {
          expect(sum(Object.values(probabilities))).toBeCloseTo(1, 12)
          if (classOrder.length === 2) expect(probabilities.NEUTRAL).toBe(0)
        }
        // What the model does not say is not made up.
        expect(Object.keys(signal.returns)).toEqual(taskType === 'regression' ? names : [])
        expect(signal.risk).toStrictEqual({})
        expect(signal.stopLoss === null).toBe(signal.side === 'NEUTRAL')
      }
      // The market moves, so the answers must.
      expect(new Set(signals.map((signal) => JSON.stringify(signal.probabilities))).size).toBeGreaterThan(3)
    },
  )

  it('decides for a side with each kind of model', async () => {
    const sides = new Set((await Promise.all(Object.keys(trainedModels).map(signalsOf))).flat().map(({ side }) => side))
    expect([...sides].sort()).toEqual(['LONG', 'NEUTRAL', 'SHORT'])
  })

  it('refuses logits declared as probabilities when it is made, by the reference run', async () => {
    const change = (entry: ModelEntry): ModelEntry => ({
      ...entry,
      outputLayout: { id: 'classification', horizons: entry.outputLayout.horizons.slice(0, 1) },
      classOrder: ['LONG', 'SHORT'],
    })
    await expect(engineOf('linear-regressor', change)).rejects.toMatchObject({
      code: 'model/contract',
      details: { expected: expect.stringContaining('append a Softmax') as string },
    })
  })

  it('refuses them at the first bar where there is no reference run', async () => {
    const change = ({ golden: _golden, ...entry }: ModelEntry): ModelEntry => ({
      ...entry,
      outputLayout: { id: 'classification', horizons: entry.outputLayout.horizons.slice(0, 1) },
      classOrder: ['LONG', 'SHORT'],
    })
    await using engine = await engineOf('linear-regressor', change)
    const replayed = engine.replay(new SimulatedMarket().take(engine.warmup), { last: 1 })
    await expect(replayed).rejects.toMatchObject({ code: 'model/contract' })
  })
})
