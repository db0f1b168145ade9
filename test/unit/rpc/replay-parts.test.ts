import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { maxBatch } from '../../../src/inference/session.ts'
import { ownHistory, splitBars, sumProgress } from '../../../src/rpc/replay-parts.ts'
import { historyOf } from './in-thread-workers.ts'

describe('the parts of a replay', () => {
  it('follow each other without a gap, begin where a batch begins, and are about as long', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(cases, ([total, before, lanes]) => {
        const length = before + total
        const ranges = splitBars(length, total, lanes)
        expect(ranges).toHaveLength(Math.min(lanes, Math.ceil(total / maxBatch)))
        let row = before
        for (const { end, count } of ranges) {
          expect(end - count).toBe(row)
          expect((row - before) % maxBatch).toBe(0)
          row = end
        }
        expect(row).toBe(length)
        const counts = ranges.map(({ count }) => count)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2 * maxBatch)
      }),
    )
  })

  it('are made from a history of their own, as the workers will see it', () => {
    const candles = new SimulatedMarket({ seed: 1 }).take(6)
    const { columns } = historyOf('A', candles)
    const own = ownHistory(columns, { timeframe: '15m' })
    const holed = { ...columns, length: 5, time: columns.time.filter((_, i) => i !== 3) }
    expect(ownHistory(holed, { timeframe: '15m', gaps: 'flat' }).length).toBe(6)
    expect(() => ownHistory(holed, { timeframe: '15m' })).toThrow('missing')
    columns.close[0] = 1
    expect(own.close[0]).toBe(candles[0]!.close)
  })

  it('report together, from the first moment of the whole, and never back', () => {
    const seen: number[][] = []
    const ranges = [
      { end: 50, count: 20 },
      { end: 60, count: 10 },
    ]
    const report = sumProgress(ranges, ({ loaded, total }) => seen.push([loaded, total]))
    report(0, { phase: 'inference', loaded: 10, total: 20 })
    report(1, { phase: 'inference', loaded: 5, total: 10 })
    report(0, { phase: 'inference', loaded: 3, total: 20 })
    report(1, { phase: 'features', loaded: 40, total: 60 })
    report(0, { phase: 'inference', loaded: 20, total: 20 })
    expect(seen).toEqual([
      [10, 30],
      [15, 30],
      [40, 110],
      [25, 30],
    ])
  })
})
