/** Small real models as a publisher offers them: files and a manifest, every reference run made by the real runtime. */
import { contractOf } from '../../../src/engine/servable.ts'
import { fingerprintOf, unified240 } from '../../../src/features/index.ts'
import { ModelSession, wasmBackend } from '../../../src/inference/index.ts'
import { buildPatchTst } from '../../../src/onnx/index.ts'
import { type Manifest, type ModelEntry, modelId, sha256Hex } from '../../../src/registry/index.ts'

/** What a publisher puts on a server. */
export interface Publication {
  readonly manifest: Manifest
  /** By the name that the manifest gives them. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  /** The input of the reference runs. */
  readonly input: Float32Array<ArrayBuffer>
}

const lookback = 96
const ids = unified240.slice(0, 5)

function seededInput(): Float32Array<ArrayBuffer> {
  let state = 1
  return Float32Array.from({ length: lookback * ids.length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state / 2 ** 31 - 1) * 3
  })
}

const fileOf = async (
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ url: string; size: number; sha256: string }> => ({
  url,
  size: bytes.byteLength,
  sha256: await sha256Hex(bytes),
})

/**
 * Versions of the model `tiny`, each with weights of its own.
 *
 * @param change is applied to each entry, after its reference run was made
 */
export async function publish(
  versions: readonly string[],
  change: (entry: ModelEntry) => ModelEntry = (entry) => entry,
): Promise<Publication> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const input = seededInput()
  files.set('input.f32', new Uint8Array(input.buffer))
  files.set('scaler.json', new TextEncoder().encode(JSON.stringify(plainScaler)))
  const models: ModelEntry[] = []
  for (const [i, version] of versions.entries()) {
    const model = buildPatchTst({ features: ids.length, seed: i + 1, dModel: 16, heads: 2, layers: 1, dFf: 16 })
    files.set(`${version}.onnx`, model)
    models.push(change(await entryOf(version, model, files, input)))
  }
  return {
    manifest: { schema: 'model-manifest/1', version: 1, issuedAt: '2026-02-01T00:00:00Z', models },
    files,
    input,
  }
}

const plainScaler = {
  kind: 'none',
  order: ids,
  center: ids.map(() => 0),
  scale: ids.map(() => 1),
}

async function entryOf(
  version: string,
  model: Uint8Array<ArrayBuffer>,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  input: Float32Array<ArrayBuffer>,
): Promise<ModelEntry> {
  const entry: ModelEntry = {
    name: 'tiny',
    version,
    modelType: 'patchtst',
    taskType: 'multitask',
    createdAt: '2026-01-31T12:00:00Z',
    artifact: await fileOf(`${version}.onnx`, model),
    scaler: await fileOf('scaler.json', files.get('scaler.json')!),
    features: { names: ids, ...(await fingerprintOf(ids)), lookback, timeframe: '15m' },
    io: {
      inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', lookback, ids.length] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 20] }],
    },
    outputLayout: {
      id: 'returns4-logits12-risk4',
      horizons: [1, 4, 16, 48].map((bars) => ({ name: `${bars} bars`, bars })),
    },
    classOrder: ['LONG', 'SHORT', 'NEUTRAL'],
  }
  const contract = contractOf(entry, modelId(entry))
  await using session = await ModelSession.open({ contract, model, backends: [wasmBackend()], warmupRuns: 0 })
  const output = [...(await session.run(input, 1))]
  const reference = await fileOf('input.f32', files.get('input.f32')!)
  return { ...entry, golden: [{ input: reference, output, atol: 1e-4, rtol: 1e-3 }] }
}
