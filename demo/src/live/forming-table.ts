/** Signals of bars that are still forming. They decide nothing, so they stand apart from those that do. */
import type { Signal } from 'candlewick/signals'
import { make } from '../dom.ts'
import { percentText, priceText } from '../format.ts'
import { sideTag, symbolWords } from './signal-table.ts'

/** A signal of a forming bar, and when it was given, in ms. */
export interface FormingSignal {
  readonly signal: Signal
  readonly at: number
}

const numbers = new Set(['Price now', 'Confidence', 'Asked, UTC'])
const heads = ['Symbol', 'Price now', 'Side', 'Points to', 'Confidence', 'Asked, UTC'] as const

const cell = (label: (typeof heads)[number], ...children: readonly (Node | string)[]): HTMLElement =>
  make('td', { role: 'cell', 'data-label': label, class: numbers.has(label) ? 'number' : '' }, ...children)

function row({ signal, at }: FormingSignal): HTMLElement {
  const { symbol, entry, side, direction, confidence } = signal
  return make(
    'tr',
    { role: 'row', 'data-testid': `forming-${symbol}` },
    make('th', { role: 'rowheader', scope: 'row' }, ...symbolWords(symbol)),
    cell('Price now', priceText(entry)),
    cell('Side', sideTag(side)),
    cell('Points to', sideTag(direction)),
    cell('Confidence', percentText(confidence, 1)),
    cell('Asked, UTC', new Date(at).toISOString().slice(11, 19)),
  )
}

const head = (name: string): HTMLElement =>
  make('th', { role: 'columnheader', scope: 'col', class: numbers.has(name) ? 'number' : '' }, name)

/** Shows the newest signal of each forming bar. */
export function showForming(box: HTMLElement, signals: readonly FormingSignal[]): void {
  if (signals.length === 0) return box.replaceChildren(make('p', { class: 'hint' }, 'None yet.'))
  box.replaceChildren(
    make(
      'table',
      { role: 'table', class: 'cards forming', 'aria-labelledby': 'live-forming-title' },
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads.map(head))),
      make('tbody', { role: 'rowgroup' }, ...signals.map(row)),
    ),
  )
}
