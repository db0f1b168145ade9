/** A backtest as text for a terminal. */
import type { BacktestResult } from '../../evaluate/index.ts'
import { percent, plain, time } from '../../evaluate/backtest/report/figures.ts'
import { tradingFigures } from '../../evaluate/backtest/report/sections.ts'

/** Rows of a table with its columns under each other; the first is of words. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** The lines that `candlewick backtest` prints. */
export function backtestText(result: BacktestResult, notice: string | undefined): string {
  const { model, timeframe, from, to, metrics, buyAndHold, exposure, orders, markets, rules } = result
  const figures = tradingFigures.map(([name, of]) => [name, of(metrics), of(buyAndHold.metrics)])
  const perMarket = markets.map(({ symbol, bars, trades, profit, fees, buyAndHoldReturn }) => [
    symbol,
    plain(bars, 0),
    plain(trades.trades, 0),
    plain(profit),
    plain(fees),
    percent(buyAndHoldReturn),
  ])
  return [
    `${model} on ${markets.map(({ symbol }) => symbol).join(', ')}: ${timeframe} bars from ${time(from)} to ${time(to)} UTC`,
    ...(notice === undefined ? [] : [notice]),
    `Fees ${rules.feeBps} bps, slippage ${rules.slippageBps} bps, stake ${percent(rules.stake)} of ${plain(rules.cash)}; ${orders.placed} orders, ${orders.entered} trades, exposure at most ${percent(exposure.maxGross, 0)}`,
    '',
    ...columns([
      ['', 'signals', 'buy and hold'],
      ['Equity at the end', plain(result.finalEquity), plain(rules.cash + buyAndHold.profit)],
      ...figures,
    ]),
    '',
    ...columns([['market', 'bars', 'trades', 'profit', 'fees', 'buy and hold'], ...perMarket]),
  ].join('\n')
}
