/** What single trades were worth. */
import { refuseRow } from '../checks.ts'
import { meanOf } from '../metrics/spread.ts'
import type { Trade } from '../paper-trade.ts'

/** What of a trade is measured; every `Trade` has it. */
export type MeasuredTrade = Pick<
  Trade,
  'quantity' | 'entryTime' | 'exitTime' | 'entryPrice' | 'exitPrice' | 'profit' | 'bars'
>

/** What single trades were worth. What is undefined is `null`. */
export interface TradeMetrics {
  readonly trades: number
  /** Share of trades with a profit above 0; `null` without trades. */
  readonly winRate: number | null
  /** Sum of profits / sum of losses; `null` without losses. */
  readonly profitFactor: number | null
  /** Mean profit after fees, quote currency; `null` without trades. So are the others. */
  readonly averageProfit: number | null
  /** Mean of profit / value at entry, as a fraction. */
  readonly averageReturn: number | null
  /** Mean profit of the trades that won, and of those that lost; `null` where there are none. */
  readonly averageWin: number | null
  readonly averageLoss: number | null
  /** Mean of the bars that a trade lived through. */
  readonly averageBars: number | null
}

const measured = ['quantity', 'entryTime', 'exitTime', 'entryPrice', 'exitPrice', 'profit', 'bars'] as const

function checkTrades(trades: readonly MeasuredTrade[]): void {
  for (const [row, trade] of trades.entries()) {
    for (const field of measured)
      if (!Number.isFinite(trade[field])) refuseRow(`trades.${field}`, row, trade[field], 'a finite number')
    for (const field of ['quantity', 'entryPrice'] as const)
      if (!(trade[field] > 0)) refuseRow(`trades.${field}`, row, trade[field], 'above 0')
    if (trade.exitTime < trade.entryTime)
      refuseRow('trades.exitTime', row, trade.exitTime, `not before the entry at ${trade.entryTime}`)
  }
}

/**
 * Win rate, profit factor and averages of finished trades. A trade without profit or loss is neither won nor lost.
 *
 * @throws `evaluate/row` for a trade that cannot be
 * @example
 * ```ts
 * const { winRate, profitFactor } = tradeMetrics(account.trades)
 * ```
 */
export function tradeMetrics(trades: readonly MeasuredTrade[]): TradeMetrics {
  checkTrades(trades)
  const profits = trades.map(({ profit }) => profit)
  const [wins, losses] = [profits.filter((profit) => profit > 0), profits.filter((profit) => profit < 0)]
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : meanOf(values))
  return {
    trades: trades.length,
    winRate: trades.length === 0 ? null : wins.length / trades.length,
    profitFactor: losses.length === 0 ? null : sum(wins) / -sum(losses),
    averageProfit: mean(profits),
    averageReturn: mean(trades.map(({ profit, quantity, entryPrice }) => profit / (quantity * entryPrice))),
    averageWin: mean(wins),
    averageLoss: mean(losses),
    averageBars: mean(trades.map(({ bars }) => bars)),
  }
}
