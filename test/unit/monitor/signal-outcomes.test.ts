import { describe, expect, it } from 'vitest'
import { CandleSeries } from '../../../src/core/series.ts'
import { compareModels, evaluateModel, evaluationSetId } from '../../../src/evaluate/index.ts'
import { computeTargets } from '../../../src/features/index.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { SignalOutcomes } from '../../../src/monitor/index.ts'
import type { Signal } from '../../../src/signals/index.ts'

const barMs = 900_000
const length = 400
const first = 60

const horizons = [
  { name: '15m', bars: 1 },
  { name: '1h', bars: 4 },
  { name: '4h', bars: 16 },
  { name: '12h', bars: 48 },
]

const names = horizons.map(({ name }) => name)

const series = CandleSeries.from(new SimulatedMarket({ seed: 4, timeframe: '15m', start: 0 }).take(length), {
  symbol: 'SIM',
  timeframe: '15m',
})

/** What a model might say of a row; the same for all horizons. */
function signalAt(row: number, names: readonly string[], returns = true): Signal {
  const { time, close } = series.columns
  const rise = Math.sin(row)
  const each = <T>(value: T): Record<string, T> => Object.fromEntries(names.map((name) => [name, value]))
  return {
    id: `m|SIM|${time[row]!}`,
    symbol: 'SIM',
    timeframe: '15m',
    time: time[row]!,
    side: 'NEUTRAL',
    direction: 'NEUTRAL',
    confidence: 0.5,
    strength: 0.5,
    quality: 0.5,
    risk: {},
    entry: close[row]!,
    stopLoss: null,
    takeProfit: null,
    returns: returns ? each(rise / 100) : {},
    probabilities: each({ LONG: 0.5 + 0.2 * rise, SHORT: 0.3 - 0.2 * rise, NEUTRAL: 0.2 }),
    model: 'm_v1',
    epoch: 0,
    rejections: [],
    expiresAt: time[row]! + 2 * barMs,
    provisional: false,
  }
}

const rowsFrom = (start: number): number[] => Array.from({ length: length - start }, (_, i) => start + i)

/** All bars from a row on. */
function collected(of = horizons, start = first, returns = true, thresholds?: Record<string, number>): SignalOutcomes {
  const rows = new SignalOutcomes({ horizons: of, thresholds })
  const names = of.map(({ name }) => name)
  rows.take(
    series,
    rowsFrom(start).map((row) => signalAt(row, names, returns)),
  )
  return rows
}

const options = { timeframe: '15m', bootstrap: false } as const

describe('signals and what came of them', () => {
  it('hold what came by the rule of the training targets', () => {
    const rows = collected().rows()
    const targets = computeTargets(series.columns, { from: first })
    const column = (name: string): number[] => {
      const at = targets.names.indexOf(name)
      return Array.from({ length: targets.rows }, (_, row) => targets.values[row * targets.names.length + at]!)
    }
    expect(targets.rows).toBe(length - first - 48)
    for (const { name, actualReturns, actualClasses } of rows.horizons) {
      expect(Array.from(actualReturns!).slice(0, targets.rows), name).toEqual(column(`future_return_${name}`))
      expect(Array.from(actualClasses!).slice(0, targets.rows), name).toEqual(column(`direction_${name}`))
    }
    expect(new Set(Array.from(rows.horizons[2]!.actualClasses!)), 'all sides come').toEqual(new Set([0, 1, 2]))
  })

  it('know which bars have not closed yet', () => {
    const { horizons: judged } = evaluateModel(collected().rows(), options)
    expect(judged.map(({ n, pending }) => [n, pending])).toEqual(
      horizons.map(({ bars }) => [length - first - bars, bars]),
    )
  })

  it('hold what was said, in the order of the sides', () => {
    const [{ probabilities, predictedReturns } = {}] = collected().rows().horizons
    const rise = Math.sin(first)
    expect(Array.from(probabilities!).slice(0, 3)).toEqual([0.5 + 0.2 * rise, 0.3 - 0.2 * rise, 0.2])
    expect(predictedReturns![0]).toBe(rise / 100)
  })

  it('leave out a horizon of which nothing can be said, and tell why', () => {
    const odd = [
      { name: '1h', bars: 4 },
      { name: '2h', bars: 8 },
      { name: 'far', bars: length },
    ]
    const rows = collected(odd, first, false)
    expect(rows.rows().horizons.map(({ name }) => name)).toEqual(['1h'])
    expect(rows.unjudged).toEqual([
      { name: '2h', reason: expect.stringContaining('no threshold tells a rise of 8 bars') as string },
      { name: 'far', reason: 'none of its bars has closed' },
    ])
    const told = collected(odd, first, false, { '2h': 0.004 })
    expect(told.rows().horizons.map(({ name }) => name)).toEqual(['1h', '2h'])
    const onlyReturns = collected([{ name: '2h', bars: 8 }]).rows().horizons[0]!
    expect(onlyReturns).toMatchObject({ name: '2h' })
    expect(onlyReturns.probabilities, 'without a threshold nobody knows which side came').toBeUndefined()
  })

  it('stand beside baselines of the same bars: momentum expects what the last bars did', () => {
    const rows = collected()
    const [neutral, momentum] = rows.baselines()
    expect([neutral!.name, momentum!.name]).toEqual(['always-neutral', 'momentum'])
    const { close } = series.columns
    const past = Array.from(momentum!.rows.horizons[3]!.predictedReturns!)
    expect(past).toEqual(rowsFrom(first).map((row) => close[row]! / close[row - 48]! - 1))
    for (const { rows: baseline } of [neutral!, momentum!])
      expect(compareModels(baseline, rows.rows(), options).horizons).toHaveLength(4)
  })

  it('tell where there is too little past for momentum', () => {
    const early = collected(horizons, 30)
    expect(early.baselines().map(({ name }) => name)).toEqual(['always-neutral'])
    expect(early.uncompared).toEqual([{ name: 'momentum', reason: expect.stringContaining('too few bars') as string }])
    expect(collected().uncompared).toEqual([])
  })

  it('keep to the rows they gave, whatever comes later', () => {
    const outcomes = collected(horizons, length - 100)
    const before = outcomes.rows()
    const kept = structuredClone(before)
    outcomes.take(series, [signalAt(first, names)])
    expect(before).toEqual(kept)
    expect(outcomes.length).toBe(101)
    expect(outcomes.rows().times).toHaveLength(101)
  })

  it('name the thresholds by which sides came', () => {
    expect(collected().thresholds).toEqual({ '15m': 0.0015, '1h': 0.003, '4h': 0.007, '12h': 0.01 })
    const odd = new SignalOutcomes({
      horizons: [
        { name: '1h', bars: 4 },
        { name: '2h', bars: 8 },
      ],
      thresholds: { '1h': 0 },
    })
    expect(odd.thresholds).toEqual({ '1h': 0 })
  })

  it.each([
    ['another symbol', { symbol: 'TOM' }, 'is one of TOM'],
    ['no bar of the series', { time: 5 }, 'is of 5'],
    ['a bar after the last', { time: length * barMs }, `is of ${length * barMs}`],
  ])('refuse a signal of %s', (_, change, words) => {
    const outcomes = new SignalOutcomes({ horizons })
    const right = signalAt(first, names)
    expect(() => outcomes.take(series, [right, { ...right, ...change }])).toThrow(words)
    expect(outcomes.length).toBe(1)
  })

  it('refuse a provisional signal', () => {
    const provisional = { ...signalAt(first, names), provisional: true }
    expect(() => new SignalOutcomes({ horizons }).take(series, [provisional])).toThrow(TypeError)
  })

  it('name the same bars where a market comes as another series, and refuse one that lacks some of them', async () => {
    const judged = collected()
    const { symbol, timeframe } = series
    const part = (from: number): CandleSeries => CandleSeries.from(series.slice(from), { symbol, timeframe })
    const signals = rowsFrom(first).map((row) => signalAt(row, names))
    const outcomes = new SignalOutcomes({ horizons })
    outcomes.take(series, signals.slice(0, 100))
    outcomes.take(part(first - 48), signals.slice(100))
    expect(await outcomes.evaluationSetId()).toBe(await judged.evaluationSetId())
    const lacking = new SignalOutcomes({ horizons })
    lacking.take(series, signals.slice(0, 100))
    expect(() => lacking.take(part(first + 50), signals.slice(100))).toThrow(/lacks|with all bars/)
  })

  it('name the bars that were judged as anybody would who knows them, market by market', async () => {
    const judged = collected(horizons, first, true, { '4h': 0.01 })
    const { thresholds } = judged
    expect(await judged.evaluationSetId()).toBe(
      await evaluationSetId([series], { from: first * barMs, horizons, thresholds }),
    )
    const late = collected(horizons, first + 1, true, { '4h': 0.01 })
    expect(await late.evaluationSetId()).not.toBe(await judged.evaluationSetId())
    // Pieces in any order are the same set.
    const pieces = new SignalOutcomes({ horizons, thresholds: { '4h': 0.01 } })
    const signals = rowsFrom(first).map((row) => signalAt(row, names))
    for (const [from, to] of [
      [100, length],
      [0, 100],
    ])
      pieces.take(series, signals.slice(from, to))
    expect(await pieces.evaluationSetId()).toBe(await judged.evaluationSetId())
  })
})
