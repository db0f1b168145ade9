import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { readSafetensors } from '../../../src/onnx/index.ts'

interface Tensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

function file(tensors: Readonly<Record<string, Tensor>>, metadata?: object): Uint8Array {
  let end = 0
  const header = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const from = end
    end += bytes.length
    return [name, { dtype, shape, data_offsets: [from, end] }]
  })
  // From entries, because assigning to the name `__proto__` would give the header no such tensor.
  const all = Object.fromEntries(metadata === undefined ? header : [['__metadata__', metadata], ...header]) as unknown
  return rawFile(all, Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes)))
}

function rawFile(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = new DataView(new ArrayBuffer(8))
  length.setBigUint64(0, BigInt(text.length), true)
  return Buffer.concat([new Uint8Array(length.buffer), text, data])
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

const reasonOf = (bytes: Uint8Array): string => {
  try {
    readSafetensors(bytes)
  } catch (error) {
    if (isCandlewickError(error, 'safetensors/invalid')) return error.details.reason
    throw error
  }
  return 'none'
}

const tensor = fc.array(fc.nat({ max: 3 }), { maxLength: 3 }).chain((shape) => {
  const size = shape.reduce((product, one) => product * one, 1)
  return fc.float32Array({ minLength: size, maxLength: size }).map((data) => ({ shape, data }))
})

describe('safetensors', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== '__metadata__'),
          tensor,
        ),
        (tensors) => {
          const entries = Object.entries(tensors)
          const written = entries.map(([name, { shape, data }]) => [
            name,
            { dtype: 'F32', shape, bytes: bytesOf(data) },
          ])
          const read = readSafetensors(file(Object.fromEntries(written) as Record<string, Tensor>))

          expect(read.size).toBe(entries.length)
          for (const [name, { shape, data }] of entries) expect(read.get(name)).toEqual({ dims: shape, data })
        },
      ),
    )
  })

  it('may have the name of a property that every object has', () => {
    const tensors = Object.fromEntries([['__proto__', { dtype: 'U8', shape: [1], bytes: Uint8Array.of(7) }]])
    expect([...readSafetensors(file(tensors)).entries()]).toEqual([
      ['__proto__', { dims: [1], data: Float32Array.of(7) }],
    ])
  })

  it('are read from every element type of weights', () => {
    const numbers = (dtype: string, bytes: ArrayBufferView): number => {
      const own = new Uint8Array(bytes.buffer)
      return readSafetensors(file({ w: { dtype, shape: [1], bytes: own } })).get('w')!.data[0]!
    }

    expect(numbers('F64', Float64Array.of(1.25))).toBe(1.25)
    expect(numbers('F32', Float32Array.of(-2.5))).toBe(-2.5)
    expect(numbers('F16', Uint16Array.of(0x3555))).toBe(0.333251953125)
    expect(numbers('BF16', Uint16Array.of(0xc049))).toBeCloseTo(-3.140625, 6)
    expect(numbers('I64', BigInt64Array.of(-7n))).toBe(-7)
    expect(numbers('BOOL', Uint8Array.of(1))).toBe(1)
  })

  it('may carry remarks', () => {
    expect(readSafetensors(file({}, { format: 'pt' })).size).toBe(0)
  })

  it('are refused with a reason when they are anything else, never with another error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void reasonOf(bytes)))
    fc.assert(
      fc.property(
        fc.json(),
        fc.uint8Array({ maxLength: 40 }),
        (json, data) => void reasonOf(rawFile(JSON.parse(json), data)),
      ),
    )
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'F16', 'X1', 'constructor'), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.oneof(fc.nat({ max: 4 }), fc.integer(), fc.double())), fc.jsonValue()),
        data_offsets: fc.oneof(
          fc.tuple(fc.integer({ min: -1, max: 50 }), fc.integer({ min: -1, max: 50 })),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    const header = fc.dictionary(fc.string(), entry)
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 40 }), (value, data) => void reasonOf(rawFile(value, data))),
    )
  })

  it('are refused when they are cut short or go on', () => {
    const whole = file({ w: { dtype: 'F32', shape: [2], bytes: bytesOf(Float32Array.of(1, 2)) } })

    for (let length = 0; length < whole.length; length += 1)
      expect(reasonOf(whole.subarray(0, length))).not.toBe('none')
    expect(reasonOf(Buffer.concat([whole, Uint8Array.of(0)]))).toBe('1 bytes belong to no tensor')
  })

  it('are refused when tensors overlap or leave a gap', () => {
    const place = (from: number, to: number): object => ({ dtype: 'U8', shape: [to - from], data_offsets: [from, to] })

    expect(reasonOf(rawFile({ a: place(0, 4), b: place(2, 6) }, new Uint8Array(6)))).toContain('begins at 2')
    expect(reasonOf(rawFile({ a: place(0, 2), b: place(4, 6) }, new Uint8Array(6)))).toContain('begins at 4')
  })
})
