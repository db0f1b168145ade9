/** Kernels with infinite memory, pointwise kernels and the calendar, against their definitions. */
import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as arithmetic from '../../../src/numeric/arithmetic.ts'
import * as calendar from '../../../src/numeric/calendar.ts'
import * as comparison from '../../../src/numeric/comparison.ts'
import * as elementary from '../../../src/numeric/elementary.ts'
import type { Kernel } from '../../../src/numeric/kernel.ts'
import { barNumber, cappedRun, change, runLength, trueRange } from '../../../src/numeric/memory.ts'
import { psar } from '../../../src/numeric/psar.ts'
import { adaptive, ema, weightedHistory, wilder, wilderMean, wilderSum } from '../../../src/numeric/smoothing.ts'
import { cumulative } from '../../../src/numeric/window.ts'
import { runKernel } from './run-kernel.ts'

const x = Array.from({ length: 80 }, (_, i) => 100 + 10 * Math.sin(i * 1.7) + (i % 7))
const near = (actual: number[], expected: number[]): void => {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of actual.entries()) expect(value / expected[i]!, `bar ${i}`).toBeCloseTo(1, 12)
}

describe('smoothing', () => {
  const recursive = (pull: number): number[] => {
    const values = [x[0]!]
    for (const value of x.slice(1)) values.push(values.at(-1)! + pull * (value - values.at(-1)!))
    return values
  }

  it.each([1, 2, 9])('ema %d and wilder start from the first value', (length) => {
    near(runKernel(ema, [x], [length], [5, 1]).slice(length - 1), recursive(2 / (length + 1)).slice(length - 1))
    near(runKernel(wilder, [x], [length], [5, 1]).slice(length - 1), recursive(1 / length).slice(length - 1))
  })

  it('wilderMean starts from the mean of its first values, wilderSum from their sum', () => {
    const first = x.slice(0, 14).reduce((a, b) => a + b)
    const means = [first / 14]
    const sums = [first]
    for (const value of x.slice(14)) {
      means.push((13 * means.at(-1)! + value) / 14)
      sums.push(sums.at(-1)! - sums.at(-1)! / 14 + value)
    }
    near(runKernel(wilderMean, [x], [14], [3, 11, 1]).slice(13), means)
    near(runKernel(wilderSum, [x], [14], [3, 11, 1]).slice(13), sums)
  })

  it('weightedHistory weighs all history', () => {
    const expected = x.map((_, i) => {
      const weights = x.slice(0, i + 1).map((_value, k) => (1 - 2 / 6) ** (i - k))
      return weights.reduce((a, w, k) => a + w * x[k]!, 0) / weights.reduce((a, w) => a + w)
    })
    near(runKernel(weightedHistory, [x], [5], [9]), expected)
  })

  it('adaptive follows by the share it is given', () => {
    expect(
      runKernel(adaptive, [
        [1, 2, 3, 4],
        [0, 1, 0, 0.5],
      ]),
    ).toEqual([1, 2, 2, 3])
  })

  it('cumulative adds up', () => {
    expect(runKernel(cumulative, [[1, 2, 3]], [], [1])).toEqual([1, 3, 6])
  })
})

describe('memory', () => {
  it('change is 0 first', () => {
    expect(runKernel(change, [[3, 5, 4]], [], [1, 1])).toEqual([0, 2, -1])
  })

  it('trueRange takes the close before into account', () => {
    const bars = [
      [10, 11, 30],
      [8, 10.5, 29],
      [9, 10.5, 29.5],
    ]
    expect(runKernel(trueRange, bars, [], [1])).toEqual([2, 2, 19.5])
  })

  it('runLength counts flags in a row', () => {
    expect(runKernel(runLength, [[1, 1, 0, 1, 1, 1]], [], [1, 3])).toEqual([1, 2, 0, 1, 2, 3])
  })

  it('cappedRun stops counting at its parameter', () => {
    expect(runKernel(cappedRun, [[1, 1, 1, 1, 0, 1]], [3], [1, 3]).slice(2)).toEqual([3, 3, 0, 1])
  })

  it('barNumber counts bars', () => {
    expect(runKernel(barNumber, [[9, 9, 9]], [], [2])).toEqual([1, 2, 3])
  })
})

describe('psar', () => {
  it('follows a rise, turns below the stop and stays above a fall', () => {
    const closes = [
      ...Array.from({ length: 12 }, (_, i) => 100 + i),
      ...Array.from({ length: 12 }, (_, i) => 110 - 2 * i),
    ]
    const highs = closes.map((close) => close + 0.5)
    const lows = closes.map((close) => close - 0.5)
    const stops = runKernel(psar, [highs, lows, closes], [], [1, 5])
    // By hand: from 101, af 0.02, extreme 100.5: 101 + 0.02 (100.5 - 101) = 100.99, held at the low two bars before.
    expect(stops[2]).toBe(99.5)
    for (let i = 2; i < 12; i++) expect(stops[i]).toBeLessThan(lows[i]!)
    const turn = stops.findIndex((stop, i) => i > 11 && stop > highs[i]!)
    expect(turn).toBeGreaterThan(11)
    expect(stops[turn]).toBe(Math.max(...highs))
    for (let i = turn + 1; i < 24; i++) expect(stops[i]).toBeLessThanOrEqual(stops[i - 1]!)
  })
})

describe('pointwise kernels', () => {
  const pairs: readonly (readonly [Kernel, (a: number, b: number) => number])[] = [
    [arithmetic.add, (a, b) => a + b],
    [arithmetic.sub, (a, b) => a - b],
    [arithmetic.mul, (a, b) => a * b],
    [arithmetic.div, (a, b) => a / b],
    [arithmetic.min, Math.min],
    [arithmetic.max, Math.max],
    [arithmetic.neg, (a) => 0 - a],
    [arithmetic.abs, Math.abs],
    [elementary.log, (a) => Math.log(a)],
    [elementary.log1p, Math.log1p],
    [elementary.sqrt, Math.sqrt],
    [elementary.exp, Math.exp],
    [elementary.sin, Math.sin],
    [elementary.cos, Math.cos],
    [elementary.floor, Math.floor],
    [elementary.sign, Math.sign],
    [comparison.gt, (a, b) => (a > b ? 1 : 0)],
    [comparison.lt, (a, b) => (a < b ? 1 : 0)],
    [comparison.ge, (a, b) => (a >= b ? 1 : 0)],
    [comparison.le, (a, b) => (a <= b ? 1 : 0)],
  ]

  it.each(pairs.map(([kernel, plain]) => ({ name: kernel.name, kernel, plain })))('$name', ({ kernel, plain }) => {
    const number = integer({ min: 1, max: 40 }).map((value) => value / 8)
    assert(
      property(array(tuple(number, number), { minLength: 1, maxLength: 20 }), (rows) => {
        const [a, b] = [rows.map((row) => row[0]), rows.map((row) => row[1])]
        expect(runKernel(kernel, kernel.arity === 2 ? [a, b] : [a])).toEqual(a.map((value, i) => plain(value, b[i]!)))
      }),
    )
  })

  it('ratio takes the fallback where the divisor is zero', () => {
    expect(
      runKernel(arithmetic.ratio, [
        [1, 0, 6],
        [0, 0, 3],
        [7, 8, 9],
      ]),
    ).toEqual([7, 8, 2])
  })

  it('clip holds between its bounds', () => {
    expect(runKernel(arithmetic.clip, [[-3, 0.5, 3]], [-1, 1])).toEqual([-1, 0.5, 1])
  })

  it('and, or and select read flags', () => {
    const flags = [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ]
    expect(runKernel(comparison.and, flags)).toEqual([0, 0, 0, 1])
    expect(runKernel(comparison.or, flags)).toEqual([0, 1, 1, 1])
    expect(runKernel(comparison.select, [...flags, [5, 6, 7, 8]])).toEqual([5, 6, 0, 1])
  })

  it('neg and sign give no negative zero', () => {
    expect(runKernel(arithmetic.neg, [[0]])[0]).toBe(0)
    expect(runKernel(elementary.sign, [[-0]])[0]).toBe(0)
  })
})

describe('calendar', () => {
  it('agrees with Date for any time since 1970', () => {
    assert(
      property(integer({ min: 0, max: 4_102_444_800_000 }), (time) => {
        const date = new Date(time)
        expect(runKernel(calendar.minuteOfDay, [[time]])).toEqual([date.getUTCHours() * 60 + date.getUTCMinutes()])
        expect(runKernel(calendar.dayOfWeek, [[time]])).toEqual([(date.getUTCDay() + 6) % 7])
        expect(runKernel(calendar.dayOfMonth, [[time]])).toEqual([date.getUTCDate()])
        expect(runKernel(calendar.month, [[time]])).toEqual([date.getUTCMonth() + 1])
      }),
      { numRuns: 2000 },
    )
  })

  it('knows the end of February', () => {
    const times = ['2024-02-29', '2024-03-01', '2000-02-29', '2100-03-01', '1970-01-01'].map((day) => Date.parse(day))
    expect(runKernel(calendar.dayOfMonth, [times])).toEqual([29, 1, 29, 1, 1])
    expect(runKernel(calendar.month, [times])).toEqual([2, 3, 2, 3, 1])
  })
})
