import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halfBits, halfToNumber } from '../../../src/onnx/half.ts'

describe('half precision', () => {
  it('gives back every number that it has', () => {
    const wrong = Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => {
      const value = halfToNumber(bits)
      return !Number.isNaN(value) && halfBits(value) !== bits
    })

    expect(wrong).toEqual([])
    expect(halfBits(NaN)).toBe(0x7e00)
  })

  it('takes the nearest number, and the even one of two', () => {
    const numbers = Array.from({ length: 0x7c00 }, (_, bits) => halfToNumber(bits))
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65_504, noNaN: true }), (value) => {
        const bits = halfBits(value)
        const error = Math.abs(numbers[bits]! - value)

        for (const other of [bits - 1, bits + 1].filter((at) => at >= 0 && at < 0x7c00)) {
          const its = Math.abs(numbers[other]! - value)
          expect(error < its || (error === its && bits % 2 === 0)).toBe(true)
        }
      }),
    )
    expect(halfBits(1 + 2 ** -11)).toBe(halfBits(1))
    expect(halfBits(65_519.99)).toBe(0x7bff)
    expect(halfBits(65_520)).toBe(0x7c00)
  })
})
