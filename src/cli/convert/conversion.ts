/** Converting a source: every precision asked for, compared with the source before anything is written. */
import { CandlewickError } from '../../core/errors.ts'
import { throwIfAborted } from '../../core/abort.ts'
import { fastForm, type Network, type Precision } from '../../onnx/index.ts'
import { type Comparison, compare } from './comparison.ts'
import type { Description } from './description.ts'
import { type EntryProduct, entryOf } from './entry.ts'
import { type Product, product, rawFloats, reference } from './products.ts'
import { exactRunner, type Runner, fetchedOutputs, runtimeRunner, windowOf } from './runner.ts'
import type { Source } from './source.ts'
import { randomWindows, type Windows } from './windows.ts'

/** Windows of one origin, and what the source says to them. */
export interface Trial {
  readonly name: string
  readonly windows: Windows
  readonly answers: Float32Array | Float64Array
}

/** A comparison on windows of one origin. */
export interface TrialResult extends Comparison {
  readonly name: string
}

/** A converted model. */
export interface Variant {
  /** Undefined for a source that was passed on as it is. */
  readonly precision: Precision | undefined
  readonly model: Product
  readonly results: readonly TrialResult[]
  readonly entry: EntryProduct
  readonly files: readonly Product[]
}

/** Largest difference of any output that is put up with, unless the caller says otherwise. */
export const limits: Readonly<Record<Precision, number>> = { fp32: 1e-4, fp16: 0.05, int8: 0.5 }

/** What other processors, and graphics cards, may differ by. Quantised inputs may fall on either side of a step. */
const tolerances: Readonly<Record<Precision, { readonly atol: number; readonly rtol: number }>> = {
  fp32: { atol: 1e-4, rtol: 1e-3 },
  fp16: { atol: 1e-4, rtol: 1e-3 },
  int8: { atol: 0.02, rtol: 0.02 },
}

/** What all variants of one conversion share. */
export interface Work {
  readonly source: Source
  readonly description: Description
  readonly maxError: number | undefined
  readonly signal: AbortSignal
  readonly onProgress: (loaded: number, total: number) => void
}

/** The source as something that answers. */
export async function openSource({ model, network }: Source): Promise<Runner> {
  if (model === undefined) return exactRunner(network!)
  return (await runtimeRunner(model, 'source')).runner
}

/** A number of windows that a model of a fixed batch takes. */
export const roundedUp = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple

async function answersOf(runner: Runner, windows: Windows, width: number, work: Work): Promise<Float64Array> {
  const step = Math.max(runner.multiple, roundedUp(8, runner.multiple))
  const size = windows.data.length / windows.count
  const result = new Float64Array(windows.count * width)
  for (let first = 0; first < windows.count; first += step) {
    throwIfAborted(work.signal)
    const count = Math.min(step, windows.count - first)
    const rows = await runner.run(windows.data.subarray(first * size, (first + count) * size), count)
    if (rows.length !== count * width) {
      const [expected, actual] = [`${count * width} numbers`, `${rows.length} numbers`]
      throw new CandlewickError('model/contract', { path: 'output.dims', expected, actual })
    }
    result.set(rows, first * width)
    work.onProgress(first + count, windows.count)
  }
  return result
}

/** What the source says to windows. */
export async function tried(name: string, runner: Runner, windows: Windows, width: number, work: Work): Promise<Trial> {
  return { name, windows, answers: await answersOf(runner, windows, width, work) }
}

function checkLimit(precision: Precision, results: readonly TrialResult[], stated: number | undefined): void {
  const limit = stated ?? limits[precision]
  const actual = Math.max(...results.map(({ maxAbsolute }) => maxAbsolute))
  // NaN is no number below the limit.
  if (!(actual <= limit)) throw new CandlewickError('convert/mismatch', { precision, limit, actual })
}

async function scalerProduct({ name, scaler }: Description): Promise<Product | undefined> {
  return scaler && product(name, 'scaler.json', scaler.bytes)
}

/**
 * Writes a network in one precision and holds it against its source.
 *
 * @throws `convert/mismatch`
 */
export async function convert(
  network: Network,
  precision: Precision,
  trials: readonly Trial[],
  work: Work,
): Promise<Variant> {
  const { description, source } = work
  const { window, features, outputs } = network.anatomy
  const model = await product(`${description.name}.${precision}`, 'onnx', fastForm(network, precision))
  const { runner, tensors } = await runtimeRunner(model.bytes, description.name)
  try {
    const results: TrialResult[] = []
    for (const { name, windows, answers } of trials) {
      const own = await answersOf(runner, windows, outputs, work)
      results.push({ name, ...compare(answers, own, outputs, description.layout) })
    }
    checkLimit(precision, results, work.maxError)
    const sample = trials.at(-1)!.windows.data.slice(0, window * features)
    const golden = await product(description.name, 'golden.f32', rawFloats(sample))
    const output = [...(await runner.run(sample, 1))]
    const scaler = await scalerProduct(description)
    const provenance = { source: source.kind, sourceSha256: (await product('', '', source.bytes)).sha256, results }
    const entry = await entryOf({
      description,
      model,
      scaler,
      precision,
      opset: 17,
      tensors: { inputs: tensors.inputs, outputs: tensors.outputs },
      lookback: window,
      golden: [{ input: reference(golden), output, ...tolerances[precision] }],
      provenance,
    })
    const files = [model, ...(scaler === undefined ? [] : [scaler]), golden, entry.file]
    return { precision, model, results, entry, files }
  } finally {
    await runner.release()
  }
}

/** A source that is no PatchTST, byte by byte as it is. Undefined files could not be run, so they are refused. */
export async function passedThrough({ source, description }: Work): Promise<Variant> {
  const { runner, tensors } = await runtimeRunner(source.bytes, description.name)
  try {
    const model = await product(description.name, 'onnx', source.bytes)
    const scaler = await scalerProduct(description)
    const size = windowOf(tensors)
    const inputs = size === undefined ? [] : [await goldenRun(description.name, size, runner)]
    const entry = await entryOf({
      description: { ...description, fields: { modelType: 'onnx', ...description.fields } },
      model,
      scaler,
      precision: undefined,
      opset: source.opset,
      tensors: { inputs: tensors.inputs, outputs: fetchedOutputs(tensors) },
      lookback: size?.[0],
      golden: inputs.map(({ file, output }) => ({ input: reference(file), output, ...tolerances.fp32 })),
      provenance: { source: source.kind, sourceSha256: model.sha256, unchanged: source.reason },
    })
    const files = [model, ...(scaler === undefined ? [] : [scaler]), ...inputs.map(({ file }) => file), entry.file]
    return { precision: undefined, model, results: [], entry, files }
  } finally {
    await runner.release()
  }
}

async function goldenRun(
  name: string,
  [window, features]: readonly [number, number],
  runner: Runner,
): Promise<{ readonly file: Product; readonly output: readonly number[] }> {
  const { data } = randomWindows({ window, features }, runner.multiple)
  const answers = await runner.run(data, runner.multiple)
  // A model of a fixed batch gives a row for each window; the reference run is about the first.
  const output = [...answers.subarray(0, answers.length / runner.multiple)]
  return { file: await product(name, 'golden.f32', rawFloats(data.slice(0, window * features))), output }
}
