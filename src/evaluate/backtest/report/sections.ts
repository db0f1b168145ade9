/** The parts of a report: figures, markets, trades, rules, inputs. */
import type { Trade } from '../../paper-trade.ts'
import type { TradingMetrics } from '../../trading/trading-metrics.ts'
import type { BacktestResult, MarketResult, SettledRules } from '../result.ts'
import { percent, plain, price, time } from './figures.ts'
import { html, type Markup, type Part } from './markup.ts'

/** Something that the backtest was made from. */
export interface ReportInput {
  /** E.g. the name of a file, or the id of a model. */
  readonly name: string
  /** 64 hex digits; `null` where it is not known. */
  readonly sha256: string | null
}

interface Column {
  readonly head: string
  /** Whether it holds words, not numbers. */
  readonly text?: boolean
}

const cell = ({ text }: Column, content: Part): Markup =>
  text === true ? html`<td class="text">${content}</td>` : html`<td>${content}</td>`

const headCell = ({ head, text }: Column): Markup =>
  text === true ? html`<th scope="col" class="text">${head}</th>` : html`<th scope="col">${head}</th>`

/** A table that scrolls by itself where the page is narrow. */
function table(caption: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(headCell)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((content, i) => cell(columns[i]!, content))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `
}

const signed = (value: number, text: string): Markup =>
  value === 0 ? html`${text}` : html`<span class="${value > 0 ? 'gain' : 'loss'}">${text}</span>`

/** The figures that are looked at first. */
export function keyFigures({ metrics, finalEquity, exposure }: BacktestResult): Markup {
  const cards: readonly (readonly [string, string])[] = [
    ['Equity at the end', plain(finalEquity)],
    ['Return', percent(metrics.totalReturn)],
    ['Largest drawdown', percent(metrics.drawdown.depth)],
    ['Sharpe ratio, a year', plain(metrics.sharpe)],
    ['Trades', plain(metrics.trades, 0)],
    ['Trades that won', percent(metrics.winRate, 1)],
    ['Profit factor', plain(metrics.profitFactor)],
    ['Largest exposure', percent(exposure.maxGross, 0)],
  ]
  return html`<dl class="cards">
    ${cards.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl> `
}

/** What is told of trading, in order: names, and how each is written. */
export const tradingFigures: readonly (readonly [name: string, of: (metrics: TradingMetrics) => string])[] = [
  ['Return', (m) => percent(m.totalReturn)],
  ['Return of a year', (m) => percent(m.cagr)],
  ['Sharpe ratio, a year', (m) => plain(m.sharpe)],
  ['Sortino ratio, a year', (m) => plain(m.sortino)],
  ['Largest drawdown', (m) => percent(m.drawdown.depth)],
  ['Longest time below a peak, bars', (m) => plain(m.drawdown.longestBars, 0)],
  ['Trades', (m) => plain(m.trades, 0)],
  ['Trades that won', (m) => percent(m.winRate)],
  ['Profit factor', (m) => plain(m.profitFactor)],
  ['Mean profit of a trade', (m) => plain(m.averageProfit)],
  ['Mean return of a trade', (m) => percent(m.averageReturn, 3)],
  ['Mean win', (m) => plain(m.averageWin)],
  ['Mean loss', (m) => plain(m.averageLoss)],
  ['Mean bars of a trade', (m) => plain(m.averageBars, 1)],
  ['Turnover of a year, times the mean equity', (m) => plain(m.turnoverPerYear)],
  ['Share of bars with a trade', (m) => percent(m.exposure)],
]

/** All figures, beside those of buying and holding. */
export function figuresTable({ metrics, buyAndHold }: BacktestResult): Markup {
  const rows = tradingFigures.map(([name, of]) => [name, of(metrics), of(buyAndHold.metrics)])
  const columns = [{ head: 'Figure', text: true }, { head: 'Signals' }, { head: 'Buy and hold' }]
  return table('Signals beside buying and holding; – where there is no such figure', columns, rows)
}

/** One row a market. */
export function marketsTable(markets: readonly MarketResult[]): Markup {
  const columns: readonly Column[] = [
    { head: 'Market', text: true },
    ...['Bars', 'LONG', 'SHORT', 'Orders', 'Trades', 'Won', 'Profit factor', 'Profit', 'Fees', 'Buy and hold'].map(
      (head) => ({ head }),
    ),
  ]
  const rows = markets.map(({ symbol, bars, signals, orders, trades, profit, fees, buyAndHoldReturn }) => [
    symbol,
    plain(bars, 0),
    plain(signals.long, 0),
    plain(signals.short, 0),
    plain(orders.placed, 0),
    plain(trades.trades, 0),
    percent(trades.winRate, 1),
    plain(trades.profitFactor),
    signed(profit, plain(profit)),
    plain(fees),
    percent(buyAndHoldReturn),
  ])
  return table('Markets', columns, rows)
}

/** The last trades, oldest first. */
export function tradesTable(trades: readonly Trade[], most: number): Markup {
  const columns: readonly Column[] = [
    { head: 'Market', text: true },
    { head: 'Side', text: true },
    ...['Entry (UTC)', 'at', 'Exit (UTC)', 'at', 'Quantity', 'Profit', 'Fees', 'Bars'].map((head) => ({ head })),
    { head: 'Ended by', text: true },
  ]
  const shown = trades.slice(Math.max(trades.length - most, 0))
  const rows = shown.map((trade) => [
    trade.symbol,
    trade.side,
    time(trade.entryTime),
    price(trade.entryPrice),
    time(trade.exitTime),
    price(trade.exitPrice),
    price(trade.quantity),
    signed(trade.profit, plain(trade.profit)),
    plain(trade.fees),
    plain(trade.bars, 0),
    trade.reason,
  ])
  const all = shown.length === trades.length
  const caption = all
    ? `All ${plain(trades.length, 0)} trades`
    : `The last ${shown.length} of ${plain(trades.length, 0)} trades`
  return table(caption, columns, rows)
}

const opposites: Readonly<Record<SettledRules['onOpposite'], string>> = {
  reverse: 'closes it and begins one of the other side',
  close: 'closes it',
  ignore: 'changes nothing',
}

/** The rules in words, with their numbers. */
export function rulesList(rules: SettledRules): Markup {
  const { cash, stake, feeBps, slippageBps, onOpposite, maxBars, riskFreePerYear } = rules
  const sentences = [
    `The account begins with ${plain(cash)}. Each trade stakes ${percent(stake)} of the equity at the closes before; one trade a market at a time, and nothing limits how many markets.`,
    'A signal of a closed bar is filled at the open of the next bar; not at all where that open lies at or beyond its stop or target, or the signal has expired.',
    'Stop and target count from the entry bar on. A bar that opens beyond one is filled at its open. Where one bar reaches both, the stop is taken.',
    `Fills at market (entries, stops, closings) are ${plain(slippageBps)} basis points worse than the price; targets are not. Each fill costs ${plain(feeBps)} basis points of its value.`,
    `A signal of the other side of an open trade ${opposites[onOpposite]}, at the next open.`,
    maxBars === null ? 'No trade ends by its age.' : `A trade ends at the close of its bar number ${maxBars}.`,
    'What is open at the end is closed at its last close.',
    `A year has 365 days; what is free of risk earns ${percent(riskFreePerYear)} a year.`,
    'Buying and holding spends the same cash evenly over the markets at their second open, with the same costs.',
    'Not modelled: funding and borrowing, spreads that widen, partial fills, the effect of orders on the price, outages, taxes.',
  ]
  return html`<ul>
    ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul> `
}

/** What it was made from. */
export function inputsTable(inputs: readonly ReportInput[]): Markup {
  const columns = [
    { head: 'Input', text: true },
    { head: 'SHA-256', text: true },
  ]
  const rows = inputs.map(({ name, sha256 }) => [name, html`<span class="hash">${sha256 ?? 'not known'}</span>`])
  return table('Inputs', columns, rows)
}
