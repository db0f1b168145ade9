/** The boundary between features and model: nothing that is not a number gets through. */
import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { fitScaler, parseScaler, Scaler } from '../../../src/features/index.ts'

const spec = { kind: 'standard', order: ['a', 'b'], center: [1, 2], scale: [2, 4], clip: [-3, 3] }

const contractError = (json: unknown, names: string[] = ['a', 'b']): unknown => {
  try {
    parseScaler(json, names)
  } catch (error) {
    return isCandlewickError(error, 'model/contract') ? error.details : error
  }
  return undefined
}

describe('parseScaler', () => {
  it('accepts what belongs to the features', () => {
    expect(parseScaler(spec, ['a', 'b'])).toEqual(spec)
    const { clip: _clip, ...rest } = spec
    expect(parseScaler({ ...rest, trained: 'later fields are ignored' }, ['a', 'b'])).toEqual(rest)
  })

  it.each([
    [{ ...spec, kind: 'quantum' }, 'scaler.kind'],
    [{ ...spec, order: ['b', 'a'] }, 'scaler.order[0]'],
    [{ ...spec, order: ['a'] }, 'scaler.order'],
    [{ ...spec, center: [1, 'x'] }, 'scaler.center[1]'],
    [{ ...spec, center: [1] }, 'scaler.center'],
    [{ ...spec, center: [1, Infinity] }, 'scaler.center[1]'],
    [{ ...spec, scale: [2] }, 'scaler.scale'],
    [{ ...spec, scale: [2, 0] }, 'scaler.scale[1]'],
    [{ ...spec, scale: [-2, 1] }, 'scaler.scale[0]'],
    [{ ...spec, scale: [NaN, 1] }, 'scaler.scale[0]'],
    [{ ...spec, clip: [3, -3] }, 'scaler.clip'],
    [{ ...spec, kind: 'none' }, 'scaler.center[0]'],
    ['text', 'scaler'],
    [null, 'scaler'],
  ])('refuses %j at %s', (json, path) => {
    expect(contractError(json)).toMatchObject({ path })
  })
})

describe('Scaler', () => {
  it('centers, scales, clips and rounds to float32', () => {
    const out = new Float32Array(5)
    new Scaler(parseScaler(spec, ['a', 'b'])).transform(Float64Array.of(1.2, 2000), out, 2, 0)
    expect(out).toEqual(Float32Array.of(0, 0, Math.fround(0.1), 3, 0))
  })

  it.each([NaN, Infinity, -Infinity])('refuses %d with the id and the time', (value) => {
    const scaler = new Scaler(parseScaler(spec, ['a', 'b']))
    expect(() => scaler.transform(Float64Array.of(0, value), new Float32Array(2), 0, 1_717_200_000_000)).toThrow(
      /"b" is (NaN|-?Infinity) at 2024-06-01T00:00:00.000Z/,
    )
  })

  it('refuses what float32 cannot hold', () => {
    const scaler = new Scaler({ kind: 'none', order: ['a'], center: [0], scale: [1] })
    expect(() => scaler.transform(Float64Array.of(1e39), new Float32Array(1), 0, 0)).toThrow('The feature "a"')
  })

  it('refuses rows and places that do not fit', () => {
    const scaler = new Scaler(parseScaler(spec, ['a', 'b']))
    expect(() => scaler.transform(new Float64Array(3), new Float32Array(9), 0, 0)).toThrow(TypeError)
    expect(() => scaler.transform(new Float64Array(2), new Float32Array(2), 1, 0)).toThrow(TypeError)
  })
})

describe('fitScaler', () => {
  it('finds mean and deviation, or median and quartiles', () => {
    const rows = Float64Array.of(1, 7, 2, 7, 3, 7, 4, 7, 90, 7)
    expect(fitScaler('robust', ['a', 'b'], rows)).toEqual({
      kind: 'robust',
      order: ['a', 'b'],
      center: [3, 7],
      scale: [2, 1],
    })
    const standard = fitScaler('standard', ['a', 'b'], rows)
    expect(standard.center).toEqual([20, 7])
    expect(standard.scale[0]).toBeCloseTo(Math.sqrt((19 ** 2 + 18 ** 2 + 17 ** 2 + 16 ** 2 + 70 ** 2) / 5), 12)
  })

  it('gives a column mean 0 and deviation 1', () => {
    const value = integer({ min: -1_000_000, max: 1_000_000 }).map((number) => number / 1000)
    assert(
      property(array(value, { minLength: 2, maxLength: 50 }), (values) => {
        const scaler = new Scaler(fitScaler('standard', ['a'], Float64Array.from(values)))
        const out = new Float32Array(values.length)
        for (const [i, x] of values.entries()) scaler.transform(Float64Array.of(x), out, i, 0)
        const mean = out.reduce((a, b) => a + b, 0) / out.length
        expect(mean).toBeCloseTo(0, 4)
        const square = out.reduce((a, b) => a + b * b, 0) / out.length
        expect(Math.min(Math.abs(square), Math.abs(square - 1))).toBeLessThan(1e-4)
      }),
    )
  })

  it('refuses rows with holes', () => {
    expect(() => fitScaler('robust', ['a', 'b'], Float64Array.of(1, 2, 3, NaN))).toThrow('"b" is NaN')
    expect(() => fitScaler('robust', ['a', 'b'], Float64Array.of(1, 2, 3))).toThrow(TypeError)
  })
})
