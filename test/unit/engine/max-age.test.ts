import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { createSignalEngine } from '../../../src/index.ts'
import type { ModelEntry } from '../../../src/registry/index.ts'
import { publish } from './published-models.ts'

/** The last signals of the same candles, by a model that was trained on a day and lasts so many hours. */
async function signalsOf(trainingDate: string, maxAgeHours: number) {
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-age-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const change = (entry: ModelEntry): ModelEntry => ({ ...entry, trainingDate, maxAgeHours })
  const { manifest, files } = await publish(['1.0.0'], change)
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  await using engine = await createSignalEngine({ manifest: join(folder, 'manifest.json'), strategy: 'aggressive' })
  return await engine.replay(new SimulatedMarket().take(engine.warmup + 40), { last: 20 })
}

it('gives nothing but NEUTRAL, with the reason, once the model is older than its publisher allows', async () => {
  const fresh = await signalsOf('2026-01-01', 0)
  const closesAt = fresh.map(({ time }) => time + 900_000)
  const hours = 24
  // The training day that puts the tenth of these candles at the limit.
  const trainedAt = closesAt[9]! - hours * 3_600_000
  const aged = await signalsOf(new Date(trainedAt).toISOString(), hours)
  expect(aged.slice(0, 10)).toEqual(fresh.slice(0, 10))
  for (const [i, signal] of aged.slice(10).entries()) {
    expect(signal).toMatchObject({ side: 'NEUTRAL', stopLoss: null, takeProfit: null })
    expect(signal.rejections[0]).toEqual({ rule: 'maxAgeHours', value: hours + (i + 1) / 4, threshold: hours })
    expect(signal.returns).toEqual(fresh[10 + i]!.returns)
  }
})
