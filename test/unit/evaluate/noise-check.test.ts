import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import { type AskModel, noiseCheck, type NoiseCheckOptions, spreadBars } from '../../../src/evaluate/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { normals } from './rows.ts'

const count = 200
const features = 3
const rows = 4
const size = rows * features
const normal = normals(7)

/** The second feature is ten times as wide as the first; the third never moves. */
const windows = Float32Array.from({ length: count * size }, (_, i) => [normal(), 5 + 10 * normal(), 2][i % features]!)

/** Answers with the last row, and with sides by a feature of it. */
const lastRow =
  (feature: number): AskModel =>
  async (asked, some) => {
    const outputs: number[] = []
    const sides: number[] = []
    for (let window = 0; window < some; window++) {
      const last = asked.subarray((window + 1) * size - features, (window + 1) * size)
      outputs.push(...last)
      sides.push(...(last[feature]! > 0 ? [0.6, 0.3, 0.1] : [0.3, 0.6, 0.1]))
    }
    return { outputs, probabilities: { '1h': sides } }
  }

const options: NoiseCheckOptions = { windows, count, features, ask: lastRow(0), share: 0.1 }

describe('a check with noise', () => {
  it('moves every feature by its share of the deviation', async () => {
    const report = await noiseCheck(options)
    expect(report).toMatchObject({ share: 0.1, seed: 1, n: count })
    const alone =
      (feature: number): AskModel =>
      async (asked, some) => {
        const { probabilities } = await lastRow(0)(asked, some)
        const outputs = Array.from({ length: some }, (_, i) => asked[(i + 1) * size - features + feature]!)
        return { outputs, probabilities }
      }
    const [first, second, still] = await Promise.all(
      [0, 1, 2].map(async (feature) => (await noiseCheck({ ...options, ask: alone(feature) })).outputs),
    )
    // 200 draws of a deviation: within a fifth of it.
    expect(Math.abs(first!.rootMeanSquare! / 0.1 - 1)).toBeLessThan(0.2)
    expect(Math.abs(second!.rootMeanSquare! / 1 - 1)).toBeLessThan(0.2)
    expect(still).toMatchObject({ rootMeanSquare: 0, relative: null })
  })

  it('counts the windows whose side changes, horizon by horizon', async () => {
    const { horizons } = await noiseCheck(options)
    expect(horizons.map(({ name, n }) => [name, n])).toEqual([['1h', count]])
    expect(horizons[0]!.flips).toBeGreaterThan(0)
    // A tenth of a deviation seldom reaches over 0.
    expect(horizons[0]!.flips).toBeLessThan(0.1)
    const deaf = await noiseCheck({ ...options, ask: lastRow(2) })
    expect(deaf.horizons[0]!.flips).toBe(0)
  })

  it('finds less where there is less noise', async () => {
    const [little, much] = await Promise.all([0.01, 0.5].map((share) => noiseCheck({ ...options, share })))
    expect(little!.horizons[0]!.flips).toBeLessThan(much!.horizons[0]!.flips!)
    expect(little!.outputs.meanAbsolute).toBeLessThan(much!.outputs.meanAbsolute!)
  })

  it('says the same for the same seed, and something else for another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(100), async (some, seed) => {
        const asked = { ...options, windows: windows.subarray(0, some * size), count: some, seed }
        const report = await noiseCheck(asked)
        expect(await noiseCheck(asked)).toEqual(report)
        expect(JSON.parse(JSON.stringify(report))).toEqual(report)
        if (some > 1) expect((await noiseCheck({ ...asked, seed: seed + 1 })).outputs).not.toEqual(report.outputs)
      }),
      { numRuns: 20 },
    )
  })

  it('leaves the windows as they are, and asks for each one twice', async () => {
    const before = windows.slice()
    let asked = 0
    const counting: AskModel = (some, n) => {
      asked += n
      return lastRow(0)(some, n)
    }
    const shares: number[] = []
    await noiseCheck({ ...options, ask: counting, onProgress: (share) => shares.push(share) })
    expect(asked).toBe(2 * count)
    expect(windows).toEqual(before)
    expect(shares.at(-1)).toBe(1)
  })

  it('is given up where the caller leaves', async () => {
    const leaving = new AbortController()
    const why = new Error('gone')
    let asked = 0
    const ask: AskModel = (some, n) => {
      asked++
      leaving.abort(why)
      return lastRow(0)(some, n)
    }
    await expect(noiseCheck({ ...options, ask, signal: leaving.signal })).rejects.toBe(why)
    expect(asked).toBe(1)
  })

  it('is given up also while the model gives no answer', async () => {
    const leaving = new AbortController()
    const why = new Error('gone')
    const checking = noiseCheck({ ...options, ask: () => new Promise(() => undefined), signal: leaving.signal })
    setTimeout(() => leaving.abort(why), 5)
    await expect(checking).rejects.toBe(why)
  })

  it.each([
    ['windows of half a row', { features: 5 }],
    ['no windows', { count: 0 }],
    ['no noise', { share: 0 }],
    ['a seed that is none', { seed: -1 }],
  ])('refuses %s', async (_, change) => {
    await expect(noiseCheck({ ...options, ...change })).rejects.toMatchObject({ code: 'evaluate/option' })
  })

  it('refuses answers that are no numbers', async () => {
    const broken: AskModel = async (_, some) => ({ outputs: new Float32Array(some).fill(NaN), probabilities: {} })
    await expect(noiseCheck({ ...options, ask: broken })).rejects.toMatchObject({ code: 'evaluate/row' })
  })
})

describe('bars spread over rows', () => {
  const markets = ['BTC', 'ETH'].map((symbol, seed) =>
    CandleSeries.from(new SimulatedMarket({ seed, timeframe: '15m', start: 0 }).take(300), {
      symbol,
      timeframe: '15m',
    }),
  )
  const judged = {
    times: markets.flatMap(({ columns: { time } }) => [...time.subarray(100)]),
    symbols: markets.flatMap(({ symbol }) => Array.from({ length: 200 }, () => symbol)),
  }

  it('are as many as asked for, evenly, and all where there are fewer', () => {
    const few = spreadBars(markets, judged, 8)
    expect(few.map(({ series: { symbol }, bars }) => [symbol, [...bars]])).toEqual([
      ['BTC', [125, 175, 225, 275]],
      ['ETH', [125, 175, 225, 275]],
    ])
    const all = spreadBars(markets, judged, 1000)
    expect(all.map(({ bars }) => [bars.length, bars[0], bars.at(-1)])).toEqual([
      [200, 100, 299],
      [200, 100, 299],
    ])
  })
})
