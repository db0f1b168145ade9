/** From what a walk has seen to what a backtest answers. */
import type { Timeframe } from '../../core/timeframe.ts'
import { packageVersion } from '../../core/version.ts'
import type { PaperAccount } from '../paper-account.ts'
import type { Trade } from '../paper-trade.ts'
import { type MeasuredTrade, tradeMetrics } from '../trading/trade-metrics.ts'
import { tradingMetrics } from '../trading/trading-metrics.ts'
import { type HeldMarkets, holdMarkets } from './buy-and-hold.ts'
import type { BacktestResult, ExposureSummary, MarketResult, SettledRules } from './result.ts'
import type { MarketSpan } from './span.ts'
import type { Walked } from './walk.ts'

/** All that a result is made of. */
export interface BacktestParts {
  readonly model: string | null
  readonly timeframe: Timeframe
  readonly rules: SettledRules
  readonly markets: readonly MarketSpan[]
  readonly account: PaperAccount
  readonly walked: Walked
}

function sumOf<T>(items: Iterable<T>, of: (item: T) => number): number {
  let sum = 0
  for (const item of items) sum += of(item)
  return sum
}

const meanOf = (values: Float64Array): number => sumOf(values, (value) => value) / values.length

function exposureOf({ grossExposure, netExposure }: Walked): ExposureSummary {
  return {
    meanGross: meanOf(grossExposure),
    maxGross: grossExposure.reduce((largest, value) => Math.max(largest, value), 0),
    meanNet: meanOf(netExposure),
  }
}

const profitOf = (trades: readonly MeasuredTrade[]): number => sumOf(trades, ({ profit }) => profit)

function marketResults({ markets, account, walked, rules }: BacktestParts, held: HeldMarkets): MarketResult[] {
  const tradesOf = new Map<string, Trade[]>(markets.map(({ symbol }) => [symbol, []]))
  for (const trade of account.trades) tradesOf.get(trade.symbol)!.push(trade)
  const share = rules.cash / markets.length
  return markets.map(({ symbol, columns, start, end }, at) => {
    const trades = tradesOf.get(symbol)!
    return {
      symbol,
      bars: end - start,
      from: columns.time[start]!,
      to: columns.time[end - 1]!,
      signals: walked.signals[at]!,
      orders: { placed: walked.placed[at]!, entered: trades.length },
      trades: tradeMetrics(trades),
      profit: profitOf(trades),
      fees: sumOf(trades, ({ fees }) => fees),
      turnoverValue: sumOf(trades, ({ quantity, entryPrice, exitPrice }) => quantity * (entryPrice + exitPrice)),
      buyAndHoldReturn: (held.trades[at]?.profit ?? 0) / share,
    }
  })
}

/** Sums up a walk whose account has closed everything. */
export function summarise(parts: BacktestParts): BacktestResult {
  const { model, timeframe, rules, markets, account, walked } = parts
  const { times, equity, grossExposure, netExposure } = walked
  const held = holdMarkets(markets, times.length, rules)
  const heldTrades = held.trades.filter((trade) => trade !== undefined)
  const measure = { timeframe, riskFreePerYear: rules.riskFreePerYear }
  const { trades } = account
  return {
    kind: 'candlewick-backtest',
    version: 1,
    packageVersion,
    model,
    timeframe,
    from: times[0]!,
    to: times.at(-1)!,
    rules,
    metrics: tradingMetrics({ times, equity }, trades, measure),
    exposure: exposureOf(walked),
    orders: { placed: sumOf(walked.placed, (placed) => placed), entered: trades.length },
    finalEquity: account.equity,
    profit: profitOf(trades),
    fees: sumOf(trades, ({ fees }) => fees),
    markets: marketResults(parts, held),
    buyAndHold: {
      metrics: tradingMetrics({ times, equity: held.equity }, heldTrades, measure),
      profit: profitOf(heldTrades),
    },
    trades: [...trades],
    curve: { times, equity, grossExposure, netExposure, buyAndHold: held.equity },
  }
}
