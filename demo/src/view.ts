/** What the page shows about its own state: status, failure, notices, and the market's name and price. */
import type { CandleSeries, EngineInfo } from 'candlewick'
import { byId, make } from './dom.ts'
import { changeText, countText, priceText } from './format.ts'
import type { Market } from './market.ts'
import type { Action, Problem } from './problem.ts'

/** The page's states, readable in `data-state` of the body. */
export type State = 'loading' | 'ready' | 'failed' | 'cancelled'

/** Sets the page's state and says it, aloud where a screen reader listens. A failure speaks for itself: no text then. */
export function showState(state: State, text: string): void {
  document.body.dataset['state'] = state
  byId('status', HTMLElement).textContent = text
}

const actionNames: Readonly<Record<Action, string>> = {
  retry: 'Try again',
  restart: 'Start again',
  'choose-file': 'Choose another file',
  'fill-gaps': 'Fill missing bars and load again',
  simulate: 'Show the simulated market',
  'use-wasm': 'Use WebAssembly',
}

/** Shows a failure with its message and one button for each way out; `undefined` takes it away. */
export function showProblem(problem: Problem | undefined, act: (action: Action) => void): void {
  const box = byId('failure', HTMLElement)
  box.hidden = problem === undefined
  if (problem === undefined) return
  byId('failure-title', HTMLElement).textContent = problem.title
  byId('failure-message', HTMLElement).textContent = problem.message
  byId('failure-remedy', HTMLElement).textContent = problem.remedy
  const buttons = problem.actions.map((action) => {
    const button = make('button', { type: 'button', 'data-testid': `action-${action}` }, actionNames[action])
    button.addEventListener('click', () => act(action))
    return button
  })
  byId('failure-actions', HTMLElement).replaceChildren(...buttons)
}

/** Shows what people must know before they trust the model. */
export function showNotice({ model }: EngineInfo, card: string | undefined): void {
  const box = byId('notice', HTMLElement)
  box.hidden = model.notice === undefined
  const more = card === undefined ? [] : [' ', make('a', { href: card, 'data-testid': 'model-card' }, 'Its model card')]
  box.replaceChildren(make('strong', {}, 'Read this first '), model.notice ?? '', ...more)
}

/** The close 24 hours before the last bar, or the first one of a shorter series. */
function dayBefore(series: CandleSeries): number | undefined {
  const [last, previous] = [series.at(-1), series.at(-2)]
  if (last === undefined || previous === undefined) return undefined
  const bars = Math.round(86_400_000 / (last.time - previous.time))
  return (series.at(-1 - bars) ?? series.at(0))?.close
}

/** Shows the name, price and origin of the market. */
export function showMarket({ series, label, simulated }: Market): void {
  byId('market-title', HTMLElement).textContent = `${series.symbol} · ${series.timeframe}`
  const filled = series.filled === 0 ? '' : `, ${countText(series.filled)} of them filled`
  const source = byId('source', HTMLElement)
  source.classList.toggle('simulated', simulated)
  source.textContent = `${label} · ${countText(series.length)} bars${filled}`
  const [close, before] = [series.at(-1)?.close, dayBefore(series)]
  const quote = byId('quote', HTMLElement)
  if (close === undefined || before === undefined) return quote.replaceChildren()
  const change = close / before - 1
  const tone = change < 0 ? 'short' : 'long'
  quote.replaceChildren(
    make('strong', {}, priceText(close)),
    make('span', { class: tone }, `${changeText(change)} 24 h`),
  )
}
