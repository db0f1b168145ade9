/** The card that tells what the predictions of a backtest are worth, apart from any trade. */
import type { BaselineComparison, EvaluationReport, HorizonReport, Interval, JudgedModel } from 'candlewick/evaluate'
import { byId, make } from '../dom.ts'
import { countText, percentText } from '../format.ts'
import { problemOf } from '../problem.ts'
import { showWork } from '../steps.ts'
import { judge, keepWithModel } from './judge.ts'
import type { Outcome } from './run.ts'

const judgeButton: HTMLButtonElement = byId('test-judge', HTMLButtonElement)
const cancelButton: HTMLButtonElement = byId('test-judge-cancel', HTMLButtonElement)
const recordButton: HTMLButtonElement = byId('test-record', HTMLButtonElement)
const said: HTMLElement = byId('test-worth-said', HTMLElement)

const figure = (value: number): string => value.toFixed(3).replace('-', '−')
const signed = (value: number): string => `${value < 0 ? '' : '+'}${figure(value)}`

/** A figure with its interval. */
function bounded(
  value: number | null | undefined,
  interval: Interval | undefined,
  text: (value: number) => string = figure,
): readonly (Node | string)[] {
  if (value === null || value === undefined) return ['–']
  const { low = null, high = null } = interval ?? {}
  if (low === null || high === null) return [text(value)]
  return [text(value), make('small', {}, ` [${text(low)}, ${text(high)}]`)]
}

const columns = [
  'Ahead',
  'Judged',
  'Rank IC',
  'Macro F1',
  'Hit rate',
  'Brier',
  'F1 over momentum',
  'F1 over neutral',
] as const

const cell = (column: (typeof columns)[number], ...content: readonly (Node | string)[]): HTMLElement =>
  make('td', { class: 'number', 'data-label': column }, make('span', {}, ...content))

function row(horizon: HorizonReport, comparisons: readonly BaselineComparison[]): HTMLElement {
  const { name, n, metrics, intervals } = horizon
  const over = (baseline: string): readonly (Node | string)[] => {
    const compared = comparisons.find((one) => one.baseline === baseline)
    const found = compared?.horizons.find((one) => one.name === name)
    return bounded(found?.difference['macroF1'], found?.intervals['macroF1'], signed)
  }
  const { rankIc, macroF1, hitRate, brier } = metrics
  const rate = hitRate === null || hitRate === undefined ? '–' : percentText(hitRate, 1)
  return make(
    'tr',
    { 'data-testid': `worth-${name}` },
    make('th', { scope: 'row' }, name),
    cell('Judged', countText(n)),
    cell('Rank IC', ...bounded(rankIc, intervals['rankIc'])),
    cell('Macro F1', ...bounded(macroF1, intervals['macroF1'])),
    cell('Hit rate', rate),
    cell('Brier', ...bounded(brier, undefined)),
    cell('F1 over momentum', ...over('momentum')),
    cell('F1 over neutral', ...over('always-neutral')),
  )
}

function table({ horizons }: EvaluationReport, comparisons: readonly BaselineComparison[]): HTMLElement {
  const heads = columns.map((head, at) => make('th', { scope: 'col', class: at === 0 ? '' : 'number' }, head))
  return make(
    'table',
    { class: 'cards judged' },
    make('thead', {}, make('tr', {}, ...heads)),
    make('tbody', {}, ...horizons.map((horizon) => row(horizon, comparisons))),
  )
}

/** The card of one page. */
export class WorthCard {
  #outcome: Outcome | undefined
  #judged: JudgedModel | undefined
  #leaving = new AbortController()

  constructor() {
    judgeButton.addEventListener('click', () => void this.#judge())
    cancelButton.addEventListener('click', () => this.#leaving.abort(new DOMException('Cancelled.', 'AbortError')))
    recordButton.addEventListener('click', () => void this.#keep())
  }

  /** Offers to judge another backtest; `undefined` where there is none. What is being judged is given up. */
  offer(outcome: Outcome | undefined): void {
    this.#leaving.abort(new DOMException('Another backtest began.', 'AbortError'))
    this.#outcome = outcome
    this.#judged = undefined
    byId('test-worth', HTMLElement).replaceChildren()
    byId('test-set', HTMLElement).textContent = ''
    said.textContent = ''
    judgeButton.hidden = false
    recordButton.hidden = true
    this.#work(false)
  }

  async #judge(): Promise<void> {
    const outcome = this.#outcome
    if (outcome === undefined) return
    const { signal } = (this.#leaving = new AbortController())
    said.textContent = ''
    this.#work(true)
    cancelButton.focus({ preventScroll: true })
    try {
      const judged = await judge(outcome, signal, (share) => {
        if (!signal.aborted) showJudging(share)
      })
      signal.throwIfAborted()
      this.#show(judged)
    } catch (error) {
      // Whoever began another backtest looks at that one.
      if (outcome !== this.#outcome) return
      said.textContent = signal.aborted ? 'Cancelled.' : problemOf(error).message
    }
    this.#work(false)
    ;(this.#judged === undefined ? judgeButton : recordButton).focus({ preventScroll: true })
  }

  #show(judged: JudgedModel): void {
    this.#judged = judged
    const { report, comparisons } = judged
    byId('test-worth', HTMLElement).replaceChildren(table(report, comparisons))
    byId('test-set', HTMLElement).textContent = report.evalSetId ?? ''
    judgeButton.hidden = true
    recordButton.hidden = false
  }

  async #keep(): Promise<void> {
    const [outcome, judged] = [this.#outcome, this.#judged]
    if (outcome === undefined || judged === undefined) return
    recordButton.disabled = true
    try {
      await keepWithModel(outcome.request.settings.manifest, outcome.model, judged)
      said.textContent = 'Kept. Versions that were judged on the same bars are compared by it, in the panel of models.'
    } catch (error) {
      said.textContent = problemOf(error).message
    }
    recordButton.disabled = false
  }

  #work(judging: boolean): void {
    if (judging) showJudging(0)
    else showWork('test-judging', undefined)
    judgeButton.disabled = judging
    cancelButton.hidden = !judging
  }
}

const showJudging = (share: number): void =>
  showWork('test-judging', { name: 'Judging', share: { done: share, of: 1 }, amount: percentText(share) })
