/** What a backtest came to: figures, curves, trades, and files to keep. */
import { backtestJson, backtestReport, type Trade } from 'candlewick/evaluate'
import { byId, make } from '../dom.ts'
import { bytesText, changeText, countText, durationText, percentText, priceText, timeText } from '../format.ts'
import { EquityChart } from '../live/equity-chart.ts'
import { sideTag } from '../live/signal-table.ts'
import { save } from '../save.ts'
import { endings, gain, money } from '../trade-words.ts'
import { curvePoints } from './curve.ts'
import type { Outcome } from './run.ts'
import { WorthCard } from './worth-card.ts'

/** Trades that are listed; the files have all of them. */
const listed = 10

const box: HTMLElement = byId('test-result', HTMLElement)

const orNone = (value: number | null, text: (value: number) => string): string => (value === null ? '–' : text(value))
const ratio = (value: number): string => value.toFixed(2).replace('-', '−')

/** A figure in words, the exact one beside it, and that of buying and holding where it can be compared. */
function fact(name: string, id: string, value: number | null, text: (value: number) => string, held?: number | null) {
  const exact = make('dd', { 'data-testid': `test-${id}`, 'data-value': String(value) }, orNone(value, text))
  if (held === undefined) return make('div', {}, make('dt', {}, name), exact)
  const beside = make('dd', { class: 'beside' }, `held: ${orNone(held, text)}`)
  return make('div', {}, make('dt', {}, name), exact, beside)
}

function facts({ result }: Outcome): HTMLElement[] {
  const { metrics, fees, finalEquity, buyAndHold } = result
  const held = buyAndHold.metrics
  return [
    fact('Total return', 'return', metrics.totalReturn, changeText, held.totalReturn),
    fact('Sharpe ratio', 'sharpe', metrics.sharpe, ratio, held.sharpe),
    fact('Sortino ratio', 'sortino', metrics.sortino, ratio, held.sortino),
    fact('Largest drawdown', 'drawdown', metrics.drawdown.depth, (depth) => percentText(depth, 2), held.drawdown.depth),
    fact('Equity at the end', 'equity', finalEquity, money),
    fact('Fees paid', 'fees-paid', fees, money),
    fact('Trades', 'trade-count', metrics.trades, countText),
    fact('Win rate', 'win-rate', metrics.winRate, (share) => percentText(share, 1)),
    fact('Profit factor', 'profit-factor', metrics.profitFactor, ratio),
    fact('Time in the market', 'exposure', metrics.exposure, (share) => percentText(share, 1)),
  ]
}

const cell = (label: string, name: string, ...content: readonly (Node | string)[]): HTMLElement =>
  make('td', { class: name, 'data-label': label }, make('span', {}, ...content))

const fill = (time: number, price: number): readonly HTMLElement[] => [
  make('span', {}, priceText(price)),
  make('small', {}, timeText(time).slice(0, 16)),
]

const tradeRow = (trade: Trade): HTMLElement =>
  make(
    'tr',
    { 'data-testid': 'test-trade' },
    make('th', { scope: 'row' }, trade.symbol),
    cell('Side', 'of-side', sideTag(trade.side)),
    cell('Begin', 'number of-fill', ...fill(trade.entryTime, trade.entryPrice)),
    cell('End', 'number of-fill', ...fill(trade.exitTime, trade.exitPrice)),
    cell('Ended by', '', endings[trade.reason]),
    cell('Profit', 'number', gain(trade.profit)),
  )

function tradesTable(trades: readonly Trade[]): HTMLElement {
  if (trades.length === 0) return make('p', { class: 'hint' }, 'No signal became a trade.')
  const heads = ['Symbol', 'Side', 'Begin', 'End', 'Ended by', 'Profit'].map((head) =>
    make('th', { scope: 'col', class: ['Begin', 'End', 'Profit'].includes(head) ? 'number' : '' }, head),
  )
  return make(
    'table',
    { class: 'cards tested' },
    make('thead', {}, make('tr', {}, ...heads)),
    make('tbody', {}, ...trades.slice(-listed).toReversed().map(tradeRow)),
  )
}

/** The cards of the result. */
export class ResultView {
  readonly #worth = new WorthCard()
  #chart: EquityChart | undefined
  #outcome: Outcome | undefined

  constructor() {
    byId('test-html', HTMLButtonElement).addEventListener('click', () => this.#saveReport())
    byId('test-json', HTMLButtonElement).addEventListener('click', () => this.#saveJson())
  }

  /** Takes the result away: it would be taken for that of what runs. */
  hide(): void {
    this.#outcome = undefined
    this.#worth.offer(undefined)
    box.hidden = true
  }

  show(outcome: Outcome): void {
    this.#outcome = outcome
    this.#worth.offer(outcome)
    box.hidden = false
    const { result, notice, request, tookMs, workers } = outcome
    const { curve, trades, from, to, metrics } = result
    byId('test-made', HTMLElement).textContent = request.label
    const warning = byId('test-notice', HTMLElement)
    warning.hidden = notice === undefined
    warning.replaceChildren(make('strong', {}, 'Read this first '), notice ?? '')
    byId('test-facts', HTMLElement).replaceChildren(...facts(outcome))
    // The chart measures its box, which has no size before it is seen.
    this.#chart ??= new EquityChart(byId('test-chart', HTMLElement), 'Equity of the backtest')
    this.#chart.show(curvePoints(curve.times, curve.equity))
    this.#chart.showBeside(curvePoints(curve.times, curve.buyAndHold))
    const [begin, end] = [timeText(from).slice(0, 10), timeText(to).slice(0, 10)]
    this.#chart.tell(`${countText(metrics.n)} bars from ${begin} to ${end}, ${changeText(metrics.totalReturn)}`)
    byId('test-trades', HTMLElement).replaceChildren(tradesTable(trades))
    byId('test-saved', HTMLElement).textContent =
      `${countText(metrics.n)} bars, ${begin} to ${end}, in ${durationText(tookMs)} with ${workers} ${workers === 1 ? 'worker' : 'workers'}.`
  }

  #saveReport(): void {
    if (this.#outcome === undefined) return
    const { result, inputs, notice } = this.#outcome
    this.#save(new Blob([backtestReport(result, { inputs, notice })], { type: 'text/html' }), 'html')
  }

  #saveJson(): void {
    if (this.#outcome === undefined) return
    const { result, inputs, notice = null } = this.#outcome
    // As the command line writes it.
    const made = { ...result, notice, inputs }
    this.#save(new Blob([backtestJson(made)], { type: 'application/json' }), 'json')
  }

  #save(blob: Blob, ending: string): void {
    save(blob, 'candlewick-backtest', ending)
    byId('test-saved', HTMLElement).textContent = `A file of ${bytesText(blob.size)} was made.`
  }
}
