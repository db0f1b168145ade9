/**
 * The ONNX messages as protobuf knows them: names and field numbers of onnx.proto (IR version 10), the part that
 * describes a model for inference. Training information is left out.
 */
import protobuf, { type IField, type IType, type Type } from 'protobufjs/light.js'

const one = (type: string, id: number): IField => ({ type, id })
const many = (type: string, id: number): IField => ({ rule: 'repeated', type, id, options: { packed: false } })
const packed = (type: string, id: number): IField => ({ rule: 'repeated', type, id, options: { packed: true } })

const model: Record<string, IType> = {
  ModelProto: {
    fields: {
      irVersion: one('int64', 1),
      producerName: one('string', 2),
      producerVersion: one('string', 3),
      domain: one('string', 4),
      modelVersion: one('int64', 5),
      docString: one('string', 6),
      graph: one('GraphProto', 7),
      opsetImport: many('OperatorSetIdProto', 8),
      metadataProps: many('StringStringEntryProto', 14),
      functions: many('FunctionProto', 25),
    },
  },
  OperatorSetIdProto: { fields: { domain: one('string', 1), version: one('int64', 2) } },
  StringStringEntryProto: { fields: { key: one('string', 1), value: one('string', 2) } },
  FunctionProto: {
    fields: {
      name: one('string', 1),
      input: many('string', 4),
      output: many('string', 5),
      attribute: many('string', 6),
      node: many('NodeProto', 7),
      docString: one('string', 8),
      opsetImport: many('OperatorSetIdProto', 9),
      domain: one('string', 10),
      attributeProto: many('AttributeProto', 11),
      valueInfo: many('ValueInfoProto', 12),
      overload: one('string', 13),
      metadataProps: many('StringStringEntryProto', 14),
    },
  },
}

const graph: Record<string, IType> = {
  GraphProto: {
    fields: {
      node: many('NodeProto', 1),
      name: one('string', 2),
      initializer: many('TensorProto', 5),
      docString: one('string', 10),
      input: many('ValueInfoProto', 11),
      output: many('ValueInfoProto', 12),
      valueInfo: many('ValueInfoProto', 13),
      quantizationAnnotation: many('TensorAnnotation', 14),
      sparseInitializer: many('SparseTensorProto', 15),
      metadataProps: many('StringStringEntryProto', 16),
    },
  },
  NodeProto: {
    fields: {
      input: many('string', 1),
      output: many('string', 2),
      name: one('string', 3),
      opType: one('string', 4),
      attribute: many('AttributeProto', 5),
      docString: one('string', 6),
      domain: one('string', 7),
      overload: one('string', 8),
      metadataProps: many('StringStringEntryProto', 9),
    },
  },
  AttributeProto: {
    fields: {
      name: one('string', 1),
      f: one('float', 2),
      i: one('int64', 3),
      s: one('bytes', 4),
      t: one('TensorProto', 5),
      g: one('GraphProto', 6),
      floats: many('float', 7),
      ints: many('int64', 8),
      strings: many('bytes', 9),
      tensors: many('TensorProto', 10),
      graphs: many('GraphProto', 11),
      docString: one('string', 13),
      tp: one('TypeProto', 14),
      typeProtos: many('TypeProto', 15),
      type: one('int32', 20),
      refAttrName: one('string', 21),
      sparseTensor: one('SparseTensorProto', 22),
      sparseTensors: many('SparseTensorProto', 23),
    },
  },
  TensorAnnotation: {
    fields: { tensorName: one('string', 1), quantParameterTensorNames: many('StringStringEntryProto', 2) },
  },
}

const values: Record<string, IType> = {
  TensorProto: {
    fields: {
      dims: many('int64', 1),
      dataType: one('int32', 2),
      segment: one('Segment', 3),
      floatData: packed('float', 4),
      int32Data: packed('int32', 5),
      stringData: many('bytes', 6),
      int64Data: packed('int64', 7),
      name: one('string', 8),
      rawData: one('bytes', 9),
      doubleData: packed('double', 10),
      uint64Data: packed('uint64', 11),
      docString: one('string', 12),
      externalData: many('StringStringEntryProto', 13),
      dataLocation: one('int32', 14),
      metadataProps: many('StringStringEntryProto', 16),
    },
    nested: { Segment: { fields: { begin: one('int64', 1), end: one('int64', 2) } } },
  },
  SparseTensorProto: {
    fields: { values: one('TensorProto', 1), indices: one('TensorProto', 2), dims: many('int64', 3) },
  },
  ValueInfoProto: {
    fields: {
      name: one('string', 1),
      type: one('TypeProto', 2),
      docString: one('string', 3),
      metadataProps: many('StringStringEntryProto', 4),
    },
  },
  TypeProto: {
    fields: {
      tensorType: one('Tensor', 1),
      sequenceType: one('Sequence', 4),
      mapType: one('Map', 5),
      denotation: one('string', 6),
      sparseTensorType: one('Tensor', 8),
      optionalType: one('Sequence', 9),
    },
    nested: {
      Tensor: { fields: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) } },
      Sequence: { fields: { elemType: one('TypeProto', 1) } },
      Map: { fields: { keyType: one('int32', 1), valueType: one('TypeProto', 2) } },
    },
  },
  TensorShapeProto: {
    fields: { dim: many('Dimension', 1) },
    nested: {
      Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2), denotation: one('string', 3) } },
    },
  },
}

// onnx.proto is proto2: a number that is 0 and one that is absent differ. The edition counts per top-level message.
const nested = Object.fromEntries(
  Object.entries({ ...model, ...graph, ...values }).map(([name, type]) => [name, { ...type, edition: 'proto2' }]),
)

const root = protobuf.Root.fromJSON({ nested: { onnx: { nested } } })

/** The message type of a whole `.onnx` file. */
export const modelProto: Type = root.lookupType('onnx.ModelProto')
