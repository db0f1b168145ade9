import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'

describe('a simulated market', () => {
  it('is the same for the same seed and another for another', () => {
    expect(new SimulatedMarket({ seed: 7 }).take(50)).toEqual(new SimulatedMarket({ seed: 7 }).take(50))
    expect(new SimulatedMarket({ seed: 8 }).take(50)).not.toEqual(new SimulatedMarket({ seed: 7 }).take(50))
  })

  it('keeps every rule of a candle series, whatever the seed and the price', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.02, max: 1e7, noNaN: true }), (seed, price) => {
        const market = new SimulatedMarket({ seed, price, timeframe: '1h', symbol: 'X' })
        const series = CandleSeries.from(market.take(300), market)
        expect(series).toMatchObject({ length: 300, symbol: 'X', timeframe: '1h' })
      }),
      { numRuns: 50 },
    )
  })

  it('moves, and neither dies nor explodes, over a hundred days', () => {
    const closes = new SimulatedMarket({ seed: 7 }).take(9600).map((candle) => candle.close)
    expect(new Set(closes).size).toBeGreaterThan(5000)
    expect(Math.min(...closes)).toBeGreaterThan(2000)
    expect(Math.max(...closes)).toBeLessThan(800_000)
  })
})
