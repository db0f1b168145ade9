/** The default set keeps what it promises: one test for each of its criteria. */
import { assert, double, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeFeatures, featureSets, FeatureStream, findFeature, unified240 } from '../../../src/features/index.ts'
import { columnsOf, firstDifference, hardSeries, rescale, walk } from './candles.ts'
import { columnOf, hasRealCandles, realColumns } from './real-candles.ts'

const width = unified240.length
const chosen = unified240.map(findFeature)
const bars = 700
const candles = walk(bars, 11)
const plain = computeFeatures(unified240, columnsOf(candles)).values
const settled = (values: Float64Array, k: number): Float64Array =>
  columnOf(values, width, k).subarray(chosen[k]!.warmup - 1)
const deviation = (x: Float64Array): number => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  return Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length)
}
const spreads = chosen.map((_feature, k) => deviation(settled(plain, k)))

/** Ids whose values after scaling are further from the plain ones than a share of value or spread. */
function moved(scale: { price: number; volume: number }, tolerance: number): string[] {
  const { values } = computeFeatures(unified240, columnsOf(rescale(candles, scale)))
  return unified240.filter((_id, k) => {
    const scaled = settled(values, k)
    return settled(plain, k).some(
      (value, i) => !(Math.abs(scaled[i]! - value) <= tolerance * Math.max(Math.abs(value), spreads[k]!)),
    )
  })
}

describe('unified-240', () => {
  it('is 240 different formulas of the families it covers', () => {
    expect(width).toBe(240)
    expect(new Set(unified240).size).toBe(240)
    expect(new Set(chosen.map((feature) => feature.formula.text)).size).toBe(240)
    expect(new Set(chosen.map((feature) => feature.family)).size).toBeGreaterThanOrEqual(9)
    expect(featureSets['unified-240']).toBe(unified240)
  })

  it('does not look ahead', () => {
    for (const length of [391, 480, 655]) {
      const cut = computeFeatures(unified240, columnsOf(candles.slice(0, length))).values
      expect(firstDifference(cut, plain.subarray(0, cut.length)), `${length} bars`).toBe(-1)
    }
  })

  it('is free of the levels of price and volume', () => {
    expect(chosen.filter((feature) => !feature.scaleFree)).toEqual([])
    // Powers of two multiply without rounding; logarithms of sizes move by a constant, which rounds.
    const exact = moved({ price: 4, volume: 16 }, 0)
    expect(exact.filter((id) => !/^(hurst|higuchi)/.test(id))).toEqual([])
    expect(moved({ price: 3.7, volume: 0.013 }, 1e-9)).toEqual([])
    const factor = double({ min: -6, max: 6, noNaN: true }).map((power) => 10 ** power)
    assert(
      property(factor, factor, (price, volume) => {
        expect(moved({ price, volume }, 1e-9)).toEqual([])
      }),
      { numRuns: 5 },
    )
  })

  it('is warm within 480 bars', () => {
    expect(new FeatureStream(unified240).warmup).toBe(384)
  })

  it('needs the bars of one market, without turnover', () => {
    expect(chosen.filter((feature) => feature.formula.text.includes('turnover'))).toEqual([])
    expect(chosen.filter((feature) => feature.requires !== undefined)).toEqual([])
  })

  it('keeps less than 512 kB of state', () => {
    expect(new FeatureStream(unified240).stateBytes).toBeLessThan(512 * 1024)
  })

  it('stays small through a halt of two weeks, in which ranges fade and roundings do not', () => {
    const still = { ...candles[500]!, volume: 0, turnover: 0 }
    const halted = walk(2000, 11).map((candle, i) => {
      if (i <= 500 || i > 1844) return candle
      const { close } = still
      return { ...still, time: candle.time, open: close, high: close, low: close }
    })
    const { values } = computeFeatures(unified240, columnsOf(halted), { from: 480 })
    const large = unified240.filter((_id, k) => columnOf(values, width, k).some((value) => Math.abs(value) > 1500))
    expect(large).toEqual([])
  })

  it('is finite as float32 on every hard series', () => {
    for (const [name, make] of Object.entries(hardSeries)) {
      const { values } = computeFeatures(unified240, columnsOf(make(bars)), { from: 383 })
      expect(
        unified240.filter(
          (_id, k) => !columnOf(values, width, k).every((value) => Number.isFinite(Math.fround(value))),
        ),
        name,
      ).toEqual([])
    }
  })
})

describe.skipIf(!hasRealCandles)('unified-240 on real bars (needs ../shared)', () => {
  describe.each(['BTCUSDT', 'ETHUSDT'])('%s', (symbol) => {
    const from = 480
    const columns = hasRealCandles ? realColumns(symbol) : columnsOf(candles)
    const { values, rows } = computeFeatures(unified240, columns, { from })
    const series = unified240.map((_id, k) => columnOf(values, width, k))

    it('moves in every feature, without outliers that swallow a scale', () => {
      const far: [string, number][] = []
      for (const [k, x] of series.entries()) {
        expect(deviation(x), unified240[k]).toBeGreaterThan(0)
        const sorted = x.toSorted()
        const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * rows)]!)
        const reach = Math.max(sorted[rows - 1]! - middle!, middle! - sorted[0]!)
        // Rare flags have no inner quartiles: they are measured against 1.
        far.push([unified240[k]!, reach / (high! - low! || 1)])
      }
      const [worst] = far.toSorted((a, b) => b[1] - a[1])
      console.info(`${symbol}: largest distance from the median ${worst![1].toFixed(1)} quartile ranges (${worst![0]})`)
      expect(worst![1]).toBeLessThan(40)
    })

    it('has no feature that says what another says', () => {
      const stride = 3
      const directions = series.map((x) => {
        const column = Float64Array.from({ length: Math.floor(rows / stride) }, (_, i) => x[i * stride]!)
        const mean = column.reduce((a, b) => a + b, 0) / column.length
        const size = deviation(column) * Math.sqrt(column.length)
        return column.map((value) => (value - mean) / size)
      })
      let largest = { pair: '', correlation: 0 }
      for (const [a, left] of directions.entries())
        for (let b = 0; b < a; b++) {
          const right = directions[b]!
          let correlation = 0
          for (let i = 0; i < left.length; i++) correlation += left[i]! * right[i]!
          if (Math.abs(correlation) > Math.abs(largest.correlation))
            largest = { pair: `${unified240[b]} and ${unified240[a]}`, correlation }
        }
      console.info(`${symbol}: largest correlation ${largest.correlation.toFixed(5)} (${largest.pair})`)
      expect(Math.abs(largest.correlation)).toBeLessThanOrEqual(0.999)
    })

    it('has forgotten after 480 bars what came before them', () => {
      for (const at of [5000, 20_000, 40_000]) {
        const stream = new FeatureStream(unified240)
        const row = new Float64Array(width)
        stream.advance(columns, at - from + 1, at)
        stream.advance(columns, at, at + 1, row)
        const wrong = unified240.filter(
          (_id, k) => !(Math.abs(row[k]! - series[k]![at - from]!) <= 1e-6 * deviation(series[k]!)),
        )
        expect(wrong, `bar ${at}`).toEqual([])
      }
    })
  })
})
