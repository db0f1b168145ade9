/** A page of the log as a table; what came of each horizon stands beside what was said. */
import type { HorizonAccuracy, HorizonRow, PredictionRow, PredictionStatus } from 'candlewick/monitor'
import { make } from '../dom.ts'
import { changeText, countText, percentText, priceText, timeText } from '../format.ts'
import { sideTag } from './signal-table.ts'

const statusWords: Readonly<Record<PredictionStatus, string>> = {
  ok: 'ok',
  expired: 'expired',
  skipped: 'skipped',
  missed: 'missed',
  error: 'error',
}

const cell = (label: string, type: string, ...children: readonly (Node | string)[]): HTMLElement =>
  make('td', { role: 'cell', 'data-label': label, class: type }, ...children)

const unsettled: Readonly<Record<Exclude<HorizonRow['outcome'], 'known'>, string>> = {
  pending: 'pending',
  expired: 'no bar',
}

const rightOrWrong = (correct: boolean): HTMLElement =>
  make(
    'span',
    { class: correct ? 'long' : 'short', role: 'img', 'aria-label': correct ? 'as predicted' : 'not as predicted' },
    correct ? '✓' : '✕',
  )

function outcome(row: PredictionRow, name: string): HTMLElement {
  const label = `After ${name}`
  const horizon = row.horizons.find((one) => one.name === name)
  if (horizon === undefined) return cell(label, 'outcome none', '–')
  if (horizon.outcome !== 'known') return cell(label, 'outcome waits', unsettled[horizon.outcome])
  const change = changeText(horizon.actualReturn ?? NaN)
  return cell(label, 'outcome', ...(horizon.correct === null ? [change] : [change, ' ', rightOrWrong(horizon.correct)]))
}

function logRow(row: PredictionRow, horizons: readonly string[]): HTMLElement {
  const { id, barTime, symbol, side, status, reason, confidence, closePrice } = row
  return make(
    'tr',
    { role: 'row', 'data-testid': 'log-row', 'data-id': id },
    make('th', { role: 'rowheader', scope: 'row' }, timeText(barTime).replace(' UTC', '')),
    cell('Symbol', '', symbol),
    cell('Side', '', side === null ? '–' : sideTag(side)),
    cell('Status', '', statusWords[status], ...(reason === null ? [] : [make('small', {}, reason)])),
    cell('Confidence', 'number', confidence === null ? '–' : percentText(confidence, 1)),
    cell('Close', 'number', closePrice === null ? '–' : priceText(closePrice)),
    ...horizons.map((name) => outcome(row, name)),
  )
}

/** Shows rows in the order given. */
export function showRows(box: HTMLElement, rows: readonly PredictionRow[]): void {
  if (rows.length === 0) {
    box.replaceChildren(
      make('p', { class: 'hint' }, 'No row of the log matches. Start the desk, or choose other filters.'),
    )
    return
  }
  const horizons = [...new Set(rows.flatMap((row) => row.horizons.map(({ name }) => name)))]
  const heads = [
    'Bar, UTC',
    'Symbol',
    'Side',
    'Status',
    'Confidence',
    'Close',
    ...horizons.map((name) => `After ${name}`),
  ]
  const numbers = new Set(['Confidence', 'Close'])
  const head = (name: string): HTMLElement =>
    make('th', { role: 'columnheader', scope: 'col', class: numbers.has(name) ? 'number' : '' }, name)
  box.replaceChildren(
    make(
      'table',
      { role: 'table', class: 'cards logged', 'aria-labelledby': 'live-log-title' },
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads.map(head))),
      make('tbody', { role: 'rowgroup' }, ...rows.map((row) => logRow(row, horizons))),
    ),
  )
}

function accuracyRow({ horizon, n, pending, hits, judged, hitRate, brier }: HorizonAccuracy): HTMLElement {
  const rate =
    hitRate === null
      ? '–'
      : `${percentText(hitRate.rate)} (${percentText(hitRate.low)} to ${percentText(hitRate.high)})`
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, horizon),
    make('td', {}, judged === 0 ? '–' : `${countText(hits)} of ${countText(judged)}`),
    make('td', {}, rate),
    make('td', { class: 'number' }, brier === null ? '–' : brier.toFixed(3)),
    make('td', { class: 'number' }, countText(n)),
    make('td', { class: 'number' }, countText(pending)),
  )
}

/** Shows how often the predicted side came. */
export function showAccuracy(box: HTMLElement, accuracy: readonly HorizonAccuracy[], rows: number): void {
  if (accuracy.length === 0) {
    box.replaceChildren(make('p', { class: 'hint' }, 'Nothing to measure yet.'))
    return
  }
  const heads = ['Ahead', 'Right side', 'Rate, 95 % interval', 'Brier', 'Known', 'Pending']
  box.replaceChildren(
    make(
      'table',
      { class: 'accuracy' },
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
      make('tbody', {}, ...accuracy.map(accuracyRow)),
    ),
    make(
      'p',
      { class: 'hint' },
      `Over the newest ${countText(rows)} rows at most that match. Outcomes overlap, so the true intervals are wider.`,
    ),
  )
}
