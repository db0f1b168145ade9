/** The catalogue against a second implementation: `test/reference`, written in Python from the definitions alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CandleColumns } from '../../../src/core/series.ts'
import { computeFeatures, features } from '../../../src/features/index.ts'

interface Golden {
  readonly name: string
  readonly start: number
  readonly step: number
  readonly candles: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>> & {
    readonly turnover?: readonly number[]
  }
  /** Bars whose values are given. */
  readonly bars: readonly number[]
  readonly expected: Readonly<Record<string, readonly (number | null)[]>>
  readonly countedFrom: number
  /** How often each value occurs from `countedFrom` on, for features that take few whole values. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const tolerance = 1e-9

/**
 * Features that are a difference of nearly equal numbers on some bars: their error is a few roundings of the numbers
 * that cancel, which is far more than 1e-9 of what is left. Absolute.
 */
const floors: Readonly<Record<string, readonly [floor: number, because: string]>> = {
  rolling_mean_5: [1e-16, 'log returns of about 0.01 cancel'],
  rolling_mean_20: [1e-16, 'log returns of about 0.01 cancel'],
  rolling_sharpe_20: [1e-14, 'the mean of log returns cancels, over a deviation of about 0.01'],
  shadow_balance_20: [1e-14, 'two mean shadows cancel, over a mean range of their size'],
  elder_ray_bull: [1e-15, 'price minus its mean, as a share of the price, in a flat stretch'],
  elder_ray_bear: [1e-15, 'price minus its mean, as a share of the price, in a flat stretch'],
  macd: [2e-13, 'two means of a flat price cancel, in percent of the price'],
  macd_signal: [2e-13, 'two means of a flat price cancel, in percent of the price'],
  ppo_12_26_9: [2e-13, 'two means of a flat price cancel, in percent of the price'],
  ppo_12_26_9_signal: [2e-13, 'two means of a flat price cancel, in percent of the price'],
}

/** Features that have no reference yet. */
const unreferenced: readonly string[] = []

const folder = new URL('../../golden/features/', import.meta.url)
const goldens = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Golden)

function columnsOf({ candles, start, step }: Golden): CandleColumns {
  const { open, high, low, close, volume } = candles
  const turnover = candles.turnover ?? close.map((price, i) => price * volume[i]!)
  return {
    length: close.length,
    time: Float64Array.from(close, (_, i) => start + i * step),
    open: Float64Array.from(open),
    high: Float64Array.from(high),
    low: Float64Array.from(low),
    close: Float64Array.from(close),
    volume: Float64Array.from(volume),
    turnover: Float64Array.from(turnover),
  }
}

const ids = [...features.keys()].filter((id) => !unreferenced.includes(id))
const series = goldens.map((golden) => {
  const matrix = computeFeatures(ids, columnsOf(golden))
  const column = (id: string): Float64Array => {
    const k = ids.indexOf(id)
    return Float64Array.from({ length: matrix.rows }, (_, row) => matrix.values[row * ids.length + k]!)
  }
  return { golden, column }
})

function isNear(id: string, actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.abs(expected) + (floors[id]?.[0] ?? 0)
}

/** How two counts differ, in bars. */
function recounted(values: Float64Array, counts: Readonly<Record<string, number>>): number {
  const seen = new Map<string, number>()
  for (const value of values) if (!Number.isNaN(value)) seen.set(`${value + 0}`, (seen.get(`${value + 0}`) ?? 0) + 1)
  const keys = new Set([...seen.keys(), ...Object.keys(counts)])
  const apart = [...keys].reduce((sum, key) => sum + Math.abs((seen.get(key) ?? 0) - (counts[key] ?? 0)), 0)
  return apart / 2
}

describe('the reference implementation', () => {
  it('has six series', () => {
    expect(goldens.map((golden) => golden.name).toSorted()).toEqual(['cheap', 'flat', 'gaps', 'halts', 'jump', 'walk'])
  })

  it('covers every feature of the catalogue but those named as not covered', () => {
    for (const golden of goldens) expect(ids.filter((id) => golden.expected[id] === undefined)).toEqual([])
    expect(unreferenced.filter((id) => !features.has(id))).toEqual([])
    expect(Object.keys(floors).filter((id) => !ids.includes(id))).toEqual([])
  })

  it.each(ids)('gives the values of %s', (id) => {
    const { warmup } = features.get(id)!
    const wrong: string[] = []
    let compared = 0
    for (const { golden, column } of series) {
      const values = column(id)
      for (const [k, bar] of golden.bars.entries()) {
        const expected = golden.expected[id]?.[k] ?? null
        const actual = values[bar]!
        if (bar < warmup - 1) expect(actual, `${id} before its warm-up`).toBeNaN()
        else if (expected === null || !isNear(id, actual, expected))
          wrong.push(`${golden.name}, bar ${bar}: ${actual}, not ${expected}`)
        else compared++
      }
      const counts = golden.counts[id]
      if (counts === undefined) continue
      const apart = recounted(values.subarray(golden.countedFrom), counts)
      if (apart > 0) wrong.push(`${golden.name}: ${apart} bars apart from ${JSON.stringify(counts)}`)
    }
    expect(wrong).toEqual([])
    expect(compared).toBeGreaterThan(0)
  })
})
