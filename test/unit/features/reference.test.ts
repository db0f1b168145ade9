/** The catalogue against a second implementation: `test/reference`, written in Python from the definitions alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CandleColumns } from '../../../src/core/series.ts'
import { computeFeatures, features } from '../../../src/features/index.ts'

interface Golden {
  readonly name: string
  /** Name of the series whose closes are the benchmark's. */
  readonly benchmark: string
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

/** The same floor for several features. */
function floor(
  size: number,
  because: string,
  names: readonly string[],
): Readonly<Record<string, readonly [floor: number, because: string]>> {
  return Object.fromEntries(names.map((id) => [id, [size, because] as const]))
}

/**
 * Features that are a difference of nearly equal numbers on some bars: their error is a few roundings of the numbers
 * that cancel, which is far more than 1e-9 of what is left. Absolute.
 */
const floors: Readonly<Record<string, readonly [floor: number, because: string]>> = {
  ...floor(1e-16, 'log returns of about 0.01 cancel', ['rolling_mean_5', 'rolling_mean_20']),
  ...floor(1e-14, 'the mean of log returns cancels, over a deviation of about 0.01', ['rolling_sharpe_20']),
  ...floor(1e-14, 'two mean shadows cancel, over a mean range of their size', ['shadow_balance_20']),
  ...floor(1e-15, 'a flat price minus its mean, as a share of it', ['elder_ray_bull', 'elder_ray_bear']),
  ...floor(
    2e-15,
    'a flat price over its mean, minus 1',
    ['10_weighted', '10_hull', '10_double', '10_triple', '10_zero_lag', '20_weighted', '20_hull', '20_double']
      .concat(['20_triple', '20_zero_lag', '45_weighted'])
      .map((kind) => `average_distance_${kind}`),
  ),
  ...floor(2e-13, 'two means of a flat price cancel, in percent of the price', [
    'macd',
    'macd_signal',
    'macd_diff_change',
    'ppo',
    'ppo_12_26_9',
    'ppo_12_26_9_signal',
    'ppo_5_45_9',
    'ppo_5_45_9_histogram',
    'ppo_20_45_9',
    'ppo_20_45_9_histogram',
  ]),
  ...floor(1e-7, 'roundings of a flat price over an ATR that fades', [
    'elder_force_bull',
    'elder_force_bear',
    'keltner_10_score',
    'keltner_20_score',
    'macd_normalized',
  ]),
  ...floor(1e-13, 'RSI rests in a flat stretch', ['rsi_change_5', 'rsi_change_15']),
  ...floor(
    1e-13,
    'zeros of sine and cosine after up to 24 turns',
    ['hour', 'four_hour', 'funding', 'half_day'].flatMap((name) => [`${name}_cycle_sin`, `${name}_cycle_cos`]),
  ),
  ...floor(1e-9, 'root of 1 minus the squared correlation of a market with itself', ['idiosyncratic_96_volatility']),
}

/**
 * Where the package and the reference disagree for a reason that is known: the series left out, or all, and from which
 * bar on the others are compared.
 */
interface Dispute {
  readonly because: string
  readonly series?: readonly string[]
  readonly settled?: number
}

const disputed: Readonly<Record<string, Dispute>> = {
  chaikin_oscillator: { because: 'the package seeds the accumulation line with a flow before bar 0', settled: 170 },
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

/** The first bars of a series. */
function head(columns: CandleColumns, length: number): CandleColumns {
  const cut = (name: Exclude<keyof CandleColumns, 'length'>): Float64Array => columns[name].subarray(0, length)
  return {
    length,
    time: cut('time'),
    open: cut('open'),
    high: cut('high'),
    low: cut('low'),
    close: cut('close'),
    volume: cut('volume'),
    turnover: cut('turnover'),
  }
}

const ids = [...features.keys()].filter((id) => !unreferenced.includes(id))
const series = goldens.map((golden) => {
  const columns = columnsOf(golden)
  const other = goldens.find((candidate) => candidate.name === golden.benchmark)!
  const matrix = computeFeatures(ids, columns, { benchmark: head(columnsOf(other), columns.length) })
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

/** Where values and reference differ; `disputed` are those of which that is known. */
function compare(id: string, golden: Golden, values: Float64Array): { wrong: string[]; disputed: string[] } {
  const wrong: string[] = []
  const known: string[] = []
  const dispute = disputed[id]
  const everywhere = dispute?.series?.includes(golden.name) ?? false
  const { warmup } = features.get(id)!
  for (const [k, bar] of golden.bars.entries()) {
    const expected = golden.expected[id]?.[k] ?? null
    const actual = values[bar]!
    if (bar < warmup - 1 ? Number.isNaN(actual) : expected !== null && isNear(id, actual, expected)) continue
    const list = everywhere || bar < (dispute?.settled ?? 0) ? known : wrong
    list.push(`${golden.name}, bar ${bar}: ${actual}, not ${expected}`)
  }
  const counts = golden.counts[id]
  const apart = counts === undefined ? 0 : recounted(values.subarray(golden.countedFrom), counts)
  if (apart > 0) wrong.push(`${golden.name}: ${apart} bars apart from ${JSON.stringify(counts)}`)
  return { wrong, disputed: known }
}

describe('the reference implementation', () => {
  it('has six series', () => {
    expect(goldens.map((golden) => golden.name).toSorted()).toEqual(['cheap', 'flat', 'gaps', 'halts', 'jump', 'walk'])
  })

  it('covers every feature of the catalogue but those named as not covered', () => {
    for (const golden of goldens) expect(ids.filter((id) => golden.expected[id] === undefined)).toEqual([])
    const unknown = (id: string): boolean => goldens.every((golden) => golden.expected[id]!.every((x) => x === null))
    expect(ids.filter(unknown)).toEqual([])
    expect(unreferenced.filter((id) => !features.has(id))).toEqual([])
    expect([...Object.keys(floors), ...Object.keys(disputed)].filter((id) => !ids.includes(id))).toEqual([])
  })

  it.each(ids)('gives the values of %s', (id) => {
    const results = series.map(({ golden, column }) => compare(id, golden, column(id)))
    expect(results.flatMap(({ wrong }) => wrong)).toEqual([])
    const open = results.some((result) => result.disputed.length > 0)
    expect(open, `whether ${id} is disputed: remove it from the list where it no longer is`).toBe(id in disputed)
  })
})
