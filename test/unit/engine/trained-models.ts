/** The models of test/golden/models: what each of them is, and what the library that trained it answers. */
import { readFileSync } from 'node:fs'
import { fingerprintOf } from '../../../src/features/index.ts'
import { type Manifest, type ModelEntry, sha256Hex } from '../../../src/registry/index.ts'

/** Windows and the answers to them, one after another. */
export interface Answers {
  /** Sizes of one window. */
  readonly dims: readonly number[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** What its publisher knows of a model. */
export interface TrainedModel {
  readonly modelType: string
  readonly taskType: 'classification' | 'regression'
  readonly lookback: number
  readonly output: { readonly name: string; readonly dims: readonly number[] }
  readonly outputLayout: ModelEntry['outputLayout']
  readonly classOrder: ModelEntry['classOrder']
}

const folder = new URL('../../golden/models/', import.meta.url)

/** Bytes of a file of that folder. */
export const modelBytes = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)))

/** By the model's name. */
export const answers: Readonly<Record<string, Answers>> = JSON.parse(
  readFileSync(new URL('answers.json', folder), 'utf8'),
) as Record<string, Answers>

const near = { name: '15m', bars: 1 }
const far = { name: '1h', bars: 4 }
const threeClasses = ['LONG', 'SHORT', 'NEUTRAL'] as const
const probabilities = { name: 'probabilities', dims: [3] }
const returns = { name: 'returns', dims: [2] }
const trees = { lookback: 8, output: probabilities, outputLayout: { id: 'classification', horizons: [near] } }
const regression = { id: 'regression', horizons: [near, far], residualStd: [0.0025, 0.007] }

/** By name. */
export const trainedModels: Readonly<Record<string, TrainedModel>> = {
  'lightgbm-classifier': { modelType: 'lightgbm', taskType: 'classification', ...trees, classOrder: threeClasses },
  'lightgbm-regressor': {
    modelType: 'lightgbm',
    taskType: 'regression',
    lookback: 8,
    output: returns,
    outputLayout: regression,
    classOrder: threeClasses,
  },
  'forest-classifier': {
    modelType: 'random-forest',
    taskType: 'classification',
    ...trees,
    output: { name: 'probabilities', dims: [2] },
    classOrder: ['SHORT', 'LONG'],
  },
  'boosting-classifier': {
    modelType: 'gradient-boosting',
    taskType: 'classification',
    ...trees,
    classOrder: threeClasses,
  },
  'logistic-classifier': {
    modelType: 'logistic',
    taskType: 'classification',
    ...trees,
    lookback: 1,
    classOrder: threeClasses,
  },
  'linear-regressor': {
    modelType: 'linear',
    taskType: 'regression',
    lookback: 1,
    output: returns,
    outputLayout: regression,
    classOrder: threeClasses,
  },
  'lstm-classifier': {
    modelType: 'lstm',
    taskType: 'classification',
    lookback: 8,
    output: { name: 'probabilities', dims: [2, 3] },
    outputLayout: { id: 'classification', horizons: [near, far] },
    classOrder: threeClasses,
  },
}

/** Tensors of a model as its contract and its entry declare them. */
export function tensorsOf(name: string): ModelEntry['io'] {
  const { output } = trainedModels[name]!
  return {
    inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', ...answers[name]!.dims] }],
    outputs: [{ name: output.name, dtype: 'float32', dims: ['batch', ...output.dims] }],
  }
}

// Spread about one around zero in a simulated market, as the windows were that the models are trained on.
const ids = ['momentum_acceleration', 'normalized_return_1', 'body_ratio']

const fileOf = async (url: string, bytes: Uint8Array<ArrayBuffer>) => ({
  url,
  size: bytes.byteLength,
  sha256: await sha256Hex(bytes),
})

/**
 * A manifest of one model, and its files by the name that the manifest gives them. The library's first answer is the
 * reference run.
 *
 * @param change is applied to the entry
 */
export async function publishTrained(
  name: string,
  change: (entry: ModelEntry) => ModelEntry = (entry) => entry,
): Promise<{ readonly manifest: Manifest; readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> }> {
  const { output, lookback, ...description } = trainedModels[name]!
  const { dims, inputs, outputs } = answers[name]!
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1)
  const scaler = { kind: 'none', order: ids, center: ids.map(() => 0), scale: ids.map(() => 1) }
  const files = new Map<string, Uint8Array<ArrayBuffer>>([
    ['model.onnx', modelBytes(name)],
    ['scaler.json', new TextEncoder().encode(JSON.stringify(scaler))],
    ['input.f32', new Uint8Array(Float32Array.from(inputs.slice(0, count(dims))).buffer)],
  ])
  const reference = await fileOf('input.f32', files.get('input.f32')!)
  const entry: ModelEntry = {
    name,
    version: '1.0.0',
    ...description,
    createdAt: '2026-01-31T12:00:00Z',
    artifact: await fileOf('model.onnx', files.get('model.onnx')!),
    scaler: await fileOf('scaler.json', files.get('scaler.json')!),
    features: { names: ids, ...(await fingerprintOf(ids)), lookback, timeframe: '15m' },
    io: tensorsOf(name),
    golden: [{ input: reference, output: outputs.slice(0, count(output.dims)), atol: 1e-5, rtol: 1e-4 }],
  }
  const manifest = { schema: 'model-manifest/1', version: 1, issuedAt: '2026-02-01T00:00:00Z', models: [change(entry)] }
  return { manifest, files }
}
