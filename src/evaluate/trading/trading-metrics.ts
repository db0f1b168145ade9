/** What trading was worth, from the equity curve and the trades. */
import { type Timeframe, timeframeMs } from '../../core/timeframe.ts'
import { checkLength, finiteColumn, refuseOption, refuseRow } from '../checks.ts'
import { type Drawdown, drawdownOf } from './drawdown.ts'
import { sharpeRatio, sortinoRatio } from './ratios.ts'
import { type MeasuredTrade, type TradeMetrics, tradeMetrics } from './trade-metrics.ts'

/** A year of markets that never close: 365 days. */
const yearMs = 365 * 86_400_000

/** The account's worth at the close of each bar. */
export interface EquityCurve {
  /** Bar-open times in ms, rising. */
  readonly times: ArrayLike<number>
  /** Quote currency; the first above 0. */
  readonly equity: ArrayLike<number>
}

/** How trading is measured. */
export interface TradingOptions {
  /** Length of the bars of the curve. */
  readonly timeframe: Timeframe
  /** What a year of no risk earns, as a fraction. Default 0. */
  readonly riskFreePerYear?: number | undefined
}

/** What trading was worth. Shares are fractions; what is undefined is `null`. */
export interface TradingMetrics extends TradeMetrics {
  /** Points of the curve. */
  readonly n: number
  readonly periodsPerYear: number
  readonly riskFreePerYear: number
  /** Bars that are missing between the points of the curve: the return over a gap counts as that of one bar. */
  readonly missingBars: number
  /** Last / first equity - 1. */
  readonly totalReturn: number
  /** Growth of a year at this pace, by the time that passed; `null` where no time did, the account fell below 0, or it is beyond all numbers. */
  readonly cagr: number | null
  /** Annualised; `null` where the returns never change, or the account was at 0 or below before the end. */
  readonly sharpe: number | null
  /** Annualised; `null` where no return lies below the risk-free one, or the account was at 0 or below before the end. */
  readonly sortino: number | null
  readonly drawdown: Drawdown
  /** Value of all fills of finished trades, entries and exits, by mean equity; `null` where the mean is not above 0. */
  readonly turnover: number | null
  /** The same for a year. */
  readonly turnoverPerYear: number | null
  /** Share of the bars of the curve in which a finished trade was open at any moment, however many were. */
  readonly exposure: number
}

/**
 * Bars in a year of 365 days around the clock.
 *
 * @example
 * ```ts
 * periodsPerYear('15m') // 35040
 * ```
 */
export function periodsPerYear(timeframe: Timeframe): number {
  return yearMs / timeframeMs(timeframe)
}

function checkCurve(curve: EquityCurve, stepMs: number): [times: Float64Array, equity: Float64Array] {
  const [times, equity] = [finiteColumn('times', curve.times), finiteColumn('equity', curve.equity)]
  checkLength('equity', equity, times.length, 'times')
  if (equity.length === 0) refuseOption('equity', 'empty', 'a curve of at least one point')
  if (!(equity[0]! > 0)) refuseRow('equity', 0, equity[0], 'above 0')
  for (let i = 1; i < times.length; i++)
    if (!(times[i]! - times[i - 1]! >= stepMs))
      refuseRow('times', i, times[i], `at least one bar (${stepMs} ms) after ${times[i - 1]}`)
  return [times, equity]
}

/** Returns from point to point; `undefined` where the account was at 0 or below before the end. */
function returnsOf(equity: Float64Array): Float64Array | undefined {
  const returns = new Float64Array(equity.length - 1)
  for (let i = 0; i < returns.length; i++) {
    if (!(equity[i]! > 0)) return undefined
    returns[i] = equity[i + 1]! / equity[i]! - 1
  }
  return returns
}

function growthPerYear(growth: number, years: number): number | null {
  if (!(years > 0 && growth >= 0)) return null
  const perYear = growth ** (1 / years) - 1
  // A fifth in a minute is more in a year than a double can hold.
  return Number.isFinite(perYear) ? perYear : null
}

/** Share of the times that lie within a trade, both ends included. */
function exposureOf(times: Float64Array, trades: readonly MeasuredTrade[]): number {
  const spans = trades.map(({ entryTime, exitTime }) => ({ entryTime, exitTime }))
  spans.sort((a, b) => a.entryTime - b.entryTime)
  let [held, next, openUntil] = [0, 0, -Infinity]
  for (const time of times) {
    for (; next < spans.length && spans[next]!.entryTime <= time; next++)
      openUntil = Math.max(openUntil, spans[next]!.exitTime)
    if (time <= openUntil) held++
  }
  return held / times.length
}

/**
 * Total and yearly return, Sharpe and Sortino ratio, drawdown, turnover, exposure and the trades' own figures.
 *
 * A year has 365 days of 24 hours. Trades that are still open count in the curve alone.
 *
 * @throws `evaluate/row` for a point or a trade that cannot be, `evaluate/option`
 * @example
 * ```ts
 * const times: number[] = []
 * const equity: number[] = []
 * for (const candle of candles) {
 *   account.bar('BTCUSDT', candle)
 *   times.push(candle.time)
 *   equity.push(account.equity)
 * }
 * const metrics = tradingMetrics({ times, equity }, account.trades, { timeframe: '15m' })
 * ```
 */
export function tradingMetrics(
  curve: EquityCurve,
  trades: readonly MeasuredTrade[],
  { timeframe, riskFreePerYear = 0 }: TradingOptions,
): TradingMetrics {
  if (!(riskFreePerYear > -1 && Number.isFinite(riskFreePerYear)))
    refuseOption('riskFreePerYear', riskFreePerYear, 'a fraction above -1')
  const stepMs = timeframeMs(timeframe)
  const [times, equity] = checkCurve(curve, stepMs)
  const ofTrades = tradeMetrics(trades)
  const n = times.length
  const periods = periodsPerYear(timeframe)
  const growth = equity[n - 1]! / equity[0]!
  const years = (times[n - 1]! - times[0]!) / yearMs
  const returns = returnsOf(equity) ?? []
  const ratios = { periodsPerYear: periods, target: (1 + riskFreePerYear) ** (1 / periods) - 1 }
  const meanEquity = equity.reduce((sum, value) => sum + value, 0) / n
  const fills = trades.reduce(
    (sum, { quantity, entryPrice, exitPrice }) => sum + quantity * (entryPrice + exitPrice),
    0,
  )
  const turnover = meanEquity > 0 ? fills / meanEquity : null
  return {
    n,
    periodsPerYear: periods,
    riskFreePerYear,
    missingBars: Math.round((times[n - 1]! - times[0]!) / stepMs) - (n - 1),
    totalReturn: growth - 1,
    cagr: growthPerYear(growth, years),
    sharpe: sharpeRatio(returns, ratios),
    sortino: sortinoRatio(returns, ratios),
    drawdown: drawdownOf(equity),
    turnover,
    turnoverPerYear: turnover === null || years === 0 ? null : turnover / years,
    exposure: exposureOf(times, trades),
    ...ofTrades,
  }
}
