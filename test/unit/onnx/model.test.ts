import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isCandlewickError } from '../../../src/core/errors.ts'
import { GraphBuilder } from '../../../src/onnx/graph.ts'
import { dataTypes, decodeModel, encodeModel, floatsOf, type OnnxModel } from '../../../src/onnx/model.ts'
import { buildPatchTst } from '../../../src/onnx/patchtst.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const float = fc.float({ noDefaultInfinity: false, noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value))
const text = fc.string({ unit: 'grapheme' })
const bytes = fc.uint8Array({ maxLength: 20 })
const few = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(values, { minLength: 1, maxLength: 3 })
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record<T, never>(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>

const entry = some({ key: text, value: text })
const tensor = some({
  name: text,
  dims: few(int64),
  dataType: int32,
  floatData: few(float),
  int32Data: few(int32),
  int64Data: few(int64),
  uint64Data: few(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  doubleData: few(fc.double({ noNaN: true })),
  stringData: few(bytes),
  rawData: bytes,
  externalData: few(entry),
})
const dimension = some({ dimValue: int64, dimParam: text })
const type = some({ tensorType: some({ elemType: int32, shape: some({ dim: few(dimension) }) }), denotation: text })
const valueInfo = some({ name: text, type, docString: text })
const { graph } = fc.letrec<{ graph: OnnxModel['graph']; attribute: object; node: object }>((tie) => ({
  attribute: fc.record(
    {
      name: text,
      type: int32,
      f: float,
      i: int64,
      s: bytes,
      t: tensor,
      g: fc.option(tie('graph'), { nil: undefined, depthSize: 'small' }),
      floats: few(float),
      ints: few(int64),
      strings: few(bytes),
    },
    { requiredKeys: [] },
  ),
  node: fc.record(
    { opType: text, input: few(text), output: few(text), attribute: few(tie('attribute')) },
    { requiredKeys: [] },
  ),
  graph: fc.record(
    {
      name: text,
      node: fc.oneof({ depthSize: 'small' }, fc.constant(undefined), few(tie('node'))),
      initializer: few(tensor),
      input: few(valueInfo),
      output: few(valueInfo),
      metadataProps: few(entry),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<OnnxModel['graph']>,
}))
const model = fc.record(
  {
    irVersion: int64,
    graph,
    opsetImport: few(some({ domain: text, version: int64 })),
    docString: text,
    producerName: text,
    metadataProps: few(entry),
  },
  { requiredKeys: ['irVersion', 'graph'] },
) as fc.Arbitrary<OnnxModel>

const reasonOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return isCandlewickError(error, 'onnx/invalid') ? error.details.reason : String(error)
  }
  return 'no failure'
}

describe('ONNX files', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(model, (written) => {
        expect(decodeModel(encodeModel(written))).toEqual(written)
      }),
    )
  })

  it('come back as the same bytes', () => {
    const network = buildPatchTst({ features: 2, dModel: 8, layers: 1, dFf: 8 })

    expect(encodeModel(decodeModel(network))).toEqual(network)
  })

  it('use the field numbers of onnx.proto', () => {
    // ModelProto: ir_version = 1 (varint 8), graph = 7 with name = 2 "g", opset_import = 8 with version = 2 (17).
    const expected = [0x08, 8, 0x3a, 3, 0x12, 1, 0x67, 0x42, 2, 0x10, 17]

    expect([...encodeModel({ irVersion: 8n, graph: { name: 'g' }, opsetImport: [{ version: 17n }] })]).toEqual(expected)
  })

  it('are refused when they are something else', () => {
    expect(reasonOf(() => decodeModel(Uint8Array.of(1, 2, 3)))).not.toBe('no failure')
    expect(reasonOf(() => decodeModel(new Uint8Array(0)))).toBe('it has no IR version or no graph')
    const network = buildPatchTst({ features: 2, dModel: 8, layers: 1, dFf: 8 })
    expect(reasonOf(() => decodeModel(network.subarray(0, network.length - 40)))).not.toBe('no failure')
  })

  it('are refused when they hold fields that writing would lose', () => {
    const training = [...encodeModel({ irVersion: 8n, graph: { name: 'g' } }), 0xa2, 0x01, 0]

    expect(reasonOf(() => decodeModel(Uint8Array.from(training)))).toBe('it has fields that are not known')
  })
})

describe('floatsOf', () => {
  const data = Float32Array.of(1.5, -2, 3e-20, 4)

  it('reads both forms in which numbers are kept', () => {
    const builder = new GraphBuilder()
    builder.floats('w', [2, 2], data)
    const [written] = decodeModel(encodeModel({ irVersion: 8n, graph: builder.build('g') })).graph?.initializer ?? []

    expect(floatsOf(written!)).toEqual(data)
    expect(floatsOf({ dims: [2n, 2n], dataType: dataTypes.float32, floatData: [...data] })).toEqual(data)
  })

  it('refuses numbers that contradict type or shape', () => {
    const rawData = new Uint8Array(12)

    expect(reasonOf(() => floatsOf({ name: 'w', dims: [4n], dataType: 1, rawData }))).toContain(
      'the 4 numbers of its shape',
    )
    expect(reasonOf(() => floatsOf({ name: 'w', dims: [3n], dataType: 10, rawData }))).toContain('not float32')
    expect(reasonOf(() => floatsOf({ name: 'w', dims: [3n], dataType: 1, dataLocation: 1 }))).toContain('another file')
  })
})

describe('the graph builder', () => {
  it('refuses names used twice, values not there yet and sizes that do not fit', () => {
    const builder = new GraphBuilder()
    const x = builder.input('x', ['n', 2])

    expect(() => builder.input('x', [1])).toThrow('already has a value "x"')
    expect(() => builder.node('Add', 'y', [x, 'later'])).toThrow('reads "later"')
    expect(() => builder.output('y', [1])).toThrow('no value "y"')
    expect(() => builder.floats('w', [3], Float32Array.of(1, 2))).toThrow('its shape needs 3')
    expect(() => builder.node('Relu', 'z', [x], { alpha: 0.5 })).toThrow('float: 0.5')
  })
})
