/** What a manifest entry must be for this package to run it: known features, a known output, one tensor in and one out. */
import { CandlewickError } from '../core/errors.ts'
import { compareFingerprint } from '../features/index.ts'
import type { ModelContract } from '../inference/index.ts'
import type { CheckModel, ModelEntry, TensorShape } from '../registry/index.ts'
import { checkOutputSpec, type OutputSpec } from '../signals/index.ts'

/** How an entry is run, and how its output is read. */
export interface Serving {
  readonly contract: ModelContract
  readonly output: OutputSpec
}

type Served = Pick<ModelEntry, 'features' | 'io' | 'outputLayout' | 'classOrder'>

/**
 * What the session of an entry must look like.
 *
 * @throws `model/contract` where it has not one input and one output
 */
export function contractOf({ io }: Pick<ModelEntry, 'io'>, id: string): ModelContract {
  return { id, input: only(io.inputs, 'inputs'), output: only(io.outputs, 'outputs') }
}

function only(tensors: readonly TensorShape[], side: 'inputs' | 'outputs'): TensorShape {
  const [tensor, ...more] = tensors
  if (tensor !== undefined && more.length === 0) return tensor
  const expected = side === 'inputs' ? 'one input' : 'one output'
  throw new CandlewickError('model/contract', { path: `io.${side}`, expected, actual: String(tensors.length) })
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
  const last = contract.output.dims.at(-1)
  if (last !== width) {
    const [expected, actual] = [`${width} values`, String(last)]
    throw new CandlewickError('model/contract', { path: 'io.outputs[0].dims', expected, actual })
  }
  return { contract, output }
}

/** A registry's check: a version that the engine would refuse is never put into service. */
export const refuseUnservable: CheckModel = async ({ id, metadata }) => {
  const { features, io, outputLayout, classOrder } = metadata
  // What its entry lacks is said by the registry itself.
  if (features && io && outputLayout && classOrder) await checkServing({ features, io, outputLayout, classOrder }, id)
  return undefined
}
