/** What every feature promises, whatever its formula. */
import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { catalogue, computeFeatures, unitFactor } from '../../../src/features/index.ts'
import { benchmarkOf, columnsOf, firstDifference, hardSeries, rescale, walk } from './candles.ts'

const ids = catalogue.map((feature) => feature.id)
const length = 1150

interface Run {
  readonly name: string
  readonly values: Float64Array
}

const run = (candles: Candle[], benchmark: Candle[]): Float64Array =>
  computeFeatures(ids, columnsOf(candles), { benchmark: columnsOf(benchmark) }).values
const runs: Run[] = Object.entries(hardSeries).map(([name, make]) => ({
  name,
  values: run(make(length), benchmarkOf(name, length)),
}))
const plain = runs[0]!.values
const scale = { price: 4, volume: 16, benchmark: 8 }
const scaled = run(rescale(walk(length), scale), benchmarkOf('a random walk', length, scale.benchmark))
const benchmark = benchmarkOf('a random walk', length)
const cut = run(walk(length).slice(0, 700), benchmark.slice(0, 700))
const column = (values: Float64Array, k: number): Float64Array =>
  Float64Array.from({ length: values.length / ids.length }, (_, row) => values[row * ids.length + k]!)

/** The logarithms of sizes in them move by a constant, which rounds. */
const rounded = new Set(ids.filter((id) => /^(hurst|fractal|higuchi)/.test(id)))

it('has no id twice', () => {
  expect(new Set(ids).size).toBe(ids.length)
})

describe.each(catalogue.map((feature, k) => ({ feature, k, id: feature.id })))('$id', ({ feature, k }) => {
  it('is silent during its warm-up and finite ever after', () => {
    for (const { name, values } of runs) {
      const series = column(values, k)
      expect(series.subarray(0, feature.warmup - 1).every(Number.isNaN), `silent on ${name}`).toBe(true)
      expect(series.subarray(feature.warmup - 1).every(Number.isFinite), `finite on ${name}`).toBe(true)
    }
  })

  // A promise that a feature does not make is not declared, instead of skipped.
  const { range } = feature
  if (range !== undefined)
    it('stays in its range', () => {
      const [low, high] = range
      for (const { name, values } of runs) {
        const series = column(values, k).subarray(feature.warmup - 1)
        expect(Math.min(...series), name).toBeGreaterThanOrEqual(low)
        expect(Math.max(...series), name).toBeLessThanOrEqual(high)
      }
    })

  if (feature.unit !== 'unscaled')
    it('scales the way its unit says', () => {
      // Powers of two multiply without rounding, so the comparison may be exact.
      const factor = unitFactor(feature.unit, scale)
      const expected = column(plain, k).map((value) => value * factor)
      if (!rounded.has(feature.id)) return expect(firstDifference(column(scaled, k), expected)).toBe(-1)
      for (const [i, value] of column(scaled, k)
        .subarray(feature.warmup - 1)
        .entries())
        expect(value).toBeCloseTo(expected[feature.warmup - 1 + i]!, 9)
    })

  it('does not look ahead', () => {
    expect(firstDifference(column(cut, k), column(plain, k).subarray(0, 700))).toBe(-1)
  })

  it('is the same alone and among all others', () => {
    const alone = computeFeatures([feature.id], columnsOf(walk(length)), {
      from: length - 60,
      benchmark: columnsOf(benchmark),
    }).values
    expect(firstDifference(alone, column(plain, k).subarray(length - 60))).toBe(-1)
  })

  it('is documented', () => {
    expect(feature.doc).toMatch(/^.{8,}\.$/)
    expect(feature.source).not.toBe('')
  })
})
