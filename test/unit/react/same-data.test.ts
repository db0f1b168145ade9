import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameData, sameThings } from '../../../src/react/same-data.ts'

describe('sameData', () => {
  it('sees no difference in data written anew', () => {
    fc.assert(
      fc.property(fc.object({ withNullPrototype: true }), (data) => {
        expect(sameData(data, structuredClone(data))).toBe(true)
      }),
    )
  })

  it.each([
    [{ strategy: 'moderate' }, { strategy: 'aggressive' }],
    [{ backends: ['wasm'] }, { backends: ['wasm', 'webgpu'] }],
    [{ backends: ['webgpu', 'wasm'] }, { backends: ['wasm', 'webgpu'] }],
    [{ strategy: { minQuality: 0.5 } }, { strategy: { minQuality: 0.6 } }],
    [{ threads: 1 }, {}],
    [{ recoveries: 0 }, { recoveries: -0 }],
    [{ a: [] }, { a: {} }],
    [{ a: null }, { a: {} }],
    [{ a: new Date(0) }, { a: new Date(1) }],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    [undefined, {}],
  ])('tells %j from %j', (a, b) => {
    expect(sameData(a, b)).toBe(false)
    expect(sameData(b, a)).toBe(false)
  })

  it('leaves out functions, signals and what is undefined', () => {
    const a = { worker: () => 1, signal: new AbortController().signal, model: undefined, threads: NaN }
    const b = { worker: () => 2, onProgress: () => {}, threads: NaN }
    expect(sameData(a, b)).toBe(true)
  })
})

describe('sameThings', () => {
  it('asks for the very same things under the same names', () => {
    const [a, b] = [{ is: 'a' }, { is: 'a' }]
    expect(sameThings({ a }, { a })).toBe(true)
    expect(sameThings({ a }, { a: b })).toBe(false)
    expect(sameThings({ a }, { a, b })).toBe(false)
    expect(sameThings({ a }, { b: a })).toBe(false)
    expect(sameThings(undefined, {})).toBe(false)
    expect(sameThings(undefined, undefined)).toBe(true)
  })
})
