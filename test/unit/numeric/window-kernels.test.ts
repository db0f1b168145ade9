/** Every kernel over a sliding window equals a fresh two-pass computation of each window. */
import { type Arbitrary, array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correlation, slope } from '../../../src/numeric/comoments.ts'
import { entropy } from '../../../src/numeric/entropy.ts'
import { highest, highestAge, lowest, lowestAge } from '../../../src/numeric/extrema.ts'
import { hurst } from '../../../src/numeric/fractal.ts'
import { curveSlope, higuchi } from '../../../src/numeric/higuchi.ts'
import type { Kernel } from '../../../src/numeric/kernel.ts'
import { lag } from '../../../src/numeric/memory.ts'
import { deviation, kurtosis, sampleDeviation, skewness } from '../../../src/numeric/moments.ts'
import { quantile, rank, tailMean } from '../../../src/numeric/order.ts'
import { mean, meanDistance, sum, weightedMean } from '../../../src/numeric/window.ts'
import { runKernel } from './run-kernel.ts'

const total = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0)
/** Two passes: the second removes the rounding of the first. */
const average = (x: readonly number[]): number => {
  const first = total(x) / x.length
  return first + total(x.map((value) => value - first)) / x.length
}
const powers = (x: readonly number[], power: number): number => {
  const centre = average(x)
  return total(x.map((value) => (value - centre) ** power))
}
const products = (x: readonly number[], y: readonly number[]): number => {
  const [a, b] = [average(x), average(y)]
  return total(x.map((value, i) => (value - a) * (y[i]! - b)))
}
const quantileOf = (x: readonly number[], share: number): number => {
  const sorted = x.toSorted((a, b) => a - b)
  const place = share * (x.length - 1)
  const low = sorted[Math.floor(place)]!
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place))
}
const lineSlope = (x: readonly number[], y: readonly number[]): number => products(x, y) / products(x, x)
const still = (x: readonly number[]): boolean => x.every((value) => value === x[0])

function hurstOf(x: readonly number[], longest: number): number {
  const lags = Array.from({ length: longest - 1 }, (_, i) => i + 2)
  const spreads = lags.map((k) => Math.sqrt(total(x.slice(k).map((v, i) => (v - x[i]!) ** 2)) / (x.length - k)))
  if (spreads.includes(0)) return 0.5
  return lineSlope(lags.map(Math.log), spreads.map(Math.log))
}

function curveOf(x: readonly number[], widest: number): number {
  const steps = Array.from({ length: widest }, (_, i) => i + 1)
  const lengths = steps.map((k) => {
    const parts = Array.from({ length: k }, (_, m) => {
      const n = Math.floor((x.length - m) / k)
      let path = 0
      for (let i = 1; i < n; i++) path += Math.abs(x[m + i * k]! - x[m + (i - 1) * k]!)
      return (path * (x.length - 1)) / (k * n)
    })
    return total(parts) / k
  })
  return lengths.includes(0) ? 1.5 : lineSlope(steps.map(Math.log), lengths.map(Math.log))
}

/** Higuchi 1988 with his own indices: offsets from 1, all points of each part. */
function dimensionOf(x: readonly number[], widest: number): number {
  const steps = Array.from({ length: widest }, (_, i) => i + 1)
  const lengths = steps.map((k) => {
    const parts = Array.from({ length: k }, (_, m) => {
      const points = x.filter((_value, i) => i >= m && (i - m) % k === 0)
      const path = total(points.slice(1).map((value, i) => Math.abs(value - points[i]!)))
      return (path * (x.length - 1)) / (points.length - 1) / k / k
    })
    return total(parts) / k
  })
  return lengths.includes(0) ? 1.5 : -lineSlope(steps.map(Math.log), lengths.map(Math.log))
}

function entropyOf(x: readonly number[], bins: number): number {
  const low = Math.min(...x)
  const high = Math.max(...x)
  if (still(x)) return 0
  const edges = Array.from({ length: bins }, (_, i) => low + (i * (high - low)) / bins)
  const counts = edges.map((edge, i) => x.filter((v) => v >= edge && (i === bins - 1 || v < edges[i + 1]!)).length)
  return -total(counts.map((n) => (n === 0 ? 0 : (n / x.length) * Math.log(n / x.length))))
}

type Naive = (x: readonly number[], y: readonly number[], extra: number) => number

interface Case {
  readonly kernel: Kernel
  readonly naive: Naive
  /** Second parameter. */
  readonly extra?: number
  readonly shortest?: number
  /** What the absolute error is measured against, besides the value. */
  readonly size?: Naive
}

const top: Naive = (x) => Math.max(...x.map(Math.abs))
const one: Naive = () => 1
const cases: readonly Case[] = [
  { kernel: sum, naive: total, size: (x) => total(x.map(Math.abs)) },
  { kernel: mean, naive: average, size: top },
  {
    kernel: weightedMean,
    naive: (x) => total(x.map((value, i) => (i + 1) * value)) / total(x.map((_value, i) => i + 1)),
    size: top,
  },
  { kernel: sampleDeviation, naive: (x) => Math.sqrt(powers(x, 2) / (x.length - 1)), shortest: 2 },
  { kernel: deviation, naive: (x) => Math.sqrt(powers(x, 2) / x.length), shortest: 2 },
  { kernel: highest, naive: (x) => Math.max(...x) },
  { kernel: lowest, naive: (x) => Math.min(...x) },
  { kernel: highestAge, naive: (x) => x.length - 1 - x.indexOf(Math.max(...x)) },
  { kernel: lowestAge, naive: (x) => x.length - 1 - x.indexOf(Math.min(...x)) },
  { kernel: meanDistance, naive: (x, y) => average(x.map((v) => Math.abs(v - y.at(-1)!))), size: top },
  { kernel: quantile, naive: (x, _y, share) => quantileOf(x, share), extra: 0.3, size: top },
  { kernel: quantile, naive: (x, _y, share) => quantileOf(x, share), extra: 0.05, size: top },
  {
    kernel: tailMean,
    naive: (x, _y, share) => average(x.filter((v) => v <= quantileOf(x, share))),
    extra: 0.25,
    size: top,
  },
  {
    kernel: rank,
    naive: (x) => (x.filter((v) => v < x.at(-1)!).length + x.filter((v) => v === x.at(-1)!).length / 2) / x.length,
  },
  {
    kernel: skewness,
    naive: (x) =>
      still(x)
        ? 0
        : (x.length * powers(x, 3)) / ((x.length - 1) * (x.length - 2) * (powers(x, 2) / (x.length - 1)) ** 1.5),
    shortest: 4,
    size: one,
  },
  {
    kernel: kurtosis,
    naive: (x) => {
      const n = x.length
      const scaled = powers(x, 4) / (powers(x, 2) / (n - 1)) ** 2
      return still(x)
        ? 0
        : (n * (n + 1) * scaled) / ((n - 1) * (n - 2) * (n - 3)) - (3 * (n - 1) ** 2) / ((n - 2) * (n - 3))
    },
    shortest: 5,
    size: (x) => x.length,
  },
  {
    kernel: correlation,
    naive: (x, y) =>
      still(x) || still(y) ? 0 : products(x, y) / Math.sqrt(products(x, x)) / Math.sqrt(products(y, y)),
    shortest: 2,
    size: one,
  },
  {
    kernel: slope,
    naive: (x, y) => (still(y) ? 0 : products(x, y) / products(y, y)),
    shortest: 2,
    size: (x, y) => (still(y) ? 1 : Math.sqrt(products(x, x) / products(y, y))),
  },
  { kernel: hurst, naive: (x, _y, longest) => hurstOf(x, longest), extra: 4, shortest: 8, size: one },
  { kernel: curveSlope, naive: (x, _y, widest) => curveOf(x, widest), extra: 3, shortest: 9, size: one },
  { kernel: higuchi, naive: (x, _y, widest) => dimensionOf(x, widest), extra: 3, shortest: 9, size: one },
  { kernel: entropy, naive: (x, _y, bins) => entropyOf(x, bins), extra: 10, shortest: 3, size: one },
]

/** Levels on a grid of 1/8, so that ties are frequent and sums of few are exact; now and then a jump of a million times. */
const numbers = (length: number): Arbitrary<number[]> =>
  array(tuple(integer({ min: 800, max: 816 }), integer({ min: 0, max: 60 })), {
    minLength: length,
    maxLength: length,
  }).map((pairs) => {
    let level = 1
    return pairs.map(([value, event]) => {
      if (event === 0) level = level === 1 ? 1e6 : 1
      return (event < 30 ? 808 : value) * 0.125 * level
    })
  })

describe.each(cases.map((entry) => ({ ...entry, name: `${entry.kernel.name} ${entry.extra ?? ''}` })))(
  '$name',
  (entry) => {
    it('equals a fresh computation of every window, also after a jump of a million times and back', () => {
      const { kernel, naive, extra = 0, shortest = 1, size = (): number => 0 } = entry
      const parameters = (length: number): number[] => (entry.extra === undefined ? [length] : [length, extra])
      assert(
        property(
          numbers(140),
          numbers(140),
          integer({ min: shortest, max: 40 }),
          array(integer({ min: 1, max: 50 }), { maxLength: 5 }),
          (x, y, length, blocks) => {
            const inputs = kernel.arity === 2 ? [x, y] : [x]
            const actual = runKernel(kernel, inputs, parameters(length), blocks)
            for (let i = length - 1; i < x.length; i++) {
              const [xs, ys] = [x.slice(i - length + 1, i + 1), y.slice(i - length + 1, i + 1)]
              const expected = naive(xs, ys, extra)
              const bound = 1e-9 * Math.max(Math.abs(expected), size(xs, ys, extra))
              if (!(Math.abs(actual[i]! - expected) <= bound))
                expect.fail(`bar ${i}, length ${length}: ${actual[i]}, not ${expected}`)
            }
          },
        ),
        { numRuns: 30 },
      )
    })

    it('does not depend on how the bars are split into blocks', () => {
      const x = Array.from({ length: 150 }, (_, i) => Math.sin(i * i) * 10 + 20)
      const y = x.map((value, i) => value * Math.cos(i))
      const inputs = entry.kernel.arity === 2 ? [x, y] : [x]
      const parameters = entry.extra === undefined ? [21] : [21, entry.extra]
      const whole = runKernel(entry.kernel, inputs, parameters)
      expect(runKernel(entry.kernel, inputs, parameters, Array<number>(150).fill(1))).toEqual(whole)
      expect(runKernel(entry.kernel, inputs, parameters, [7, 31, 2, 64])).toEqual(whole)
    })
  },
)

describe('identical values', () => {
  it.each([0.1, 1e-8, 123_456.789, 1e6 / 3])(
    'of %d have exactly that mean and no variance, also after a jump',
    (value) => {
      const x = Array.from({ length: 300 }, (_, i) => (i > 40 && i < 60 ? value * 1e6 : value))
      for (const length of [2, 7, 20, 96]) {
        const from = 60 + length
        expect(new Set(runKernel(mean, [x], [length]).slice(from))).toEqual(new Set([value]))
        expect(new Set(runKernel(weightedMean, [x], [length]).slice(from))).toEqual(new Set([value]))
        expect(new Set(runKernel(sampleDeviation, [x], [length]).slice(from))).toEqual(new Set([0]))
        expect(new Set(runKernel(correlation, [x, x], [length]).slice(from))).toEqual(new Set([0]))
      }
    },
  )

  it('of zero sum to exactly zero after large ones', () => {
    const x = Array.from({ length: 200 }, (_, i) => (i < 100 ? 0.1 * i + 1e9 : 0))
    expect(new Set(runKernel(sum, [x], [30]).slice(130))).toEqual(new Set([0]))
  })
})

describe('lag', () => {
  it('gives the value some bars earlier', () => {
    const x = Array.from({ length: 50 }, (_, i) => i)
    for (const bars of [1, 2, 17])
      expect(runKernel(lag, [x], [bars], [3, 20]).slice(bars)).toEqual(x.slice(0, 50 - bars))
  })
})
