/** The live panel: its controls, and what it shows of the desk. It is loaded when it is opened for the first time. */
import { type LogProblem, openPredictionLog, type PredictionLog } from 'candlewick/monitor'
import { byId, make } from '../dom.ts'
import { countText, durationText, timeText } from '../format.ts'
import { problemOf } from '../problem.ts'
import type { Settings } from '../settings.ts'
import { Desk, type DeskState } from './desk.ts'
import { LogView } from './log-view.ts'
import { PaperPanel } from './paper-panel.ts'
import { SignalTable } from './signal-table.ts'
import { barMs, symbols } from './simulation.ts'
import { showExplanation } from './why.ts'

const startButton: HTMLButtonElement = byId('live-start', HTMLButtonElement)
const pauseButton: HTMLButtonElement = byId('live-pause', HTMLButtonElement)
const stopButton: HTMLButtonElement = byId('live-stop', HTMLButtonElement)
const speed: HTMLSelectElement = byId('live-speed', HTMLSelectElement)
const why: HTMLElement = byId('live-why', HTMLElement)

const words: Readonly<Record<DeskState, string>> = {
  stopped: 'Stopped.',
  opening: 'Loading the model.',
  running: 'Running: a signal for each symbol at every close.',
  paused: 'Paused. The market goes on; bars that pass meanwhile are logged as missed.',
}

/** What the log tells while nobody waits for an answer, in words with a way out. */
function logWords(problem: LogProblem): string {
  if (problem.kind === 'duplicate')
    return `${countText(problem.ids.length)} predictions were logged before, perhaps in another tab; the first rows stay.`
  const reason = problem.error instanceof Error ? problem.error.message : String(problem.error)
  if (problem.kind === 'lost') return `${countText(problem.rows)} rows of the log are lost. ${reason}`
  if (problem.kind === 'not-persistent')
    return `The log ends with this visit, because this browser keeps nothing here: ${reason}`
  return `The log could not be written; ${countText(problem.waiting)} rows wait and are tried again. ${reason}`
}

const fact = (name: string, testId: string, value: string): HTMLElement =>
  make('div', {}, make('dt', {}, name), make('dd', { 'data-testid': testId }, value))

/** The panel of one page. */
export class LivePanel {
  readonly #settings: () => Settings
  readonly #desk: Desk
  readonly #table: SignalTable
  readonly #paper = new PaperPanel()
  readonly #view: LogView
  #state: DeskState | undefined
  /** The strategy that runs; a change counts from the next start. */
  #strategy: string | undefined

  private constructor(log: PredictionLog, settings: () => Settings) {
    this.#settings = settings
    const failed = (error: unknown): void => this.#fail(error)
    this.#desk = new Desk(log, { changed: () => this.#show(), failed })
    this.#view = new LogView(log, symbols, failed)
    this.#table = new SignalTable(byId('live-signals', HTMLElement), symbols, (symbol) => void this.#explain(symbol))
    startButton.addEventListener('click', () => void this.#start())
    pauseButton.addEventListener('click', () => this.#desk.pause())
    stopButton.addEventListener('click', () => void this.#desk.stop())
    byId('paper-reset', HTMLButtonElement).addEventListener('click', () => {
      this.#desk.paper.reset()
      this.#paper.show(this.#desk.paper)
    })
    document.addEventListener('visibilitychange', () => this.#desk.inSight(document.visibilityState === 'visible'))
    addEventListener('pagehide', () => void this.#desk.stop())
  }

  /** Opens the log and shows what it holds. Nothing runs until somebody presses start. */
  static async open(settings: () => Settings): Promise<LivePanel> {
    const log = await openPredictionLog({
      onProblem: (problem) => {
        byId('live-warning', HTMLElement).hidden = false
        byId('live-warning', HTMLElement).textContent = logWords(problem)
      },
    })
    const panel = new LivePanel(log, settings)
    panel.#show()
    return panel
  }

  /** Ends all that runs, because the panel is left. */
  async leave(): Promise<void> {
    await this.#desk.stop()
  }

  async #start(): Promise<void> {
    this.#fail(undefined)
    const settings = this.#settings()
    if (this.#desk.state === 'stopped') this.#strategy = settings.strategy
    try {
      await this.#desk.start(settings, Number(speed.value))
    } catch (error) {
      this.#fail(error)
    }
  }

  async #explain(symbol: string): Promise<void> {
    try {
      showExplanation(why, await this.#desk.explain(symbol))
    } catch (error) {
      if (this.#desk.state !== 'stopped') this.#fail(error)
    }
  }

  /** Shows a failure with what can be done about it; `undefined` takes it away. */
  #fail(error: unknown): void {
    const box = byId('live-problem', HTMLElement)
    box.hidden = error === undefined
    if (error === undefined) return
    const { title, message, remedy } = problemOf(error)
    box.replaceChildren(make('h3', {}, title), make('p', {}, message), make('p', {}, `${remedy} Then press start.`))
  }

  #show(): void {
    const { records, horizons, explains, paper } = this.#desk
    this.#showState()
    this.#showFacts()
    this.#table.show(records, horizons, explains)
    this.#paper.show(paper)
    void this.#view.refresh(this.#desk.state !== 'running')
  }

  #showState(): void {
    const { state } = this.#desk
    if (state === this.#state) return
    this.#state = state
    const busy = state === 'running' || state === 'opening'
    const focused = document.activeElement
    startButton.textContent = state === 'paused' ? 'Go on' : 'Start'
    startButton.disabled = busy
    pauseButton.disabled = state !== 'running'
    stopButton.disabled = state === 'stopped'
    speed.disabled = state !== 'stopped'
    byId('live', HTMLElement).dataset['state'] = state
    byId('live-status', HTMLElement).textContent = words[state]
    // Buttons lose the focus when they are disabled.
    const [way] = [startButton, pauseButton, stopButton].filter((button) => !button.disabled)
    if (focused instanceof HTMLButtonElement && focused.disabled && byId('live', HTMLElement).contains(focused))
      way?.focus({ preventScroll: true })
  }

  #showFacts(): void {
    const { status, state } = this.#desk
    const counts = status?.counts
    // In the first round the market waits, so its clock cannot tell how long it took.
    const lastRoundMs = (counts?.rounds ?? 0) > 1 ? status?.lastRoundMs : undefined
    const due = Math.min(...(status?.symbols.map(({ dueAt }) => dueAt) ?? []))
    const runs = state === 'running' && Number.isFinite(due)
    const failing = status?.symbols.find(({ problem }) => problem !== undefined)
    const scale = barMs / (Number(speed.value) * 1000)
    byId('live-facts', HTMLElement).replaceChildren(
      fact('Next close', 'live-next', runs ? timeText(due).slice(5) : '–'),
      fact('Rounds', 'live-rounds', countText(counts?.rounds ?? 0)),
      fact('Signals', 'live-ok', countText(counts?.ok ?? 0)),
      fact('Missed', 'live-missed', countText((counts?.missed ?? 0) + (counts?.expired ?? 0))),
      fact('Errors', 'live-errors', countText(counts?.error ?? 0)),
      fact('Last round', 'live-took', lastRoundMs === undefined ? '–' : durationText(lastRoundMs / scale)),
      fact('Strategy', 'live-strategy', this.#strategy ?? this.#settings().strategy),
      fact(
        'In trouble',
        'live-trouble',
        failing === undefined ? 'none' : `${failing.symbol}: ${failing.problem ?? ''}`,
      ),
    )
  }
}
