import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalTail } from '../../../src/signals/normal.ts'

describe('the upper tail of the standard normal distribution', () => {
  it.each([
    // Python: math.erfc(z / math.sqrt(2)) / 2
    [-6, 0.9999999990134123],
    [-4.5, 0.9999966023268753],
    [-3, 0.9986501019683699],
    [-1.96, 0.9750021048517795],
    [-1, 0.8413447460685429],
    [-0.25, 0.5987063256829237],
    [-0.001, 0.500398942213911],
    [0.001, 0.49960105778608893],
    [0.25, 0.4012936743170763],
    [0.5, 0.3085375387259869],
    [1, 0.15865525393145707],
    [1.96, 0.024997895148220435],
    [2.5, 0.006209665325776139],
    [3, 0.0013498980316300957],
    [4.2, 1.3345749015906346e-5],
    [4.3, 8.539905470991816e-6],
    [5, 2.866515718791946e-7],
    [6, 9.865876450377012e-10],
    [8, 6.220960574271819e-16],
  ])('above %f is %f', (z, tail) => {
    expect(Math.abs(normalTail(z) - tail)).toBeLessThan(1e-15)
    expect(normalTail(z) / tail).toBeCloseTo(1, 9)
  })

  it('falls, from 1 to 0, and is one half at zero', () => {
    expect(normalTail(0)).toBe(0.5)
    expect(normalTail(-50)).toBe(1)
    expect(normalTail(50)).toBe(0)
    expect(normalTail(-Infinity)).toBe(1)
    expect(normalTail(Infinity)).toBe(0)
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 1e-6, max: 4, noNaN: true }),
        (z, step) => {
          expect(normalTail(z + step)).toBeLessThanOrEqual(normalTail(z))
          expect(normalTail(z) + normalTail(-z)).toBeCloseTo(1, 14)
        },
      ),
    )
  })
})
