/** The live panel: its controls, and what it shows of the desk. It is loaded when it is opened for the first time. */
import { type LogProblem, openPredictionLog, type PredictionLog } from 'candlewick/monitor'
import { byId, make } from '../dom.ts'
import { countText } from '../format.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Settings } from '../settings.ts'
import { showWork } from '../steps.ts'
import type { MarketControls } from './controls.ts'
import { Desk, type DeskState } from './desk.ts'
import { Facts } from './facts.ts'
import { showForming } from './forming-table.ts'
import { LogView } from './log-view.ts'
import { PaperPanel } from './paper-panel.ts'
import { SignalTable } from './signal-table.ts'
import { showExplanation } from './why.ts'

const startButton: HTMLButtonElement = byId('live-start', HTMLButtonElement)
const pauseButton: HTMLButtonElement = byId('live-pause', HTMLButtonElement)
const stopButton: HTMLButtonElement = byId('live-stop', HTMLButtonElement)
const why: HTMLElement = byId('live-why', HTMLElement)

const words: Readonly<Record<Exclude<DeskState, 'running'>, string>> = {
  stopped: 'Stopped.',
  opening: 'Getting ready.',
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

/** Shows what is tried again by itself. */
function showTrouble(problem: Problem | undefined): void {
  const box = byId('live-trouble-note', HTMLElement)
  box.hidden = problem === undefined
  if (problem !== undefined)
    box.replaceChildren(make('strong', {}, `${problem.title} `), problem.message, ' ', problem.remedy)
}

/** The panel of one page. */
export class LivePanel {
  readonly #settings: () => Settings
  readonly #controls: MarketControls
  readonly #desk: Desk
  readonly #facts: Facts
  readonly #table: SignalTable
  readonly #paper = new PaperPanel()
  readonly #view: LogView
  #state: DeskState | undefined
  /** The strategy that runs; a change counts from the next start. */
  #strategy: string | undefined

  private constructor(log: PredictionLog, settings: () => Settings, controls: MarketControls) {
    this.#settings = settings
    this.#controls = controls
    const failed = (error: unknown): void => this.fail(error)
    this.#desk = new Desk(log, {
      changed: () => this.#show(),
      progress: (step) => showWork('live-work', step),
      trouble: showTrouble,
      failed,
    })
    this.#facts = new Facts(this.#desk)
    this.#view = new LogView(log, failed)
    this.#table = new SignalTable(byId('live-signals', HTMLElement), (symbol) => void this.#explain(symbol))
    this.follow(controls.symbols)
    startButton.addEventListener('click', () => void this.#start())
    pauseButton.addEventListener('click', () => this.#desk.pause())
    stopButton.addEventListener('click', () => void this.#desk.stop())
    byId('paper-reset', HTMLButtonElement).addEventListener('click', () => {
      this.#desk.paper.reset()
      this.#paper.show(this.#desk.paper)
    })
    const look = (): void => this.#desk.inSight(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    // What failed for want of a network need not wait any longer.
    addEventListener('online', look)
    addEventListener('pagehide', () => void this.#desk.stop())
  }

  /** Opens the log and shows what it holds. Nothing runs until somebody presses start. */
  static async open(settings: () => Settings, controls: MarketControls): Promise<LivePanel> {
    const log = await openPredictionLog({
      name: controls.logName,
      onProblem: (problem) => {
        byId('live-warning', HTMLElement).hidden = false
        byId('live-warning', HTMLElement).textContent = logWords(problem)
      },
    })
    const panel = new LivePanel(log, settings, controls)
    panel.#show()
    return panel
  }

  /** Ends all that runs, because the panel is left. */
  async leave(): Promise<void> {
    await this.#desk.stop()
  }

  /** Has a row for each of these symbols. */
  follow(symbols: readonly string[]): void {
    this.#table.follow(symbols)
    this.#view.offer(symbols)
  }

  async #start(): Promise<void> {
    this.fail(undefined)
    const settings = this.#settings()
    if (this.#desk.state === 'stopped') this.#strategy = settings.strategy
    try {
      const choice = this.#controls.choose()
      this.follow(choice.symbols)
      await this.#desk.start(settings, choice)
    } catch (error) {
      this.fail(error)
    }
  }

  async #explain(symbol: string): Promise<void> {
    try {
      showExplanation(why, await this.#desk.explain(symbol))
    } catch (error) {
      if (this.#desk.state !== 'stopped') this.fail(error)
    }
  }

  /** Shows a failure with what can be done about it; `undefined` takes it away. */
  fail(error: unknown): void {
    const box = byId('live-problem', HTMLElement)
    box.hidden = error === undefined
    if (error === undefined) return
    const { title, message, remedy } = problemOf(error)
    box.replaceChildren(make('h3', {}, title), make('p', {}, message), make('p', {}, `${remedy} Then press start.`))
  }

  #show(): void {
    const { records, horizons, explains, paper } = this.#desk
    this.#showState()
    this.#facts.show(this.#strategy ?? this.#settings().strategy)
    this.#table.show(records, horizons, explains)
    this.#paper.show(paper)
    const forming = document.getElementById('live-forming')
    if (forming !== null) showForming(forming, this.#desk.forming)
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
    this.#controls.enable(state === 'stopped')
    byId('live', HTMLElement).dataset['state'] = state
    byId('live-status', HTMLElement).textContent = state === 'running' ? this.#controls.running : words[state]
    // Buttons lose the focus when they are disabled.
    const [way] = [startButton, pauseButton, stopButton].filter((button) => !button.disabled)
    if (focused instanceof HTMLButtonElement && focused.disabled && byId('live', HTMLElement).contains(focused))
      way?.focus({ preventScroll: true })
  }
}
