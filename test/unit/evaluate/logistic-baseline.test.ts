import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import {
  type BaselineFeatures,
  compareModels,
  type EvaluationRows,
  evaluateModel,
  fitLogisticRegression,
  logisticBaseline,
  pastReturns,
  sideNames,
  sidesOfReturns,
} from '../../../src/evaluate/index.ts'
import { featureSource } from '../../../src/features/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { barMs, normals } from './rows.ts'

const length = 900
const first = 700
const thresholds = { '1h': 0.003, '4h': 0.007 }
const horizons = [
  { name: '1h', bars: 4 },
  { name: '4h', bars: 16 },
]

function marketOf(symbol: string, seed: number): CandleSeries {
  const candles = new SimulatedMarket({ seed, timeframe: '15m', start: 0 }).take(length)
  return CandleSeries.from(candles, { symbol, timeframe: '15m' })
}

const btc = marketOf('BTC', 2)
const eth = marketOf('ETH', 3)

/** What came of the bars from a row on, for each market; what a model said is not looked at. */
function rowsOf(markets: readonly CandleSeries[], start = first): EvaluationRows {
  const count = length - start
  const of = (bars: number, threshold: number) => {
    const returns = markets.flatMap(({ columns: { close } }) => [
      ...pastReturns(close, bars).subarray(start),
      ...new Float64Array(bars),
    ])
    const known = markets.flatMap(() => Array.from({ length: count }, (_, i) => (i < count - bars ? 1 : 0)))
    return {
      known,
      actualReturns: returns,
      predictedReturns: returns,
      actualClasses: sidesOfReturns(returns, threshold),
    }
  }
  const probabilities = new Float64Array(3 * count * markets.length).fill(1 / 3)
  return {
    times: markets.flatMap(({ columns: { time } }) => [...time.subarray(start)]),
    symbols: markets.flatMap(({ symbol }) => Array.from({ length: count }, () => symbol)),
    classes: sideNames,
    horizons: horizons.map((horizon) => ({
      ...horizon,
      ...of(horizon.bars, thresholds[horizon.name as keyof typeof thresholds]),
      probabilities,
    })),
  }
}

/** Two features that know no price, in pieces of seven bars; what was asked for is kept. */
function plainFeatures(asked: number[] = []): BaselineFeatures {
  const values = (bar: number): readonly number[] => [Math.sin(bar), 100 + 10 * Math.cos(bar / 7)]
  return {
    ids: ['a', 'b'],
    warmup: 51,
    async *rowsAt(_, bars) {
      asked.push(...bars)
      for (let at = 0; at < bars.length; at += 7)
        yield Float64Array.from([...bars.subarray(at, at + 7)].flatMap(values))
    },
  }
}

const options = { histories: [btc], features: plainFeatures(), thresholds, minBars: 100 }

describe('the baseline that learns', () => {
  it('is the regression of the last bars before, scaled by themselves, each horizon by its own outcomes', async () => {
    const { baseline, learned, everyBars, leftOut } = await logisticBaseline(rowsOf([btc]), options)
    expect({ everyBars, leftOut }).toEqual({ everyBars: 1, leftOut: [] })
    // Bars 50 to 699 have features; those whose outcome is over before bar 700 count.
    expect(learned.map(({ name, bars }) => [name, bars])).toEqual([
      ['1h', 646],
      ['4h', 634],
    ])
    const earlier = Array.from({ length: first - 50 }, (_, i) => 50 + i)
    const columns = [earlier.map((bar) => Math.sin(bar)), earlier.map((bar) => 100 + 10 * Math.cos(bar / 7))]
    const scales = columns.map((values) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      return (value: number): number => (value - mean) / Math.sqrt(square)
    })
    const scaled = (bar: number): number[] => [scales[0]!(Math.sin(bar)), scales[1]!(100 + 10 * Math.cos(bar / 7))]
    const taught = earlier.slice(0, -16)
    const returns = taught.map((bar) => btc.columns.close[bar + 16]! / btc.columns.close[bar]! - 1)
    const fit = fitLogisticRegression({
      features: taught.flatMap(scaled),
      actual: sidesOfReturns(returns, 0.007),
      classes: sideNames,
      c: 0.001,
      tolerance: 1e-9,
    })
    const judged = Array.from({ length: length - first }, (_, i) => first + i)
    const expected = fit.predict({ rows: judged.length, features: judged.flatMap(scaled) }).probabilities
    const said = Array.from(baseline!.rows.horizons[1]!.probabilities!)
    expect(said).toHaveLength(expected.length)
    for (const [i, value] of said.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(0.002)
  })

  it('learns nothing of the judged bars, whatever they do', async () => {
    const { baseline } = await logisticBaseline(rowsOf([btc]), options)
    const crashed = CandleSeries.from(
      btc.slice().map((candle, row) => {
        if (row < first) return candle
        const { open, high, low, close, volume, time } = candle
        return { time, open: open / 2, high: high / 2, low: low / 3, close: close / 2, volume, turnover: 1 }
      }),
      { symbol: 'BTC', timeframe: '15m' },
    )
    const after = await logisticBaseline(rowsOf([btc]), { ...options, histories: [crashed] })
    expect(after.baseline!.rows.horizons.map(({ probabilities }) => probabilities)).toEqual(
      baseline!.rows.horizons.map(({ probabilities }) => probabilities),
    )
  })

  it('finds what the features tell', async () => {
    const normal = normals(1)
    const noise = Array.from({ length }, () => 0.001 * normal())
    const knowing: BaselineFeatures = {
      ids: ['hint'],
      warmup: 1,
      async *rowsAt({ close }, bars) {
        yield Float64Array.from(bars, (bar) => close[Math.min(bar + 16, length - 1)]! / close[bar]! - 1 + noise[bar]!)
      },
    }
    const { baseline } = await logisticBaseline(rowsOf([btc]), { ...options, features: knowing, c: 1 })
    const report = evaluateModel(baseline!.rows, { timeframe: '15m', bootstrap: false })
    expect(report.horizons[1]!.metrics['hitRate']).toBeGreaterThan(0.9)
  })

  it('takes every so many-th bar where there are many, the last ones of all markets among them', async () => {
    const asked: number[] = []
    const rows = rowsOf([btc, eth])
    const features = plainFeatures(asked)
    const { everyBars, learned } = await logisticBaseline(rows, {
      ...options,
      histories: [btc, eth],
      features,
      maxBars: 400,
    })
    expect(everyBars).toBe(Math.ceil((2 * 650) / 400))
    const taught = asked.filter((bar) => bar < first)
    expect(taught.length).toBeLessThanOrEqual(400)
    expect(taught.filter((bar) => bar === first - 1)).toHaveLength(2)
    expect(learned[0]!.bars).toBe(taught.filter((bar) => bar + 4 < first).length)
  })

  it('speaks of each row where it stands, in whatever order they are', async () => {
    const rows = rowsOf([btc, eth])
    const all = { ...options, histories: [eth, btc] }
    const { baseline } = await logisticBaseline(rows, all)
    const turn = <T>(values: ArrayLike<T>): T[] => Array.from(values).toReversed()
    const turned = {
      ...rows,
      times: turn(rows.times),
      symbols: turn(rows.symbols),
      horizons: rows.horizons.map((horizon) => ({
        ...horizon,
        known: turn(horizon.known!),
        actualClasses: turn(horizon.actualClasses!),
      })),
    }
    const { baseline: of } = await logisticBaseline(turned, all)
    const triples = (values: ArrayLike<number>): number[][] =>
      Array.from({ length: values.length / 3 }, (_, i) => Array.from(values).slice(3 * i, 3 * i + 3))
    const [said, saidTurned] = [baseline!, of!].map(
      ({
        rows: {
          horizons: [one],
        },
      }) => triples(one!.probabilities!),
    )
    expect(saidTurned).toEqual(said!.toReversed())
  })

  it('stands beside the model, without figures of returns', async () => {
    const rows = rowsOf([btc])
    const { baseline } = await logisticBaseline(rows, options)
    const { horizons: compared } = compareModels(baseline!.rows, rows, { timeframe: '15m', bootstrap: false })
    expect(compared.map(({ name }) => name)).toEqual(['1h', '4h'])
    expect(compared[0]!.difference['brier']).toEqual(expect.any(Number))
    expect(compared[0]!.difference).not.toHaveProperty('rankIc')
  })

  it('reads the features of this package', async () => {
    const features = featureSource(['returns', 'rsi_14'])
    const { baseline } = await logisticBaseline(rowsOf([btc]), { ...options, features })
    const { horizons: judged } = evaluateModel(baseline!.rows, { timeframe: '15m', bootstrap: false })
    expect(judged.map(({ n }) => n)).toEqual([196, 184])
  })

  it('is left out where too few bars come before, or nobody knows which side came', async () => {
    const early = await logisticBaseline(rowsOf([btc], 160), options)
    expect(early).toMatchObject({ baseline: { rows: { horizons: [{ name: '1h' }] } } })
    expect(early.leftOut).toEqual([
      { name: 'logistic-regression of 4h', reason: expect.stringContaining('94 bars before') as string },
    ])
    const none = await logisticBaseline(rowsOf([btc]), { ...options, thresholds: {} })
    expect(none).toMatchObject({ baseline: undefined, leftOut: [{}, {}] })
    const byDefault = await logisticBaseline(rowsOf([btc]), { ...options, minBars: undefined })
    expect(byDefault.leftOut[0]!.reason).toContain('646 bars before the judged ones can teach it, and it takes 1000')
  })

  it('is given up where the caller leaves', async () => {
    const leaving = new AbortController()
    const why = new Error('gone')
    const learning = logisticBaseline(rowsOf([btc]), {
      ...options,
      signal: leaving.signal,
      // Without an abort this would go on until it is at rest.
      onProgress: () => leaving.abort(why),
      features: featureSource(['returns', 'rsi_14']),
    })
    await expect(learning).rejects.toBe(why)
  })

  it.each([
    ['a market that is missing', { histories: [eth] }, 'evaluate/option'],
    ['no market', { histories: [] }, 'evaluate/option'],
    ['no bars', { maxBars: 0 }, 'evaluate/option'],
    [
      'features that are not there',
      {
        features: {
          ...plainFeatures(),
          async *rowsAt() {
            yield new Float64Array(2)
          },
        },
      },
      'evaluate/option',
    ],
    [
      'features that are no numbers',
      {
        features: {
          ...plainFeatures(),
          async *rowsAt(_: unknown, bars: Int32Array) {
            yield new Float64Array(2 * bars.length).fill(NaN)
          },
        },
      },
      'evaluate/row',
    ],
  ])('refuses %s', async (_, change, code) => {
    await expect(logisticBaseline(rowsOf([btc]), { ...options, ...change })).rejects.toMatchObject({ code })
  })

  it('refuses rows of other bars, and other classes', async () => {
    const rows = rowsOf([btc])
    const off = { ...rows, times: Array.from(rows.times, (time) => time + barMs / 3) }
    await expect(logisticBaseline(off, options)).rejects.toMatchObject({ code: 'evaluate/row' })
    const turned = { ...rows, classes: ['SHORT', 'LONG', 'NEUTRAL'] }
    await expect(logisticBaseline(turned, options)).rejects.toMatchObject({ code: 'evaluate/option' })
  })
})
