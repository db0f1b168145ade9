/** The current signal and the prediction behind it. */
import type { EngineInfo } from 'candlewick'
import type { Side, Signal } from 'candlewick/signals'
import { make } from './dom.ts'
import { changeText, percentText, priceText, timeText } from './format.ts'
import { ruleText } from './rules.ts'

const arrows: Readonly<Record<Side, string>> = { LONG: '▲', SHORT: '▼', NEUTRAL: '◆' }

const meter = (name: string, value: number, text: string, testId: string): HTMLElement =>
  make(
    'div',
    { class: 'meter', 'data-testid': testId },
    make('span', {}, name),
    make('strong', {}, text),
    bar(value, `${name}: ${text}`, 'accent'),
  )

/** A bar that says its value in words too. */
function bar(value: number, label: string, tone: string): HTMLElement {
  const fill = make('span', { class: `fill ${tone}` })
  fill.style.inlineSize = `${Math.min(Math.max(value, 0), 1) * 100}%`
  return make('span', { class: 'bar', role: 'img', 'aria-label': label }, fill)
}

const level = (name: string, price: number | null, entry: number, testId: string): HTMLElement =>
  make(
    'div',
    {},
    make('dt', {}, name),
    make(
      'dd',
      { 'data-testid': testId },
      price === null ? 'none' : priceText(price),
      ...(price === null || price === entry ? [] : [make('small', {}, changeText(price / entry - 1))]),
    ),
  )

function heldBack(signal: Signal, info: EngineInfo): HTMLElement {
  const { horizons } = info.model
  const main = horizons[Math.floor(horizons.length / 2)]?.name ?? 'main'
  if (signal.rejections.length === 0) {
    const text = signal.side === 'NEUTRAL' ? 'The horizons point to no side.' : 'Every rule of the strategy is met.'
    return make('p', { class: 'hint', 'data-testid': 'rules' }, text)
  }
  return make(
    'div',
    { class: 'rules', 'data-testid': 'rules' },
    make('h3', {}, 'Held back because'),
    make('ul', {}, ...signal.rejections.map((rejection) => make('li', {}, ruleText(rejection, main)))),
  )
}

/** Shows a signal: side, scores, levels, and the rules that held it back. */
export function showSignal(box: HTMLElement, signal: Signal, info: EngineInfo): void {
  const { side, confidence, strength, quality, risk, entry } = signal
  box.replaceChildren(
    make(
      'div',
      { class: `verdict ${side.toLowerCase()}` },
      make('span', { class: 'arrow', 'aria-hidden': 'true' }, arrows[side]),
      make('strong', { 'data-testid': 'side' }, side),
      make(
        'span',
        { class: 'when' },
        `Bar of ${timeText(signal.time)}`,
        make('br'),
        make('span', { 'data-testid': 'expires' }, `Valid until ${timeText(signal.expiresAt)}`),
      ),
    ),
    make(
      'div',
      { class: 'meters' },
      meter('Confidence', confidence, percentText(confidence), 'confidence'),
      meter('Strength', strength, percentText(strength), 'strength'),
      meter('Quality', quality, percentText(quality), 'quality'),
      ...(risk.score === undefined
        ? []
        : [meter('Risk', risk.score, `${risk.level} ${percentText(risk.score)}`, 'risk')]),
    ),
    make(
      'dl',
      { class: 'levels' },
      level('Entry', entry, entry, 'entry'),
      level('Stop', signal.stopLoss, entry, 'stop'),
      level('Target', signal.takeProfit, entry, 'target'),
    ),
    heldBack(signal, info),
  )
}

const tones: Readonly<Record<Side, string>> = { LONG: 'long', NEUTRAL: 'neutral', SHORT: 'short' }
const columns: readonly Side[] = ['LONG', 'NEUTRAL', 'SHORT']

/** Shows what the model expects for each horizon. The cells carry the exact values as data. */
export function showForecast(box: HTMLElement, signal: Signal, info: EngineInfo): void {
  const cell = (horizon: string, side: Side): HTMLElement => {
    const value = signal.probabilities[horizon]?.[side] ?? NaN
    return make(
      'td',
      { 'data-testid': `probability-${horizon}-${side}`, 'data-value': String(value) },
      percentText(value),
      bar(value, `${side} ${percentText(value)}`, tones[side]),
    )
  }
  const row = ({ name }: { readonly name: string }): HTMLElement => {
    const expected = signal.returns[name] ?? NaN
    const attributes = { 'data-testid': `return-${name}`, 'data-value': String(expected), class: 'number' }
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, name),
      make('td', attributes, changeText(expected)),
      ...columns.map((side) => cell(name, side)),
    )
  }
  const heads = ['Ahead', 'Return', 'Long', 'Neutral', 'Short']
  box.replaceChildren(
    make(
      'table',
      { class: 'forecast' },
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
      make('tbody', {}, ...info.model.horizons.map((horizon) => row(horizon))),
    ),
  )
}

const listed = 8

/** Lists the newest LONG and SHORT signals: the chart's markers as text. */
export function showRecent(box: HTMLElement, signals: readonly Signal[]): void {
  const sided = signals.filter((signal) => signal.side !== 'NEUTRAL')
  const count = `${sided.length} of ${signals.length} bars looked at gave a side.`
  if (sided.length === 0) {
    box.replaceChildren(make('p', { class: 'hint' }, `${count} A less strict strategy lets more through.`))
    return
  }
  const row = (signal: Signal): HTMLElement =>
    make(
      'tr',
      {},
      make(
        'td',
        {},
        make('span', { class: `tag ${signal.side.toLowerCase()}` }, `${arrows[signal.side]} ${signal.side}`),
      ),
      make('td', {}, timeText(signal.time).replace(' UTC', '')),
      make('td', { class: 'number' }, priceText(signal.entry)),
      make('td', { class: 'number' }, percentText(signal.confidence)),
    )
  const heads = ['Side', 'Bar, UTC', 'Entry', 'Confidence']
  box.replaceChildren(
    make('p', { class: 'hint', 'data-testid': 'signal-count' }, count),
    make(
      'table',
      { class: 'recent' },
      make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
      make(
        'tbody',
        {},
        ...sided
          .slice(-listed)
          .toReversed()
          .map((signal) => row(signal)),
      ),
    ),
  )
}
