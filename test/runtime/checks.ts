/**
 * What a session must do in every runtime, with what came out of it as plain data that can be compared. It runs inside
 * Node, Deno and workerd, against the built package and without a test framework.
 */
import { edgeBackend, isCandlewickError, type ModelContract, ModelSession } from 'candlewick/edge'
import { FeaturePipeline, parseScaler, Scaler } from 'candlewick/features'
import { createSignal, decide, type OutputSpec, readPrediction, type Signal } from 'candlewick/signals'
import { steps } from './steps.ts'

/** One market of one symbol, as columns would take more words. */
export interface Market {
  readonly symbol: string
  readonly candles: readonly {
    readonly time: number
    readonly open: number
    readonly high: number
    readonly low: number
    readonly close: number
    readonly volume: number
  }[]
}

/** What the checks are about; it is passed as JSON. */
export interface Task {
  readonly small: ModelContract
  readonly sample: ModelContract
  readonly features: readonly string[]
  readonly scaler: unknown
  readonly output: OutputSpec
  readonly market: Market
}

/** The files beside the task. */
export interface Files {
  readonly wasmModule: WebAssembly.Module
  readonly small: Uint8Array
  readonly sample: Uint8Array
  /** The window of the manifest's reference run, float32. */
  readonly golden: Uint8Array
}

/** What the models gave for windows that are the same everywhere, in the bits of float32 numbers. */
export interface Outputs {
  readonly small: readonly number[]
  readonly sample: readonly number[]
  readonly batch: readonly number[]
}

/** What came out. */
export interface Report {
  readonly outputs: Outputs
  /** How many of 100 further runs gave other bits than the first. */
  readonly deviations: number
  /** The features of the market: engines differ in the last digit of a logarithm. */
  readonly window: readonly number[]
  readonly signal: Signal
  readonly refusals: Readonly<Record<'corrupt' | 'empty' | 'otherContract' | 'released' | 'notCompiled', string>>
}

const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer)
const bitsOf = (values: Float32Array): readonly number[] =>
  Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length))

const lengthOf = ({ input }: ModelContract): number =>
  input.dims.slice(1).reduce<number>((total, size) => total * Number(size), 1)

/** An error's code, its text where it is no error of the package, or that there was none. */
async function refusalOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt()
    return 'no error'
  } catch (error) {
    return isCandlewickError(error) ? error.code : String(error)
  }
}

/** Opens a session as an application does. */
export function open(
  contract: ModelContract,
  model: Uint8Array,
  wasmModule: WebAssembly.Module,
): Promise<ModelSession> {
  return ModelSession.open({ contract, model, backends: [edgeBackend({ wasmModule })], warmupRuns: 1 })
}

async function runSmall(
  { small: contract }: Task,
  { small, wasmModule }: Files,
): Promise<{ readonly first: readonly number[]; readonly deviations: number }> {
  await using session = await open(contract, small, wasmModule)
  const window = steps(lengthOf(contract))
  const first = bitsOf(await session.run(window, 1))
  let deviations = 0
  for (let run = 0; run < 100; run += 1) {
    const again = bitsOf(await session.run(window, 1))
    if (again.some((bits, at) => bits !== first[at])) deviations += 1
  }
  return { first, deviations }
}

function marketWindow({ features, scaler, sample, market }: Task): Float32Array {
  const pipeline = new FeaturePipeline({
    ids: features,
    scaler: new Scaler(parseScaler(scaler, features)),
    window: Number(sample.input.dims[1]),
    timeframe: '15m',
  })
  let window: Float32Array | undefined
  for (const candle of market.candles) window = pipeline.push(market.symbol, candle)
  if (window === undefined) throw new Error('The market has too few candles for a window.')
  return window
}

function signalOf({ sample, output, market }: Task, raw: Float32Array): Signal {
  const prediction = readPrediction(raw, output)
  const { time, close } = market.candles.at(-1)!
  const context = { symbol: market.symbol, timeframe: '15m', timeframeMs: 900_000, time, close, provisional: false }
  return createSignal({ model: sample.id, epoch: 0, ...context }, prediction, decide(prediction, close))
}

async function runSample(
  task: Task,
  files: Files,
): Promise<Pick<Outputs, 'sample' | 'batch'> & Pick<Report, 'window' | 'signal'>> {
  await using session = await open(task.sample, files.sample, files.wasmModule)
  const window = marketWindow(task)
  return {
    sample: bitsOf(await session.run(floatsOf(files.golden), 1)),
    batch: bitsOf(await session.run(steps(lengthOf(task.sample) * 2), 2)),
    window: Array.from(window),
    signal: signalOf(task, await session.run(window, 1)),
  }
}

async function collectRefusals({ small: contract }: Task, { small, wasmModule }: Files): Promise<Report['refusals']> {
  const other = { ...contract, output: { ...contract.output, name: 'another' } }
  const session = await open(contract, small, wasmModule)
  await session.release()
  return {
    corrupt: await refusalOf(() => open(contract, small.subarray(0, small.length / 2), wasmModule)),
    empty: await refusalOf(() => open(contract, new Uint8Array(0), wasmModule)),
    otherContract: await refusalOf(() => open(other, small, wasmModule)),
    released: await refusalOf(() => session.run(steps(lengthOf(contract)), 1)),
    notCompiled: await refusalOf(() => edgeBackend({ wasmModule: Object(small) as WebAssembly.Module })),
  }
}

/** Everything, one after another. The refusals come between, so that the sample runs after them. */
export async function check(task: Task, files: Files): Promise<Report> {
  const { first: small, deviations } = await runSmall(task, files)
  const refusals = await collectRefusals(task, files)
  const { sample, batch, window, signal } = await runSample(task, files)
  return { outputs: { small, sample, batch }, deviations, window, signal, refusals }
}
