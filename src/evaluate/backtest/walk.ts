/** Walks through the bars of several markets in the order of time, and lets an account trade what was decided on them. */
import type { Candle } from '../../core/candle.ts'
import { candleAt } from '../../core/history.ts'
import type { PaperAccount } from '../paper-account.ts'
import type { SignalCounts } from './result.ts'
import type { MarketSpan } from './span.ts'

/** What a walk has seen besides the trades, which the account keeps. */
export interface Walked {
  readonly times: Float64Array
  readonly equity: Float64Array
  readonly grossExposure: Float64Array
  readonly netExposure: Float64Array
  /** In the order of the markets. */
  readonly signals: readonly SignalCounts[]
  readonly placed: readonly number[]
}

/** Moments between two pauses. */
const momentsAtOnce = 2048

/** The bars of several markets by time: each step is one bar-open time and the markets that have a bar then. */
export function* moments(
  markets: readonly MarketSpan[],
): Generator<{ readonly time: number; readonly rows: readonly (number | undefined)[] }, void, void> {
  const next = markets.map(({ start }) => start)
  for (;;) {
    let time = Infinity
    for (const [market, { columns, end }] of markets.entries())
      if (next[market]! < end) time = Math.min(time, columns.time[next[market]!]!)
    if (time === Infinity) return
    const rows = markets.map(({ columns, end }, market) => {
      const row = next[market]!
      if (row >= end || columns.time[row] !== time) return undefined
      next[market] = row + 1
      return row
    })
    yield { time, rows }
  }
}

/** How many bar-open times the markets have together. */
export function countMoments(markets: readonly MarketSpan[]): number {
  if (markets.length === 1) return markets[0]!.end - markets[0]!.start
  const times = new Set<number>()
  for (const { columns, start, end } of markets) for (let row = start; row < end; row++) times.add(columns.time[row]!)
  return times.size
}

/** The value of what is open, by the closes known. */
function exposureOf(account: PaperAccount, closes: ReadonlyMap<string, number>): [gross: number, net: number] {
  let [gross, net] = [0, 0]
  for (const { symbol, side, quantity, entryPrice } of account.positions) {
    const value = quantity * (closes.get(symbol) ?? entryPrice)
    gross += value
    net += side === 'LONG' ? value : -value
  }
  return [gross, net]
}

/**
 * Lets the account live through the bars. At each time it first takes the bars that open then, at their close what was decided on
 * them; so it never sees what is not over. In the end everything open is closed at its last close.
 *
 * @returns a generator that pauses now and then and tells the bars done
 */
export function* walk(account: PaperAccount, markets: readonly MarketSpan[]): Generator<number, Walked, void> {
  const total = countMoments(markets)
  const [times, equity] = [new Float64Array(total), new Float64Array(total)]
  const [grossExposure, netExposure] = [new Float64Array(total), new Float64Array(total)]
  const [nextSignal, placed] = [markets.map(() => 0), markets.map(() => 0)]
  const signals = markets.map(() => ({ long: 0, short: 0 }))
  const closes = new Map<string, number>()
  let [moment, bars] = [0, 0]
  for (const { time, rows } of moments(markets)) {
    const candles: (readonly [string, Candle])[] = []
    for (const [at, { symbol, columns }] of markets.entries()) {
      const row = rows[at]
      if (row === undefined) continue
      const candle = candleAt(columns, row)
      candles.push([symbol, candle])
      closes.set(symbol, candle.close)
    }
    account.bars(candles)
    bars += candles.length
    for (const [at, market] of markets.entries()) {
      const signal = market.signals[nextSignal[at]!]
      if (signal === undefined || signal.time !== time) continue
      nextSignal[at]!++
      if (signal.side === 'LONG') signals[at]!.long++
      if (signal.side === 'SHORT') signals[at]!.short++
      if (account.order(signal) === 'waiting') placed[at]!++
    }
    if (moment === total - 1) account.closeAll()
    times[moment] = time
    equity[moment] = account.equity
    const [gross, net] = exposureOf(account, closes)
    if (equity[moment]! > 0) {
      grossExposure[moment] = gross / equity[moment]!
      netExposure[moment] = net / equity[moment]!
    }
    moment++
    if (moment % momentsAtOnce === 0) yield bars
  }
  return { times, equity, grossExposure, netExposure, signals, placed }
}
