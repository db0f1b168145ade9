import { assert, asyncProperty, integer } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candle, flatCandle } from '../../../src/core/candle.ts'
import { CandleSeries } from '../../../src/core/series.ts'
import { countWindows, FeaturePipeline, fitScaler, pastWindows, Scaler } from '../../../src/features/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'

const ids = ['returns', 'rsi', 'bb_position', 'volume_ratio', 'hour_sin']
const timeframe = '15m'
const market = (seed: number, count: number): Candle[] => new SimulatedMarket({ seed }).take(count)
const columnsOf = (candles: readonly Candle[]) => CandleSeries.from(candles, { timeframe }).columns
const rows = Float64Array.from({ length: 5 * ids.length }, (_, i) => Math.sin(i * 7))
const scaler = new Scaler(fitScaler('standard', ids, rows))
const options = { ids, scaler, window: 8, timeframe } as const

/** The windows that streaming gives, one copy for each candle that has one. */
function streamed(pipeline: FeaturePipeline, candles: readonly Candle[], symbol = 'S'): Float32Array[] {
  return candles.flatMap((candle) => pipeline.push(symbol, candle)?.slice() ?? [])
}

function failure(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('the pipeline', () => {
  const candles = market(1, 400)
  const all = streamed(new FeaturePipeline(options), candles)

  it('gives a window for every candle from its warm-up on', () => {
    const { warmup } = new FeaturePipeline(options)
    expect(all).toHaveLength(candles.length - warmup + 1)
    expect(countWindows(candles.length, options)).toBe(all.length)
    expect(all[0]).toHaveLength(8 * ids.length)
    expect(all.flatMap((window) => [...window]).every(Number.isFinite)).toBe(true)
  })

  it('goes on from primed history as if every candle had been pushed', async () => {
    for (const primed of [0, 1, 30, 399]) {
      const pipeline = new FeaturePipeline(options)
      const status = await pipeline.prime('S', columnsOf(candles.slice(0, primed)))
      expect(status).toMatchObject({ have: primed, need: pipeline.warmup, ready: primed >= pipeline.warmup })
      const rest = streamed(pipeline, candles.slice(primed))
      expect(rest).toEqual(all.slice(all.length - rest.length))
      expect(rest.length).toBe(Math.min(all.length, candles.length - primed))
    }
  })

  it('gives past windows in batches, bit for bit those of streaming', async () => {
    await assert(
      asyncProperty(integer({ min: 1, max: 400 }), integer({ min: 1, max: 70 }), async (last, batch) => {
        const expected = all.slice(-Math.min(last, all.length))
        const windows: Float32Array[] = []
        for await (const found of pastWindows(columnsOf(candles), options, { last, batch })) {
          expect(found.firstBar).toBe(candles.length - expected.length + windows.length)
          for (let k = 0; k < found.count; k++)
            windows.push(found.windows.slice(k * 8 * ids.length, (k + 1) * 8 * ids.length))
        }
        expect(windows).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('goes on from a saved state as if it had never stopped', async () => {
    await assert(
      asyncProperty(integer({ min: 0, max: 399 }), async (stop) => {
        const before = new FeaturePipeline(options)
        streamed(before, candles.slice(0, stop))
        const saved = structuredClone(before.snapshot('S'))
        const after = new FeaturePipeline(options)
        after.restore('S', saved)
        expect(after.status('S')).toEqual(before.status('S'))
        const rest = streamed(after, candles.slice(stop))
        expect(rest).toEqual(all.slice(all.length - rest.length))
      }),
      { numRuns: 25 },
    )
  })

  it('refuses the saved state of other features and keeps its own', () => {
    const pipeline = new FeaturePipeline(options)
    streamed(pipeline, candles.slice(0, 300))
    const other = new FeaturePipeline({ ...options, ids: ids.toReversed() })
    expect(failure(() => pipeline.restore('S', other.snapshot('S')))).toMatchObject({
      code: 'feature/snapshot-mismatch',
    })
    expect(streamed(pipeline, candles.slice(300))).toEqual(all.slice(-100))
  })

  it('looks at forming candles without changing anything', () => {
    const pipeline = new FeaturePipeline(options)
    const windows = candles.flatMap((candle) => {
      const wild = { ...candle, high: candle.high * 3, close: candle.high * 2 }
      const seen = pipeline.peek('S', wild)?.slice()
      const closed = pipeline.push('S', candle)?.slice()
      expect(seen === undefined).toBe(closed === undefined)
      if (seen !== undefined) expect(seen).not.toEqual(closed)
      return closed ?? []
    })
    expect(windows).toEqual(all)
  })

  it('keeps symbols apart, and forgets one when asked', () => {
    const pipeline = new FeaturePipeline(options)
    const others = market(2, 400)
    const mixed = candles.flatMap((candle, i) => {
      pipeline.push('B', others[i]!)
      return pipeline.push('A', candle)?.slice() ?? []
    })
    expect(mixed).toEqual(all)
    expect(pipeline.symbols).toEqual(['B', 'A'])
    pipeline.remove('A')
    expect(pipeline.status('A')).toMatchObject({ have: 0, ready: false, lastTime: undefined })
  })

  it('takes nothing of a wrong candle, and fills gaps only when told to', () => {
    const strict = new FeaturePipeline(options)
    streamed(strict, candles.slice(0, 200))
    expect(failure(() => strict.push('S', candles[202]!))).toMatchObject({ code: 'candle/gap' })
    expect(failure(() => strict.push('S', { ...candles[200]!, low: 0 }))).toMatchObject({ code: 'candle/invalid' })
    expect(strict.push('S', candles[199]!)).toBeUndefined()
    expect(streamed(strict, candles.slice(200))).toEqual(all.slice(-200))

    const filling = new FeaturePipeline({ ...options, gaps: 'flat' })
    streamed(filling, candles.slice(0, 200))
    const { time, close } = candles[199]!
    const flat = [1, 2].map((k) => flatCandle(time + k * 900_000, close))
    const plain = new FeaturePipeline(options)
    streamed(plain, [...candles.slice(0, 200), ...flat])
    expect(filling.push('S', candles[202]!)).toEqual(plain.push('S', candles[202]!))
  })

  it('stops priming when asked and keeps the former state', async () => {
    const pipeline = new FeaturePipeline(options)
    streamed(pipeline, candles.slice(0, 300))
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(pipeline.prime('S', columnsOf(candles), { signal: stop.signal })).rejects.toThrow('enough')
    expect(pipeline.status('S').have).toBe(300)
  })
})

describe('the pipeline with a benchmark', () => {
  const settings = { ...options, ids: ['returns', 'btc_correlation'], scaler: undefined, benchmark: true }
  const [own, other] = [market(3, 300), market(4, 300)]

  it('is refused where it was not announced', () => {
    expect(failure(() => new FeaturePipeline({ ...settings, benchmark: false }))).toMatchObject({
      code: 'feature/benchmark-required',
      details: { ids: ['btc_correlation'] },
    })
  })

  it('gives the same windows live and from history', async () => {
    const pipeline = new FeaturePipeline(settings)
    const live = own.flatMap((candle, i) => pipeline.push('S', candle, other[i])?.slice() ?? [])
    const past: number[][] = []
    for await (const { windows, count } of pastWindows(columnsOf(own), settings, {
      benchmark: columnsOf(other),
      batch: 1,
    }))
      if (count === 1) past.push([...windows])
    expect(past).toEqual(live.map((window) => [...window]))
    expect(past.length).toBeGreaterThan(100)
  })

  it('takes nothing where the benchmark is missing or of another time', () => {
    const pipeline = new FeaturePipeline(settings)
    for (const [i, candle] of own.slice(0, 200).entries()) pipeline.push('S', candle, other[i])
    expect(failure(() => pipeline.push('S', own[200]!))).toMatchObject({ code: 'candle/benchmark' })
    expect(failure(() => pipeline.push('S', own[200]!, other[199]))).toMatchObject({ code: 'candle/benchmark' })
    expect(pipeline.status('S').have).toBe(200)
    expect(pipeline.push('S', own[200]!, other[200])).toBeDefined()
  })
})
