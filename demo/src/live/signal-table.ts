/** The newest signal of each symbol. Rows stay and their words change, so that neither focus nor an open list is lost. */
import type { BarRecord, BarStatus } from 'candlewick'
import type { Horizon, Side, Signal } from 'candlewick/signals'
import { make } from '../dom.ts'
import { percentText, priceText, timeText } from '../format.ts'
import { ruleText } from '../rules.ts'

/** The sign says what the colour says. */
const arrows: Readonly<Record<Side, string>> = { LONG: '▲', SHORT: '▼', NEUTRAL: '◆' }

/** A side with its sign. */
export function sideTag(side: Side): HTMLElement {
  return make('span', { class: `tag ${side.toLowerCase()}` }, `${arrows[side]} ${side}`)
}

const statusWords: Readonly<Record<BarStatus, string>> = {
  ok: 'in time',
  expired: 'too late',
  skipped: 'skipped',
  missed: 'missed',
  error: 'failed',
}

/** A symbol as a row's name; the exchange, where one is named before a colon, stands below it. */
export function symbolWords(symbol: string): readonly HTMLElement[] {
  const [exchange, pair] = symbol.includes(':') ? symbol.split(':') : [undefined, symbol]
  const name = make('strong', {}, pair ?? symbol)
  return exchange === undefined ? [name] : [name, make('small', {}, exchange)]
}

const columns = [
  'Symbol',
  'Close',
  'Side',
  'Points to',
  'Confidence',
  'Quality',
  'Stop, target',
  'Valid until',
] as const
type Column = (typeof columns)[number] | 'Rules' | 'Why'

const numbers: ReadonlySet<Column> = new Set(['Close', 'Confidence', 'Quality', 'Stop, target'])

const head = (name: Column, text: string): HTMLElement =>
  make('th', { role: 'columnheader', scope: 'col', class: numbers.has(name) ? 'number' : '' }, text)

const slug = (name: Column): string => name.toLowerCase().replace(/\W+/, '-')

/** The time of day alone: the date stands in the title. */
const clockText = (time: number): string => timeText(time).slice(11, 16)

/** The horizon that leads the others, as the rules name it. */
const mainHorizon = (horizons: readonly Horizon[]): string => horizons[Math.floor(horizons.length / 2)]?.name ?? 'main'

/** One symbol. */
class SignalRow {
  readonly element: HTMLElement
  readonly why: HTMLButtonElement
  readonly #cells = new Map<Column, HTMLElement>()
  readonly #note = make('small', {}, 'no bar yet')
  readonly #count = make('summary', { 'data-testid': 'rule-count' })
  readonly #rules = make('ul', {})
  readonly #held = make('details', { class: 'held' }, this.#count, make('div', { class: 'rules' }, this.#rules))

  constructor(symbol: string, explain: () => void) {
    this.why = make(
      'button',
      { type: 'button', 'aria-label': `Why ${symbol}?`, 'data-testid': `why-${symbol}` },
      'Why?',
    )
    this.why.disabled = true
    this.why.addEventListener('click', explain)
    this.element = make(
      'tr',
      { role: 'row', 'data-testid': `signal-${symbol}` },
      make('th', { role: 'rowheader', scope: 'row' }, ...symbolWords(symbol), this.#note),
      ...columns.slice(1).map((name) => this.#cell(name, '–')),
      this.#cell('Rules', this.#held, make('span', { class: 'hint', 'data-testid': 'rules-met' }, '–')),
      this.#cell('Why', this.why),
    )
    this.#held.hidden = true
  }

  show({ status, reason, signal, time }: BarRecord, horizons: readonly Horizon[]): void {
    this.#note.textContent = `${clockText(time)} · ${statusWords[status]}`
    this.#note.title = `Bar of ${timeText(time)}`
    if (signal === undefined) return this.#blank(reason)
    this.element.dataset['id'] = signal.id
    const { side, direction, confidence, quality, entry, stopLoss, takeProfit, expiresAt } = signal
    const level = (price: number | null): string => (price === null ? 'none' : priceText(price))
    this.#set('Close', priceText(entry))
    this.#set('Side', sideTag(side))
    this.#set('Points to', sideTag(direction))
    this.#set('Confidence', percentText(confidence, 1))
    this.#set('Quality', percentText(quality, 1))
    this.#set('Stop, target', make('span', {}, level(stopLoss)), make('span', {}, level(takeProfit)))
    this.#set('Valid until', make('span', { title: timeText(expiresAt) }, clockText(expiresAt)))
    this.#showRules(signal, horizons)
  }

  /** Nothing of an older bar may look like an answer to this one. */
  #blank(reason: string | undefined): void {
    delete this.element.dataset['id']
    for (const name of columns.slice(1)) this.#set(name, '–')
    this.#held.hidden = true
    this.#held.nextElementSibling!.textContent = reason ?? '–'
  }

  #showRules({ rejections, direction }: Signal, horizons: readonly Horizon[]): void {
    const met = this.#held.nextElementSibling!
    this.#held.hidden = rejections.length === 0
    met.textContent = rejections.length > 0 ? '' : direction === 'NEUTRAL' ? 'No side' : 'All rules met'
    this.#count.textContent = rejections.length === 1 ? '1 rule' : `${rejections.length} rules`
    this.#rules.replaceChildren(
      ...rejections.map((rejection) => make('li', {}, ruleText(rejection, mainHorizon(horizons)))),
    )
  }

  #cell(name: Column, ...children: readonly (Node | string)[]): HTMLElement {
    const label = name === 'Rules' ? 'Held back by' : name
    const classes = `of-${slug(name)}${numbers.has(name) ? ' number' : ''}`
    const cell = make('td', { role: 'cell', 'data-label': label, class: classes }, ...children)
    this.#cells.set(name, cell)
    return cell
  }

  #set(name: Column, ...values: readonly (Node | string)[]): void {
    this.#cells.get(name)?.replaceChildren(...values)
  }
}

/** The table of the desk. */
export class SignalTable {
  readonly #box: HTMLElement
  readonly #explain: (symbol: string) => void
  #rows: ReadonlyMap<string, SignalRow> = new Map()

  constructor(box: HTMLElement, explain: (symbol: string) => void) {
    this.#box = box
    this.#explain = explain
  }

  /** Makes a row for each symbol. Does nothing where they are the same as before. */
  follow(symbols: readonly string[]): void {
    if (symbols.join() === [...this.#rows.keys()].join()) return
    this.#rows = new Map(symbols.map((symbol) => [symbol, new SignalRow(symbol, () => this.#explain(symbol))]))
    const heads = [...columns.map((name) => head(name, name)), head('Rules', 'Held back by'), head('Why', 'Explain')]
    this.#box.replaceChildren(
      make(
        'table',
        { role: 'table', class: 'cards signals', 'aria-labelledby': 'live-signals-title' },
        make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads)),
        make('tbody', { role: 'rowgroup' }, ...Array.from(this.#rows.values(), ({ element }) => element)),
      ),
    )
  }

  /** @param explainable whether an engine is there that can be asked */
  show(records: ReadonlyMap<string, BarRecord>, horizons: readonly Horizon[], explainable: boolean): void {
    for (const [symbol, row] of this.#rows) {
      const record = records.get(symbol)
      if (record !== undefined) row.show(record, horizons)
      row.why.disabled = !explainable || record?.signal === undefined
    }
  }
}
