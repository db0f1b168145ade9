import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import { computeFeatures, featureSource, pastWindows, windowsAt } from '../../../src/features/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'

const ids = ['returns', 'rsi_14', 'close_sma_20_ratio']
const { columns } = CandleSeries.from(new SimulatedMarket({ seed: 5, timeframe: '15m' }).take(1300), {
  timeframe: '15m',
})
const chosenBars = (from: number): fc.Arbitrary<number[]> =>
  fc
    .uniqueArray(fc.integer({ min: from, max: columns.length - 1 }), { maxLength: 20 })
    .map((bars) => bars.sort((a, b) => a - b))

async function rowsOf(bars: readonly number[], signal?: AbortSignal): Promise<number[]> {
  const values: number[] = []
  for await (const piece of featureSource(ids).rowsAt(columns, bars, signal)) values.push(...piece)
  return values
}

describe('features of chosen bars', () => {
  it('are those of the whole history, to the bit', async () => {
    const { values } = computeFeatures(ids, columns)
    await fc.assert(
      fc.asyncProperty(chosenBars(0), async (bars) => {
        const expected = bars.flatMap((bar) => [...values.subarray(bar * ids.length, (bar + 1) * ids.length)])
        expect(await rowsOf(bars)).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('are complete from the warm-up on', async () => {
    const { warmup } = featureSource(ids)
    expect((await rowsOf([warmup - 1])).some(Number.isNaN)).toBe(false)
    expect((await rowsOf([warmup - 2])).some(Number.isNaN)).toBe(true)
  })

  it.each([[[600, 3]], [[columns.length]], [[-1]], [[NaN]]])('are refused for the bars %j', async (bars) => {
    await expect(rowsOf(bars)).rejects.toThrow(/^bars\[\d\] is /)
  })

  it('are given up where the caller leaves', async () => {
    const why = new Error('gone')
    await expect(rowsOf([5], AbortSignal.abort(why))).rejects.toBe(why)
  })
})

describe('windows of chosen bars', () => {
  const pipeline = { ids, window: 8, timeframe: '15m' } as const

  it('are those of the whole history, to the bit', async () => {
    const all: number[][] = []
    let firstBar = -1
    for await (const batch of pastWindows(columns, pipeline)) {
      if (firstBar < 0) firstBar = batch.firstBar
      const size = batch.windows.length / batch.count
      for (let i = 0; i < batch.count; i++) all.push([...batch.windows.subarray(i * size, (i + 1) * size)])
    }
    await fc.assert(
      fc.asyncProperty(chosenBars(firstBar), async (bars) => {
        expect([...(await windowsAt(columns, pipeline, bars))]).toEqual(bars.flatMap((bar) => all[bar - firstBar]!))
      }),
      { numRuns: 20 },
    )
  })

  it.each([[[3]], [[600, 500]], [[1299, 1300]]])('are refused for the bars %j', async (bars) => {
    await expect(windowsAt(columns, pipeline, bars)).rejects.toThrow(/^bars\[\d\] is /)
  })

  it('are given up where the caller leaves', async () => {
    const why = new Error('gone')
    const signal = AbortSignal.abort(why)
    await expect(windowsAt(columns, pipeline, [600], { signal })).rejects.toBe(why)
  })
})
