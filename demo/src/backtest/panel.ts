/** The backtest of the page: its controls, what runs, and what came of it. It is loaded when it is opened for the first time. */
import { byId, make } from '../dom.ts'
import { countText, durationText } from '../format.ts'
import { type Action, problemOf } from '../problem.ts'
import { showWork } from '../steps.ts'
import { type BacktestHooks, Form } from './form.ts'
import { ResultView } from './result-view.ts'
import { type Outcome, runBacktest } from './run.ts'

type State = 'idle' | 'running' | 'done' | 'failed' | 'cancelled'

const view: HTMLElement = byId('backtest', HTMLElement)
const startButton: HTMLButtonElement = byId('test-start', HTMLButtonElement)
const cancelButton: HTMLButtonElement = byId('test-cancel', HTMLButtonElement)
const status: HTMLElement = byId('test-status', HTMLElement)

/** Ways out that are offered as buttons here; the others come down to another start. */
const wayNames: { readonly [A in Action]?: string } = {
  'choose-file': 'Choose a candle file',
  'fill-gaps': 'Fill missing bars and load again',
  simulate: 'Take the simulated market',
}

/** The panel of one page. */
export class BacktestPanel {
  readonly #form: Form
  readonly #result = new ResultView()
  #leaving = new AbortController()
  /** Settles when nothing of the last run is left. */
  #ending: Promise<unknown> = Promise.resolve()

  constructor(hooks: BacktestHooks) {
    this.#form = new Form(hooks, (error) => this.#fail(error))
    startButton.addEventListener('click', () => void this.#start())
    cancelButton.addEventListener('click', () => this.#cancel())
    addEventListener('pagehide', () => this.#cancel())
    this.#enter('idle', 'Nothing was tested yet.')
  }

  /** Shows what would be tested: the seed or the file on the chart may be others now. */
  enter(): void {
    if (view.dataset['state'] !== 'running') this.#form.show()
  }

  async #start(): Promise<void> {
    this.#fail(undefined)
    this.#result.hide()
    const { signal } = (this.#leaving = new AbortController())
    try {
      const request = this.#form.read()
      this.#enter('running', 'Running.')
      await this.#ending
      signal.throwIfAborted()
      const running = runBacktest(request, signal, (step) => {
        if (!signal.aborted) showWork('test-work', step)
      })
      this.#ending = running.catch(() => undefined)
      this.#show(await running, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#enter('failed', '')
      this.#fail(error)
    }
  }

  #show(outcome: Outcome, signal: AbortSignal): void {
    signal.throwIfAborted()
    this.#result.show(outcome)
    const { metrics } = outcome.result
    this.#enter('done', `Done: ${countText(metrics.n)} bars in ${durationText(outcome.tookMs)}.`)
  }

  /** Ends it at once, for who looks at it; what is left of it ends behind. */
  #cancel(): void {
    if (view.dataset['state'] !== 'running') return
    this.#leaving.abort(new DOMException('Cancelled by the user.', 'AbortError'))
    this.#enter('cancelled', 'Cancelled. Nothing of it was kept.')
  }

  #enter(state: State, text: string): void {
    const running = state === 'running'
    const focused = document.activeElement
    view.dataset['state'] = state
    status.textContent = text
    if (!running) showWork('test-work', undefined)
    startButton.disabled = running
    cancelButton.disabled = !running
    this.#form.enable(!running)
    // Buttons lose the focus when they are disabled.
    if (focused === startButton && running) cancelButton.focus({ preventScroll: true })
    if (focused === cancelButton && !running) startButton.focus({ preventScroll: true })
  }

  /** Shows a failure with what can be done about it; `undefined` takes it away. */
  #fail(error: unknown): void {
    const box = byId('test-problem', HTMLElement)
    box.hidden = error === undefined
    if (error === undefined) return
    const { title, message, remedy, actions } = problemOf(error)
    const ways = actions.flatMap((action) => {
      const name = wayNames[action]
      if (name === undefined) return []
      const button = make('button', { type: 'button', 'data-testid': `test-way-${action}` }, name)
      button.addEventListener('click', () => this.#take(action))
      return [button]
    })
    box.replaceChildren(
      make('h3', {}, title),
      make('p', {}, message),
      make('p', {}, `${remedy} Then press start.`),
      make('div', { class: 'actions' }, ...ways),
    )
  }

  #take(action: Action): void {
    this.#fail(undefined)
    if (action === 'choose-file') this.#form.choose()
    if (action === 'simulate') this.#form.simulate()
    if (action === 'fill-gaps') this.#form.fill()
  }
}
