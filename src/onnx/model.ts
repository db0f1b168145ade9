/** Typed ONNX models and their bytes. A field that is absent in the file is absent here; int64 is bigint, so nothing is rounded. */
import protobuf from 'protobufjs/light.js'

import { CandlewickError, reasonOf } from '../core/errors.ts'
import { modelProto } from './schema.ts'

/** Element types, by the numbers of TensorProto.DataType. */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const

/** Kinds of attribute, by the numbers of AttributeProto.AttributeType. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

/** A key and its value. */
export interface OnnxEntry {
  readonly key?: string
  readonly value?: string
}

/** A constant tensor. Numbers lie in `rawData` (little endian) or in the list of their type. */
export interface OnnxTensor {
  readonly name?: string
  readonly dims?: readonly bigint[]
  readonly dataType?: number
  readonly segment?: { readonly begin?: bigint; readonly end?: bigint }
  readonly floatData?: readonly number[]
  readonly int32Data?: readonly number[]
  readonly int64Data?: readonly bigint[]
  readonly doubleData?: readonly number[]
  readonly uint64Data?: readonly bigint[]
  readonly stringData?: readonly Uint8Array[]
  readonly rawData?: Uint8Array
  readonly docString?: string
  readonly externalData?: readonly OnnxEntry[]
  readonly dataLocation?: number
  readonly metadataProps?: readonly OnnxEntry[]
}

/** A sparse constant. */
export interface OnnxSparseTensor {
  readonly values?: OnnxTensor
  readonly indices?: OnnxTensor
  readonly dims?: readonly bigint[]
}

/** One axis of a shape: a size, or the name of a free one. */
export interface OnnxDimension {
  readonly dimValue?: bigint
  readonly dimParam?: string
  readonly denotation?: string
}

/** Element type and shape. A tensor without `shape` has an unknown rank. */
export interface OnnxTensorType {
  readonly elemType?: number
  readonly shape?: { readonly dim?: readonly OnnxDimension[] }
}

/** The type of a value. */
export interface OnnxType {
  readonly tensorType?: OnnxTensorType
  readonly sparseTensorType?: OnnxTensorType
  readonly sequenceType?: { readonly elemType?: OnnxType }
  readonly optionalType?: { readonly elemType?: OnnxType }
  readonly mapType?: { readonly keyType?: number; readonly valueType?: OnnxType }
  readonly denotation?: string
}

/** A named value: an input, an output or something between. */
export interface OnnxValueInfo {
  readonly name?: string
  readonly type?: OnnxType
  readonly docString?: string
  readonly metadataProps?: readonly OnnxEntry[]
}

/** An attribute of a node. `type` is one of {@link attributeTypes} and says which field holds the value. */
export interface OnnxAttribute {
  readonly name?: string
  readonly type?: number
  readonly f?: number
  readonly i?: bigint
  readonly s?: Uint8Array
  readonly t?: OnnxTensor
  readonly g?: OnnxGraph
  readonly tp?: OnnxType
  readonly sparseTensor?: OnnxSparseTensor
  readonly floats?: readonly number[]
  readonly ints?: readonly bigint[]
  readonly strings?: readonly Uint8Array[]
  readonly tensors?: readonly OnnxTensor[]
  readonly graphs?: readonly OnnxGraph[]
  readonly typeProtos?: readonly OnnxType[]
  readonly sparseTensors?: readonly OnnxSparseTensor[]
  readonly refAttrName?: string
  readonly docString?: string
}

/** One operation. */
export interface OnnxNode {
  readonly name?: string
  readonly opType?: string
  readonly domain?: string
  readonly overload?: string
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly attribute?: readonly OnnxAttribute[]
  readonly docString?: string
  readonly metadataProps?: readonly OnnxEntry[]
}

/** A graph: nodes in topological order. */
export interface OnnxGraph {
  readonly name?: string
  readonly node?: readonly OnnxNode[]
  readonly initializer?: readonly OnnxTensor[]
  readonly sparseInitializer?: readonly OnnxSparseTensor[]
  readonly input?: readonly OnnxValueInfo[]
  readonly output?: readonly OnnxValueInfo[]
  readonly valueInfo?: readonly OnnxValueInfo[]
  readonly quantizationAnnotation?: readonly {
    readonly tensorName?: string
    readonly quantParameterTensorNames?: readonly OnnxEntry[]
  }[]
  readonly docString?: string
  readonly metadataProps?: readonly OnnxEntry[]
}

/** An operator set and its version. The default domain is the empty string. */
export interface OnnxOperatorSet {
  readonly domain?: string
  readonly version?: bigint
}

/** A function: an operator made of others. */
export interface OnnxFunction {
  readonly name?: string
  readonly domain?: string
  readonly overload?: string
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly attribute?: readonly string[]
  readonly attributeProto?: readonly OnnxAttribute[]
  readonly node?: readonly OnnxNode[]
  readonly opsetImport?: readonly OnnxOperatorSet[]
  readonly valueInfo?: readonly OnnxValueInfo[]
  readonly docString?: string
  readonly metadataProps?: readonly OnnxEntry[]
}

/** A whole model file. */
export interface OnnxModel {
  readonly irVersion?: bigint
  readonly opsetImport?: readonly OnnxOperatorSet[]
  readonly producerName?: string
  readonly producerVersion?: string
  readonly domain?: string
  readonly modelVersion?: bigint
  readonly docString?: string
  readonly graph?: OnnxGraph
  readonly metadataProps?: readonly OnnxEntry[]
  readonly functions?: readonly OnnxFunction[]
}

/** protobufjs reads int64 from numbers and strings, not from bigint. */
function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(withoutBigints)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutBigints(inner)]))
}

/** Node's reader returns views of its own Buffer class; callers get plain bytes. */
function withPlainBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (Array.isArray(value)) return value.map(withPlainBytes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPlainBytes(inner)]))
}

function knowsAllFields(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return true
  if ('$unknowns' in message && Array.isArray(message.$unknowns) && message.$unknowns.length > 0) return false
  return Object.values(message).every(knowsAllFields)
}

/** The bytes of an `.onnx` file. The same model always gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const message = modelProto.fromObject(withoutBigints(model) as Record<string, unknown>)
  return new Uint8Array(modelProto.encode(message).finish())
}

/**
 * Reads an `.onnx` file. Byte fields of the result are views of `bytes`.
 *
 * @throws `onnx/invalid` when the bytes are not a model, or hold fields that this reader does not know (training
 * information): reading and writing such a model would lose them.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = false
  let message
  try {
    message = modelProto.decode(reader)
  } catch (cause) {
    throw new CandlewickError('onnx/invalid', { reason: reasonOf(cause) }, { cause })
  }
  if (!knowsAllFields(message))
    throw new CandlewickError('onnx/invalid', { reason: 'it has fields that are not known' })
  const model = withPlainBytes(modelProto.toObject(message, { longs: BigInt })) as OnnxModel
  if (model.irVersion === undefined || model.graph === undefined)
    throw new CandlewickError('onnx/invalid', { reason: 'it has no IR version or no graph' })
  return model
}

/**
 * The numbers of a float32 tensor, copied out.
 *
 * @throws `onnx/invalid` when the tensor is not float32, lies in another file, or its size contradicts its shape.
 */
export function floatsOf(tensor: OnnxTensor): Float32Array<ArrayBuffer> {
  const refuse = (reason: string): CandlewickError =>
    new CandlewickError('onnx/invalid', { reason: `tensor "${tensor.name ?? ''}" ${reason}` })
  if (tensor.dataType !== dataTypes.float32) throw refuse(`has element type ${tensor.dataType}, not float32`)
  if (tensor.dataLocation === 1) throw refuse('lies in another file')
  const length = Number((tensor.dims ?? []).reduce((product, size) => product * size, 1n))
  const raw = tensor.rawData
  if (raw === undefined ? (tensor.floatData ?? []).length !== length : raw.byteLength !== 4 * length)
    throw refuse(`does not hold the ${length} numbers of its shape`)
  if (raw === undefined) return Float32Array.from(tensor.floatData ?? [])
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Float32Array.from({ length }, (_, at) => view.getFloat32(4 * at, true))
}
