import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CandleColumns } from '../../../src/core/series.ts'
import {
  catalogue,
  computeTargets,
  features,
  findFeature,
  targetHorizon,
  targetNames,
} from '../../../src/features/index.ts'
import { columnsOf, walk } from './candles.ts'

/** The target of a name on a bar, bar by bar as its definition reads. */
function naive(name: string, { close, high, low }: CandleColumns, bar: number): number {
  const bars: Readonly<Record<string, number>> = { '15m': 1, '1h': 4, '4h': 16, '12h': 48 }
  const [horizon] = name.split('_').slice(-1)
  const n = bars[horizon!]!
  const price = close[bar]!
  const change = close[bar + n]! / price - 1
  const rally = Math.max(...high.slice(bar + 1, bar + n + 1)) / price - 1
  const drawdown = 1 - Math.min(...low.slice(bar + 1, bar + n + 1)) / price
  const level = Number(/(\d)pct/.exec(name)?.[1]) / 100
  if (name.startsWith('future_return')) return change
  if (name.startsWith('max_drawdown')) return drawdown
  if (name.startsWith('max_rally')) return rally
  if (name.startsWith('long_will_reach')) return Number(rally >= level)
  if (name.startsWith('short_will_reach')) return Number(drawdown >= level)
  const threshold = { '15m': 0.0015, '1h': 0.003, '4h': 0.007, '12h': 0.01 }[horizon!]!
  if (change > threshold) return 0
  return change <= -threshold ? 1 : 2
}

/** Closes as given; each bar spans its close by a share. */
const seriesOf = (closes: readonly number[], wick = 0): CandleColumns =>
  columnsOf(
    closes.map((close, i) => ({
      time: i * 900_000,
      open: close,
      high: close * (1 + wick),
      low: close * (1 - wick),
      close,
      volume: 1,
    })),
  )

const rowOf = (columns: CandleColumns, bar = 0): Record<string, number> => {
  const { values } = computeTargets(columns)
  return Object.fromEntries(targetNames.map((name, k) => [name, values[bar * targetNames.length + k]!]))
}

describe('targets', () => {
  it('come in the order of the model output', () => {
    expect(targetNames).toEqual([
      'future_return_15m',
      'future_return_1h',
      'future_return_4h',
      'future_return_12h',
      'direction_15m',
      'direction_1h',
      'direction_4h',
      'direction_12h',
      'long_will_reach_1pct_4h',
      'long_will_reach_2pct_4h',
      'long_will_reach_3pct_12h',
      'long_will_reach_5pct_12h',
      'short_will_reach_1pct_4h',
      'short_will_reach_2pct_4h',
      'short_will_reach_3pct_12h',
      'short_will_reach_5pct_12h',
      'max_drawdown_1h',
      'max_rally_1h',
      'max_drawdown_4h',
      'max_rally_4h',
    ])
  })

  it('equal their definitions on any series and any part of it', () => {
    const candles = fc.record({
      seed: fc.integer({ min: 1, max: 1e9 }),
      length: fc.integer({ min: 0, max: 140 }),
      cut: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    })
    fc.assert(
      fc.property(candles, ({ seed, length, cut }) => {
        const columns = columnsOf(walk(length, seed))
        const complete = Math.max(length - 48, 0)
        const [from, to] = cut.map((share) => Math.floor(share * complete)).sort((a, b) => a - b) as [number, number]
        const matrix = computeTargets(columns, { from, to })
        expect(matrix.rows).toBe(to - from)
        expect(matrix.values).toHaveLength(matrix.rows * 20)
        for (let row = 0; row < matrix.rows; row++)
          for (const [k, name] of matrix.names.entries())
            expect(matrix.values[row * 20 + k], `${name}, bar ${from + row}`).toBe(naive(name, columns, from + row))
      }),
    )
  })

  it('leave out the bars that 48 others do not follow', () => {
    const columns = columnsOf(walk(100))
    expect(targetHorizon).toBe(48)
    expect(computeTargets(columns).rows).toBe(52)
    expect(computeTargets(columnsOf(walk(48))).rows).toBe(0)
    expect(() => computeTargets(columns, { to: 53 })).toThrow('Rows 0 to 53 are not within the 52 rows')
    expect(() => computeTargets(columns, { from: -1 })).toThrow(TypeError)
    expect(() => computeTargets(columns, { from: 2, to: 1 })).toThrow(TypeError)
  })

  it('count a rise above the threshold as LONG, and a fall to it as SHORT', () => {
    const after = (share: number): number => rowOf(seriesOf([1, ...Array<number>(48).fill(1 + share)])).direction_15m!
    expect([after(0.0016), after(0.0014), after(-0.0014), after(-0.0016)]).toEqual([0, 2, 2, 1])
    expect(rowOf(seriesOf(Array<number>(49).fill(7)))).toMatchObject({ direction_12h: 2, future_return_12h: 0 })
  })

  it('measure falls as a share of the close, not of the low', () => {
    const half = rowOf(seriesOf([100, 50, ...Array<number>(47).fill(100)]))
    expect(half).toMatchObject({ max_drawdown_1h: 0.5, max_rally_1h: 0, short_will_reach_5pct_12h: 1 })
    // A fall of 0.995 % is 1 % of the low, and not 1 % of the close.
    const near = rowOf(seriesOf([100, 99.005, ...Array<number>(47).fill(100)]))
    expect(near).toMatchObject({ short_will_reach_1pct_4h: 0 })
  })

  it('read the wicks of the bars that follow and not those of the bar itself', () => {
    const columns = seriesOf(Array<number>(49).fill(100))
    columns.high[0] = 200
    columns.low[0] = 1
    columns.high[48] = 104
    columns.low[16] = 98
    expect(rowOf(columns)).toMatchObject({
      max_rally_4h: 0,
      long_will_reach_3pct_12h: 1,
      long_will_reach_5pct_12h: 0,
      short_will_reach_2pct_4h: 1,
      max_drawdown_1h: 0,
    })
    expect(rowOf(columns).max_drawdown_4h).toBeCloseTo(0.02, 12)
  })

  it('are below zero where the price never comes back', () => {
    const risen = rowOf(seriesOf([100, ...Array<number>(48).fill(125)]))
    expect(risen).toMatchObject({ max_drawdown_4h: -0.25, max_rally_4h: 0.25 })
  })

  it('can never be asked for as features', () => {
    const ids = new Set(catalogue.map(({ id }) => id))
    for (const name of [...targetNames, 'time', 'symbol']) {
      expect(ids.has(name) || features.has(name), name).toBe(false)
      expect(() => findFeature(name), name).toThrow(expect.objectContaining({ code: 'feature/unknown' }))
    }
  })
})

const file = new URL('../../../../shared/golden/features.json', import.meta.url)

interface Golden {
  readonly bars: Readonly<Record<'t' | 'o' | 'h' | 'l' | 'c' | 'v' | 'q', readonly number[]>>
  readonly expectedTargets: Readonly<Record<string, Readonly<Record<string, number | string>>>>
}

/** The reference divides by the low where we divide by the close. */
const corrected = /^(short_will_reach|max_drawdown)/
const classOf: Readonly<Record<string, number>> = { UP: 0, DOWN: 1, FLAT: 2 }

describe.skipIf(!existsSync(file))('targets of the reference (needs ../shared)', () => {
  const { bars, expectedTargets } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Golden)
    : { bars: undefined, expectedTargets: {} }
  const columns = seriesOf(bars?.c ?? [])
  columns.high.set(bars?.h ?? [])
  columns.low.set(bars?.l ?? [])
  const complete = Object.entries(expectedTargets).filter(([bar]) => Number(bar) < columns.length - targetHorizon)

  it.each(complete)('agree on bar %s', (bar, expected) => {
    const actual = rowOf(columns, Number(bar))
    expect(Object.keys(expected).sort()).toEqual([...targetNames].sort())
    for (const [name, value] of Object.entries(expected)) {
      const number = typeof value === 'string' ? classOf[value]! : value
      if (!corrected.test(name)) expect(actual[name], name).toBeCloseTo(number, 14)
      // c / low - 1 = f makes 1 - low / c = f / (1 + f).
      else if (name.startsWith('max')) expect(actual[name], name).toBeCloseTo(number / (1 + number), 14)
    }
  })
})
