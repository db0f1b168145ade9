/** What a model must look like from outside: one input, and the output that is fetched, with names, element types and shapes. */
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
  /** The one that is fetched; others of the model are left alone. */
  readonly output: TensorSpec
}

/** The element type of an input or output that is no tensor, such as a sequence of maps from class to probability. */
export const notTensor = 'not a tensor'

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

const namesOf = (tensors: readonly TensorSpec[]): string => tensors.map(({ name }) => quoted(name)).join(', ') || 'none'

function onlyInput(expected: TensorSpec, actual: readonly TensorSpec[]): TensorSpec {
  const [tensor] = actual
  if (tensor === undefined || actual.length !== 1) refuse('inputs', `one, ${quoted(expected.name)}`, namesOf(actual))
  if (tensor.name !== expected.name) refuse('input.name', quoted(expected.name), quoted(tensor.name))
  if (tensor.dtype !== expected.dtype) refuse('input.dtype', expected.dtype, tensor.dtype)
  return tensor
}

function declaredOutput(expected: TensorSpec, actual: readonly TensorSpec[]): TensorSpec {
  const tensor = actual.find(({ name }) => name === expected.name)
  if (tensor === undefined) refuse('outputs', `${quoted(expected.name)} among them`, namesOf(actual))
  if (tensor.dtype === notTensor)
    refuse(
      'output.dtype',
      `a tensor of ${expected.dtype} (export the classifier with zipmap off)`,
      'a sequence of maps',
    )
  if (tensor.dtype !== expected.dtype)
    refuse('output.dtype', `${expected.dtype} (declare the output of numbers, not of labels)`, tensor.dtype)
  return tensor
}

function checkDims(path: string, expected: TensorSpec, tensor: TensorSpec): void {
  const fits =
    tensor.dims.length === expected.dims.length &&
    expected.dims.every((dim, at) =>
      typeof dim === 'string' ? typeof tensor.dims[at] === 'string' : dim === tensor.dims[at],
    )
  if (!fits) refuse(`${path}.dims`, shapeOf(expected.dims), shapeOf(tensor.dims))
}

/**
 * Compares a loaded model with its contract: exactly one input, the declared output among its outputs, equal names, element
 * types and sizes. A free dimension of the contract must be free in the model, whatever its name there.
 *
 * @throws `model/contract` with the first difference.
 */
export function checkContract(contract: ModelContract, actual: ModelTensors): void {
  checkDims('input', contract.input, onlyInput(contract.input, actual.inputs))
  checkDims('output', contract.output, declaredOutput(contract.output, actual.outputs))
}
