/** What a model must look like from outside: one input, one output, with names, element types and shapes. */
import { CandlewickError } from '../core/errors.ts'

/** A tensor's name, element type (e.g. `float32`) and shape. A string is a free dimension: any size, its name is a hint. */
export interface TensorSpec {
  readonly name: string
  readonly dtype: string
  readonly dims: readonly (number | string)[]
}

/** The tensors that a model promises. */
export interface ModelContract {
  /** The model's id, for messages. */
  readonly id: string
  readonly input: TensorSpec
  readonly output: TensorSpec
}

/** The tensors that a loaded model has. */
export interface ModelTensors {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

const quoted = (text: string): string => `"${text}"`

const shapeOf = (dims: readonly (number | string)[]): string =>
  `[${dims.map((dim) => (typeof dim === 'string' ? dim || 'free' : dim)).join(', ')}]`

function refuse(path: string, expected: string, actual: string): never {
  throw new CandlewickError('model/contract', { path, expected, actual })
}

function checkTensor(path: string, expected: TensorSpec, actual: readonly TensorSpec[]): void {
  const [tensor] = actual
  if (tensor === undefined || actual.length !== 1)
    refuse(`${path}s`, `one, ${quoted(expected.name)}`, actual.map(({ name }) => quoted(name)).join(', ') || 'none')
  if (tensor.name !== expected.name) refuse(`${path}.name`, quoted(expected.name), quoted(tensor.name))
  if (tensor.dtype !== expected.dtype) refuse(`${path}.dtype`, expected.dtype, tensor.dtype)
  const fits =
    tensor.dims.length === expected.dims.length &&
    expected.dims.every((dim, at) =>
      typeof dim === 'string' ? typeof tensor.dims[at] === 'string' : dim === tensor.dims[at],
    )
  if (!fits) refuse(`${path}.dims`, shapeOf(expected.dims), shapeOf(tensor.dims))
}

/**
 * Compares a loaded model with its contract: exactly one input and one output, equal names, element types and sizes. A
 * free dimension of the contract must be free in the model, whatever its name there.
 *
 * @throws `model/contract` with the first difference.
 */
export function checkContract(contract: ModelContract, actual: ModelTensors): void {
  checkTensor('input', contract.input, actual.inputs)
  checkTensor('output', contract.output, actual.outputs)
}
