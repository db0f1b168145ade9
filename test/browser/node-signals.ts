/** Runs before the browsers start: what Node computes, for the browsers to agree with. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { CandleSeries, createSignalEngine, type Signal } from 'candlewick'
import { readCsv, SimulatedMarket } from 'candlewick/feeds'
import type { Manifest } from 'candlewick/registry'
import type { TestProject } from 'vitest/node'
import { publish } from '../unit/engine/published-models.ts'
import { publishTrained } from '../unit/engine/trained-models.ts'

/** Market data with the signals of its last bars, by the engine in Node, in batches. */
export interface Reference {
  readonly csv: string
  readonly symbol: string
  readonly signals: readonly Signal[]
}

/** Tiny models to publish, with what Node answers to the input of their reference runs. */
export interface TinyModels {
  readonly manifest: Manifest
  /** Name and bytes in base64. */
  readonly files: readonly (readonly [name: string, base64: string])[]
  readonly input: readonly number[]
}

/** A model of another library, and what Node decides with it in a simulated market. */
export interface TrainedReference {
  readonly name: string
  readonly manifest: Manifest
  /** Name and bytes in base64. */
  readonly files: readonly (readonly [name: string, base64: string])[]
  readonly signals: readonly Signal[]
}

declare module 'vitest' {
  interface ProvidedContext {
    tiny: TinyModels
    trained: readonly TrainedReference[]
    simulated: Reference
    real: Reference | undefined
  }
}

const manifest = fileURLToPath(new URL('../../.cache/sample/models/manifest.json', import.meta.url))
const realData = new URL('../../../shared/data/BTCUSDT-15m.csv.gz', import.meta.url)

export default async function provideReferences(project: TestProject): Promise<void> {
  const market = new SimulatedMarket({ seed: 11 })
  const candles = market.take(1500)
  const header = 'timestamp,open,high,low,close,volume'
  const lines = candles.map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume].join(','))
  project.provide('simulated', await reference([header, ...lines].join('\n'), 'SIMULATED', 200))
  const real = existsSync(realData) ? gunzipSync(readFileSync(realData)).toString('utf8') : undefined
  project.provide('real', real === undefined ? undefined : await reference(real, 'BTCUSDT', 500))
  const { manifest: tiny, files, input } = await publish(['1.0.0', '1.1.0', '1.2.0'])
  project.provide('tiny', { manifest: tiny, files: encoded(files), input: [...input] })
  project.provide('trained', await Promise.all(['lightgbm-classifier', 'lightgbm-regressor'].map(trainedReference)))
}

const encoded = (files: ReadonlyMap<string, Uint8Array>): TinyModels['files'] =>
  Array.from(files, ([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const)

async function trainedReference(name: string): Promise<TrainedReference> {
  const { manifest: published, files } = await publishTrained(name)
  const folder = await mkdtemp(join(tmpdir(), 'candlewick-trained-'))
  try {
    for (const [file, bytes] of files) await writeFile(join(folder, file), bytes)
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(published))
    await using engine = await createSignalEngine({ manifest: join(folder, 'manifest.json'), strategy: 'aggressive' })
    const signals = await engine.replay(new SimulatedMarket().take(engine.warmup + 60), { last: 60 })
    return { name, manifest: published, files: encoded(files), signals }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function reference(csv: string, symbol: string, last: number): Promise<Reference> {
  const [series] = readCsv(csv, { symbol })
  if (!(series instanceof CandleSeries)) throw new Error('the CSV holds no series')
  const engine = await createSignalEngine({ manifest, strategy: 'aggressive' })
  const signals = await engine.replay(series, { last })
  await engine.close()
  return { csv, symbol, signals }
}
