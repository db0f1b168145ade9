/** The bars of each market that count, and the signals that were decided on them. */
import type { CandleColumns } from '../../core/series.ts'
import type { Timeframe } from '../../core/timeframe.ts'
import { refuseOption, refuseRow } from '../checks.ts'
import type { TradeSignal } from '../paper-trade.ts'
import type { BacktestMarket, BacktestRules } from './result.ts'

/** A market, reduced to what counts: rows [`start`, `end`) of its columns. */
export interface MarketSpan {
  readonly symbol: string
  readonly columns: CandleColumns
  readonly start: number
  readonly end: number
  /** Of these rows, oldest first. */
  readonly signals: readonly TradeSignal[]
}

/** The first row whose bar opens at `time` or later. */
export function rowAt(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}

const byName = (a: { readonly symbol: string }, b: { readonly symbol: string }): number => {
  if (a.symbol === b.symbol) return 0
  return a.symbol < b.symbol ? -1 : 1
}

/**
 * Checks that markets can be traded together.
 *
 * @throws `evaluate/option` where there are none, one is there twice, or timeframes differ
 */
export function checkMarkets(
  markets: readonly { readonly symbol: string; readonly timeframe: Timeframe }[],
): Timeframe {
  const [first] = markets
  if (first === undefined) return refuseOption('markets', 'empty', 'at least one market')
  const names = markets.map(({ symbol }) => symbol)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) refuseOption('markets', `"${twice}" twice`, 'markets of different symbols')
  const other = markets.find(({ timeframe }) => timeframe !== first.timeframe)
  if (other !== undefined)
    refuseOption(
      'markets',
      `${first.timeframe} of ${first.symbol} and ${other.timeframe} of ${other.symbol}`,
      'of one timeframe',
    )
  return first.timeframe
}

/** @throws `evaluate/option` */
export function checkWindow({ from, to }: Pick<BacktestRules, 'from' | 'to'>): void {
  for (const [name, time] of Object.entries({ from, to }))
    if (time !== undefined && !Number.isSafeInteger(time))
      refuseOption(name, time, 'whole milliseconds since the epoch')
  if (from !== undefined && to !== undefined && from >= to) refuseOption('from', from, `before "to", which is ${to}`)
}

function checkSignals({ series: { symbol, columns }, signals }: BacktestMarket): void {
  let row = 0
  for (const [at, signal] of signals.entries()) {
    const column = `signals of ${symbol}`
    if (signal.symbol !== symbol) refuseRow(column, at, `one of ${signal.symbol}`, `one of ${symbol}`)
    if (signal.provisional) refuseRow(column, at, 'provisional', 'decided on a closed bar')
    const found = rowAt(columns.time, signal.time)
    if (columns.time[found] !== signal.time) refuseRow(column, at, `of ${signal.time}`, 'of a bar of the series')
    if (found < row) refuseRow(column, at, `of ${signal.time}`, 'later than the one before')
    for (const level of ['stopLoss', 'takeProfit'] as const)
      if (signal[level] !== null && !(signal[level] > 0 && signal[level] < Infinity))
        refuseRow(column, at, `with ${level} ${signal[level]}`, 'with a price above 0 or null')
    row = found + 1
  }
}

/**
 * The part of every market that counts, by name. Markets without a bar in the window are refused, because their silence would be
 * taken for a result.
 *
 * @throws `evaluate/option`, `evaluate/row`
 */
export function spansOf(markets: readonly BacktestMarket[], rules: Pick<BacktestRules, 'from' | 'to'>): MarketSpan[] {
  checkMarkets(markets.map(({ series }) => series))
  checkWindow(rules)
  const { from = -Infinity, to = Infinity } = rules
  return markets
    .map((market): MarketSpan => {
      checkSignals(market)
      const { symbol, columns } = market.series
      const [start, end] = [rowAt(columns.time, from), rowAt(columns.time, to)]
      if (start >= end) refuseOption('from and to', `without a bar of ${symbol}`, 'a window with bars of every market')
      const signals = market.signals.filter(({ time }) => time >= from && time < to)
      return { symbol, columns, start, end, signals }
    })
    .sort(byName)
}
