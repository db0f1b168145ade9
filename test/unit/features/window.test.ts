import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FeatureWindow } from '../../../src/features/window.ts'

const row =
  (value: number, width: number) =>
  (out: Float32Array, at: number): void => {
    out.fill(value, at, at + width)
  }

/** What the window must show: the last rows, oldest first. */
const expected = (values: readonly number[], length: number, width: number): number[] =>
  values.slice(-length).flatMap((value) => Array.from({ length: width }, () => value))

describe('the feature window', () => {
  it('always shows the last rows in order, with previews that change nothing', () => {
    const shape = { length: fc.integer({ min: 1, max: 7 }), width: fc.integer({ min: 1, max: 4 }) }
    fc.assert(
      fc.property(fc.record(shape), fc.array(fc.nat({ max: 1000 }), { maxLength: 40 }), ({ length, width }, values) => {
        const window = new FeatureWindow(length, width)
        values.forEach((value, i) => {
          if (window.completeWithNext) {
            const preview = window.preview(row(-5, width))
            expect([...preview]).toEqual(expected([...values.slice(0, i), -5], length, width))
          }
          window.push(row(value, width))
          expect(window.complete).toBe(i + 1 >= length)
          if (window.complete) expect([...window.view()]).toEqual(expected(values.slice(0, i + 1), length, width))
        })
      }),
    )
  })

  it('starts over when a row cannot be written, so that no window has a hole', () => {
    const window = new FeatureWindow(2, 1)
    window.push(row(1, 1))
    window.push(row(2, 1))
    const broken = (): void => {
      throw new Error('not a number')
    }
    expect(() => window.push(broken)).toThrow('not a number')
    expect(window.complete).toBe(false)
    window.push(row(3, 1))
    expect(window.complete).toBe(false)
    window.push(row(4, 1))
    expect([...window.view()]).toEqual([3, 4])
  })
})
