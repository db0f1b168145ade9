/** Which earlier bars teach a baseline: none whose outcome looks into the bars that are judged. */
import { rowOfTime } from '../../core/history.ts'
import type { CandleSeries } from '../../core/series.ts'
import { timeframeMs } from '../../core/timeframe.ts'
import { rowAt } from '../backtest/span.ts'
import { refuseOption, refuseRow } from '../checks.ts'
import type { RowKeys } from '../panel.ts'

/** Earlier bars of one market. */
export interface LearningBars {
  readonly series: CandleSeries
  /** Rows of the series, rising. */
  readonly bars: Int32Array
  /** The first row whose bar is judged, of any market at that time. */
  readonly end: number
}

/** Judged rows of one market. */
export interface JudgedBars {
  readonly series: CandleSeries
  /** Rows of the series, rising. */
  readonly bars: Int32Array
  /** For each of them the number of its judged row. */
  readonly rows: Int32Array
}

/** Rows [`first`, `end`), every `step`th counted from the end. */
function strided(first: number, end: number, step: number): Int32Array {
  const count = Math.max(Math.ceil((end - first) / step), 0)
  return Int32Array.from({ length: count }, (_, i) => end - 1 - (count - 1 - i) * step)
}

/**
 * Bars of all markets before the first judged one, at most `most` in all: the last of each market and every so many-th before it.
 *
 * @param warmup closed candles until the first complete row of features
 */
export function learningBarsOf(
  histories: readonly CandleSeries[],
  firstTime: number,
  warmup: number,
  most: number,
): { readonly markets: readonly LearningBars[]; readonly step: number } {
  const ends = histories.map(({ columns }) => rowAt(columns.time, firstTime))
  const first = Math.max(warmup - 1, 0)
  const available = ends.reduce((sum, end) => sum + Math.max(end - first, 0), 0)
  const step = Math.max(Math.ceil(available / most), 1)
  return {
    step,
    markets: histories.map((series, i) => ({ series, bars: strided(first, ends[i]!, step), end: ends[i]! })),
  }
}

/**
 * Finds the bars of judged rows in their markets.
 *
 * @throws `evaluate/option` for a row of a market that is not among the histories, `evaluate/row` for one of no bar
 */
export function judgedBarsOf(histories: readonly CandleSeries[], { times, symbols }: RowKeys): readonly JudgedBars[] {
  const found = new Map(histories.map((series) => [series.symbol, [] as { row: number; bar: number }[]]))
  const series = new Map(histories.map((one) => [one.symbol, one]))
  for (let row = 0; row < times.length; row++) {
    const symbol = typeof symbols === 'string' ? symbols : symbols[row]!
    const market = series.get(symbol)
    if (market === undefined)
      return refuseOption('histories', [...series.keys()].join(', '), `of all markets of the rows, ${symbol} too`)
    const bar = rowOfTime(market.columns, times[row]!, timeframeMs(market.timeframe))
    if (bar === -1) refuseRow('times', row, times[row], `a bar of ${symbol}`)
    found.get(symbol)!.push({ row, bar })
  }
  return [...found].map(([symbol, places]) => {
    places.sort((a, b) => a.bar - b.bar)
    const bars = Int32Array.from(places, ({ bar }) => bar)
    return { series: series.get(symbol)!, bars, rows: Int32Array.from(places, ({ row }) => row) }
  })
}
