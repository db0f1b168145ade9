/** How a sample model is made: seeded weights, a scaler of a simulated market, and a reference run by the real runtime. */
import { CandleSeries } from '../core/series.ts'
import { contractOf } from '../engine/servable.ts'
import {
  computeFeatures,
  FeaturePipeline,
  FeatureStream,
  type Fingerprint,
  fingerprintOf,
  fitScaler,
  Scaler,
  type ScalerSpec,
} from '../features/index.ts'
import { SimulatedMarket } from '../feeds/index.ts'
import { ModelSession, wasmBackend } from '../inference/index.ts'
import { buildPatchTst } from '../onnx/index.ts'
import {
  type FileReference,
  type GoldenSample,
  type ModelEntry,
  modelId,
  readFloats,
  sha256Hex,
} from '../registry/index.ts'

/** One version: its entry, and its files by name. */
export interface SampleVersion {
  readonly entry: ModelEntry
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

interface SampleFile extends FileReference {
  readonly bytes: Uint8Array<ArrayBuffer>
}

const name = 'patchtst-sample'
const window = 96
const timeframe = '15m'

/** What another processor, or a graphics card, may differ by. */
const tolerance = { atol: 1e-4, rtol: 1e-3 } as const

/** What all versions of a sample share. The same recipe gives the same bytes. */
export class SampleRecipe {
  /** The files say when the recipe was made, not when it was run. */
  readonly made = '2026-11-21T00:00:00Z'
  readonly notice = 'Untrained sample: its weights are random and its signals mean nothing. Do not trade on them.'
  readonly #ids: readonly string[]
  readonly #fingerprint: Fingerprint
  readonly #scaler: SampleFile
  readonly #input: SampleFile

  private constructor(ids: readonly string[], fingerprint: Fingerprint, scaler: SampleFile, input: SampleFile) {
    this.#ids = ids
    this.#fingerprint = fingerprint
    this.#scaler = scaler
    this.#input = input
  }

  /** Fits the scaler and takes the window of the reference run. */
  static async prepare(ids: readonly string[]): Promise<SampleRecipe> {
    const spec = sampleScaler(ids)
    const json = new TextEncoder().encode(`${JSON.stringify(spec)}\n`)
    const scaler = await fileOf(json, 'scaler.json')
    const input = await fileOf(rawFloats(await sampleWindow(ids, spec)), 'golden.f32')
    return new SampleRecipe(ids, await fingerprintOf(ids), scaler, input)
  }

  /** A version with weights of its own. */
  async version(version: string, seed: number): Promise<SampleVersion> {
    const model = await fileOf(buildPatchTst({ features: this.#ids.length, window, seed }), 'onnx')
    const entry = this.#entry(version, seed, model)
    const golden: GoldenSample = {
      input: named(this.#input),
      output: await answer(entry, model, this.#input),
      ...tolerance,
    }
    const files = [model, this.#scaler, this.#input].map(({ url, bytes }) => [url, bytes] as const)
    return { entry: { ...entry, golden: [golden] }, files: new Map(files) }
  }

  #entry(version: string, seed: number, model: SampleFile): ModelEntry {
    const features = this.#ids.length
    return {
      name,
      // The bytes are part of the version, because a version may never stand for two sets of bytes.
      version: `${version}+${model.sha256.slice(0, 8)}.${this.#scaler.sha256.slice(0, 8)}`,
      modelType: 'patchtst',
      taskType: 'multitask',
      description: `UnifiedPatchTST, ${features} features, ${window} bars of ${timeframe}, seed ${seed}`,
      notice: this.notice,
      createdAt: this.made,
      artifact: { ...named(model), opset: 17, precision: 'fp32' },
      scaler: named(this.#scaler),
      features: { names: this.#ids, ...this.#fingerprint, lookback: window, timeframe },
      io: {
        inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', window, features] }],
        outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 20] }],
      },
      outputLayout: {
        id: 'returns4-logits12-risk4',
        horizons: [
          { name: '15m', bars: 1 },
          { name: '1h', bars: 4 },
          { name: '4h', bars: 16 },
          { name: '12h', bars: 48 },
        ],
      },
      classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
    }
  }
}

const named = ({ url, size, sha256 }: SampleFile): FileReference => ({ url, size, sha256 })

async function fileOf(bytes: Uint8Array<ArrayBuffer>, ending: string): Promise<SampleFile> {
  const sha256 = await sha256Hex(bytes)
  return { url: `${name}.${sha256.slice(0, 12)}.${ending}`, size: bytes.byteLength, sha256, bytes }
}

/** A scaler fitted to a simulated market. The model normalises each window itself, so any sound scale will do. */
function sampleScaler(ids: readonly string[]): ScalerSpec {
  const market = new SimulatedMarket({ seed: 1, timeframe })
  const { warmup } = new FeatureStream(ids)
  const series = CandleSeries.from(market.take(warmup + 5000), market)
  const spec = fitScaler('standard', ids, computeFeatures(ids, series.columns, { from: warmup - 1 }).values)
  return { ...spec, clip: [-10, 10] }
}

/** The scaled features of the newest bars of another simulated market. */
async function sampleWindow(ids: readonly string[], spec: ScalerSpec): Promise<Float32Array> {
  const market = new SimulatedMarket({ seed: 2, timeframe })
  const pipeline = new FeaturePipeline({ ids, scaler: new Scaler(spec), window, timeframe })
  await pipeline.prime(market.symbol, CandleSeries.from(market.take(pipeline.warmup), market).columns)
  const rows = pipeline.push(market.symbol, market.next())
  if (rows === undefined) throw new Error('The simulated market gave no window.')
  return rows
}

/** Little-endian, whatever this machine is. */
function rawFloats(values: Float32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true)
  return new Uint8Array(view.buffer)
}

/** What the runtime says to the reference input. */
async function answer(entry: ModelEntry, model: SampleFile, input: SampleFile): Promise<readonly number[]> {
  const contract = contractOf(entry, modelId(entry))
  await using session = await ModelSession.open({
    contract,
    model: model.bytes,
    backends: [wasmBackend()],
    warmupRuns: 0,
  })
  return [...(await session.run(readFloats(input.bytes), 1))]
}
