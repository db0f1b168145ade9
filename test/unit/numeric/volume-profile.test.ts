/** Volume profiles against a histogram counted anew for every window. */
import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../../src/numeric/kernel.ts'
import {
  controlDistance,
  controlShare,
  shareAbove,
  valuePlace,
  valueWidth,
} from '../../../src/numeric/volume-profile.ts'
import { runKernel } from './run-kernel.ts'

const bins = 10
const total = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0)

interface Expected {
  readonly distance: number
  readonly share: number
  readonly place: number
  readonly width: number
  readonly above: number
}

function profileOf(prices: readonly number[], volumes: readonly number[]): Expected {
  const [low, high] = [Math.min(...prices), Math.max(...prices)]
  const whole = total(volumes)
  if (high === low || whole === 0) return { distance: 0, share: 1, place: 0.5, width: 1, above: 0.5 }
  const binOf = (price: number): number => Math.min(Math.floor(((price - low) * bins) / (high - low)), bins - 1)
  const table = Array.from({ length: bins }, (_, bin) => total(volumes.filter((_v, i) => binOf(prices[i]!) === bin)))
  const control = table.indexOf(Math.max(...table))
  let [first, last] = [control, control]
  while (total(table.slice(first, last + 1)) < 0.7 * whole) {
    if ((table[last + 1] ?? -1) >= (table[first - 1] ?? -1)) last++
    else first--
  }
  const place = (prices.at(-1)! - low) / (high - low)
  const own = binOf(prices.at(-1)!)
  return {
    distance: place - (control + 0.5) / bins,
    share: table[control]! / whole,
    place: (place * bins - first) / (last - first + 1),
    width: (last - first + 1) / bins,
    above: (total(table.slice(own + 1)) + table[own]! / 2) / whole,
  }
}

const kernels: readonly [keyof Expected, Kernel][] = [
  ['distance', controlDistance],
  ['share', controlShare],
  ['place', valuePlace],
  ['width', valueWidth],
  ['above', shareAbove],
]

describe.each(kernels)('%s', (field, kernel) => {
  it('is that of a histogram of the window', () => {
    const bar = tuple(integer({ min: 5760, max: 7040 }), integer({ min: 0, max: 50 }))
    assert(
      property(array(bar, { minLength: 60, maxLength: 60 }), integer({ min: 2, max: 30 }), (bars, length) => {
        const prices = bars.map(([price]) => price / 64)
        // Prices on a grid lie on the edges of bins now and then. Whole volumes add up exactly in any order, so that ties and shares are exact.
        const volumes = bars.map(([, volume]) => (volume < 10 ? 0 : volume))
        const window = (i: number): number[] => prices.slice(Math.max(0, i - length + 1), i + 1)
        const lows = prices.map((_, i) => Math.min(...window(i)))
        const highs = prices.map((_, i) => Math.max(...window(i)))
        const actual = runKernel(kernel, [prices, volumes, prices, lows, highs], [length, bins], [7, 1])
        for (let i = length - 1; i < prices.length; i++) {
          const expected = profileOf(window(i), volumes.slice(i - length + 1, i + 1))[field]
          expect(actual[i], `bar ${i}`).toBeCloseTo(expected, 9)
        }
      }),
      { numRuns: 40 },
    )
  })
})
