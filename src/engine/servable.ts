/** What a manifest entry must be for this package to run it: known features, a known output, one tensor in and one fetched. */
import { CandlewickError } from '../core/errors.ts'
import { compareFingerprint } from '../features/index.ts'
import type { ModelContract } from '../inference/index.ts'
import type { CheckModel, ModelEntry, TensorShape } from '../registry/index.ts'
import {
  type Calibration,
  checkOutputSpec,
  type OutputSpec,
  parseCalibration,
  readPrediction,
} from '../signals/index.ts'

/** How an entry is run, and how its output is read. */
export interface Serving {
  readonly contract: ModelContract
  readonly output: OutputSpec
  /** Absent where the model's probabilities are taken as they are. */
  readonly calibration?: Calibration | undefined
}

type Served = Pick<ModelEntry, 'features' | 'io' | 'outputLayout' | 'classOrder' | 'golden' | 'calibration'>

/**
 * What the session of an entry must look like.
 *
 * @throws `model/contract` where it does not declare one input and one output
 */
export function contractOf({ io }: Pick<ModelEntry, 'io'>, id: string): ModelContract {
  return { id, input: only(io.inputs, 'inputs'), output: only(io.outputs, 'outputs') }
}

function only(tensors: readonly TensorShape[], side: 'inputs' | 'outputs'): TensorShape {
  const [tensor, ...more] = tensors
  if (tensor === undefined || more.length > 0)
    refuse(
      `io.${side}`,
      side === 'inputs' ? 'one input' : 'one output, the one that is fetched',
      String(tensors.length),
    )
  return tensor
}

function refuse(path: string, expected: string, actual: string): never {
  throw new CandlewickError('model/contract', { path, expected, actual })
}

const shapeOf = (dims: readonly (number | string)[]): string => `[${dims.join(', ')}]`

/** A window goes in as it is, or with its bars side by side, the oldest first; transposed it would be read wrongly. */
function checkInput({ dtype, dims }: TensorShape, { lookback, names }: ModelEntry['features']): void {
  const [path, features] = ['io.inputs[0]', names.length]
  if (dtype !== 'float32') refuse(`${path}.dtype`, 'float32', dtype)
  const [batch, ...window] = dims
  const fits = [[lookback, features], [lookback * features]].some((shape) => shape.join() === window.join())
  if (!fits)
    refuse(
      `${path}.dims`,
      `[batch, ${lookback}, ${features}] or [batch, ${lookback * features}], because features.lookback is ${lookback} and there are ${features} features`,
      shapeOf(dims),
    )
  if (typeof batch === 'number' && batch !== 1) refuse(`${path}.dims`, 'a free batch, or a batch of 1', shapeOf(dims))
}

function checkOutput({ dtype, dims }: TensorShape, width: number): void {
  const path = 'io.outputs[0]'
  if (dtype !== 'float32') refuse(`${path}.dtype`, 'float32', dtype)
  const [, ...sizes] = dims
  const values = sizes.reduce((product: number, size) => product * (typeof size === 'number' ? size : NaN), 1)
  if (dims.length === 0 || values !== width)
    refuse(`${path}.dims`, `a batch of ${width} values, such as [batch, ${width}]`, shapeOf(dims))
}

/** What is known of the answers before the model is fetched: logits declared as probabilities are found here. */
function checkAnswers({ golden = [] }: Served, output: OutputSpec, width: number): void {
  for (const { output: values } of golden)
    if (values.length === width) readPrediction(Float32Array.from(values), output)
}

/**
 * Holds an entry against this version of the package.
 *
 * @throws `model/feature-mismatch`, `model/contract`
 */
export async function checkServing(entry: Served, id: string): Promise<Serving> {
  await compareFingerprint(entry.features)
  const output: OutputSpec = { ...entry.outputLayout, classOrder: entry.classOrder }
  const width = checkOutputSpec(output)
  const contract = contractOf(entry, id)
  checkInput(contract.input, entry.features)
  checkOutput(contract.output, width)
  checkAnswers(entry, output, width)
  return { contract, output, calibration: parseCalibration(entry.calibration, output) }
}

/** A registry's check: a version that the engine would refuse is never put into service. */
export const refuseUnservable: CheckModel = async ({ id, metadata }) => {
  const { features, io, outputLayout, classOrder, golden, calibration } = metadata
  // What its entry lacks is said by the registry itself.
  if (features && io && outputLayout && classOrder)
    await checkServing({ features, io, outputLayout, classOrder, golden, calibration }, id)
  return undefined
}
