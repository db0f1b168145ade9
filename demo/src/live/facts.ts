/** The figures of the desk: when the next bar closes, and what became of those before. */
import { byId, make } from '../dom.ts'
import { countText, durationText, timeText } from '../format.ts'
import type { Desk } from './desk.ts'

const barMs = 900_000

const fact = (name: string, testId: string, value: string): HTMLElement =>
  make('div', {}, make('dt', {}, name), make('dd', { 'data-testid': testId }, value))

function waitText(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** When the next bar closes by the market's clock; a market of this world says how long that takes. */
function nextText({ market, state }: Desk): string {
  if (market === undefined || state !== 'running') return '–'
  const now = market.clock.now()
  const close = (Math.floor(now / barMs) + 1) * barMs
  const time = timeText(close)
  return market.speed === 1 ? `${time.slice(11)}, in ${waitText(close - now)}` : time.slice(5)
}

/** The figures of one desk. */
export class Facts {
  readonly #desk: Desk
  readonly #next = make('dd', { 'data-testid': 'live-next' }, '–')
  /** Of the market that was followed last. */
  #speed = 1

  constructor(desk: Desk) {
    this.#desk = desk
    setInterval(() => this.#tick(), 1000)
  }

  show(strategy: string): void {
    const { status, market } = this.#desk
    this.#speed = market?.speed ?? this.#speed
    const counts = status?.counts
    // In the first round the market waits, so its clock cannot tell how long it took.
    const lastRoundMs = (counts?.rounds ?? 0) > 1 ? status?.lastRoundMs : undefined
    const failing = status?.symbols.find(({ problem }) => problem !== undefined)
    this.#tick()
    byId('live-facts', HTMLElement).replaceChildren(
      make('div', {}, make('dt', {}, 'Next close'), this.#next),
      fact('Rounds', 'live-rounds', countText(counts?.rounds ?? 0)),
      fact('Signals', 'live-ok', countText(counts?.ok ?? 0)),
      fact('Missed', 'live-missed', countText((counts?.missed ?? 0) + (counts?.expired ?? 0))),
      fact('Errors', 'live-errors', countText(counts?.error ?? 0)),
      fact('Last round', 'live-took', lastRoundMs === undefined ? '–' : durationText(lastRoundMs / this.#speed)),
      fact('Strategy', 'live-strategy', strategy),
      fact(
        'In trouble',
        'live-trouble',
        failing === undefined ? 'none' : `${failing.symbol}: ${failing.problem ?? ''}`,
      ),
    )
  }

  #tick(): void {
    const text = nextText(this.#desk)
    if (this.#next.textContent !== text) this.#next.textContent = text
  }
}
