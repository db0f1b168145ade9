/** What the paper account has come to: figures, curve, open positions and trades. */
import type { Position, Trade } from 'candlewick/evaluate'
import { byId, make } from '../dom.ts'
import { countText, percentText, priceText, timeText } from '../format.ts'
import { endings, gain, money } from '../trade-words.ts'
import { EquityChart } from './equity-chart.ts'
import type { Paper } from './paper.ts'
import { sideTag } from './signal-table.ts'

/** Trades that are listed. */
const listed = 6

const fact = (name: string, testId: string, value: Node | string): HTMLElement =>
  make('div', {}, make('dt', {}, name), make('dd', { 'data-testid': testId }, value))

const table = (heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement =>
  make(
    'table',
    { class: 'recent' },
    make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...rows),
  )

const positionRow = ({ symbol, side, entryPrice, bars }: Position): HTMLElement =>
  make(
    'tr',
    {},
    make('td', {}, symbol),
    make('td', {}, sideTag(side)),
    make('td', { class: 'number' }, priceText(entryPrice)),
    make('td', { class: 'number' }, countText(bars)),
  )

const tradeRow = ({ symbol, side, exitTime, profit, reason }: Trade): HTMLElement =>
  make(
    'tr',
    { title: `Ended with the bar of ${timeText(exitTime)}` },
    make('td', {}, symbol),
    make('td', {}, sideTag(side)),
    make('td', { class: 'number' }, endings[reason]),
    make('td', { class: 'number' }, gain(profit)),
  )

/** The card of the paper account. */
export class PaperPanel {
  readonly #chart = new EquityChart(byId('paper-chart', HTMLElement))

  show(paper: Paper): void {
    const { summary, positions, trades } = paper
    byId('paper-facts', HTMLElement).replaceChildren(
      fact('Equity', 'paper-equity', make('strong', {}, money(summary.equity))),
      fact('Gain', 'paper-gain', gain(summary.equity - summary.startCash)),
      fact('Trades', 'paper-trades', countText(summary.trades)),
      fact('Open', 'paper-open', countText(positions.length)),
      fact('Win rate', 'paper-wins', summary.winRate === undefined ? '–' : percentText(summary.winRate)),
      fact('Drawdown', 'paper-drawdown', percentText(summary.maxDrawdown, 2)),
      fact('Fees', 'paper-fees', summary.fees.toFixed(2)),
      fact('Began with', 'paper-cash', money(summary.startCash)),
    )
    this.#chart.show(paper.equity)
    byId('paper-positions', HTMLElement).replaceChildren(
      positions.length === 0
        ? make('p', { class: 'hint' }, 'No position is open.')
        : table(['Symbol', 'Side', 'Entry', 'Bars'], positions.map(positionRow)),
    )
    byId('paper-list', HTMLElement).replaceChildren(
      trades.length === 0
        ? make('p', { class: 'hint' }, 'No trade has ended yet.')
        : table(['Symbol', 'Side', 'Ended by', 'Profit'], trades.slice(-listed).toReversed().map(tradeRow)),
    )
  }
}
