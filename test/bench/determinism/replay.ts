/** Candles to outputs of the model as the engine replays them, on a backend of one's choice. Runs in Node and in workers. */
import { parseScaler, pastWindows, Scaler } from '../../../src/features/index.ts'
import { readCsv } from '../../../src/feeds/index.ts'
import { ModelSession, wasmBackend, webgpuBackend } from '../../../src/inference/index.ts'
import type { ModelEntry } from '../../../src/registry/index.ts'

/** Where and how to replay. Plain data: it crosses to a worker as it is. */
export interface Way {
  readonly backend: 'wasm' | 'webgpu'
  readonly threads: number
  /** Windows that are run at once. */
  readonly batch: number
  /** Bars, counted from the newest. */
  readonly last: number
  /** No new batch is begun after so long. */
  readonly limitMs?: number
}

/** What is replayed. */
export interface Material {
  readonly entry: ModelEntry
  readonly scaler: unknown
  readonly model: Uint8Array
  readonly csv: string
  readonly symbol: string
}

/** One row of outputs for each bar, the first of which is `firstBar` of the history. */
export interface Outputs {
  readonly firstBar: number
  readonly closes: readonly number[]
  readonly rows: Float32Array<ArrayBuffer>
}

const openSession = ({ entry, model }: Material, { backend, threads }: Way): Promise<ModelSession> => {
  const [input, output] = [entry.io.inputs[0]!, entry.io.outputs[0]!]
  return ModelSession.open({
    contract: { id: entry.name, input, output },
    model,
    backends: [backend === 'wasm' ? wasmBackend({ threads }) : webgpuBackend()],
  })
}

/** Replays the newest bars. */
export async function replay(material: Material, way: Way): Promise<Outputs> {
  const { entry, scaler, csv, symbol } = material
  const { names: ids, lookback: window } = entry.features
  const [series] = readCsv(csv, { symbol, gaps: 'flat' })
  if (series === undefined) throw new Error(`There are no candles of ${symbol}.`)
  const pipeline = { ids, window, scaler: new Scaler(parseScaler(scaler, ids)), timeframe: series.timeframe }
  await using session = await openSession(material, way)
  const until = performance.now() + (way.limitMs ?? Infinity)
  const parts: Float32Array[] = []
  const closes: number[] = []
  let firstBar = -1
  for await (const { firstBar: bar, count, windows } of pastWindows(series.columns, pipeline, way)) {
    if (firstBar === -1) firstBar = bar
    parts.push(await session.run(windows, count))
    closes.push(...series.columns.close.subarray(bar, bar + count))
    if (performance.now() > until) break
  }
  const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    rows.set(part, at)
    at += part.length
  }
  return { firstBar, closes, rows }
}
