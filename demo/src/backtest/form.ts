/** The controls that say what is tested, and what they come to. */
import type { CandleSeries } from 'candlewick'
import { byId, make } from '../dom.ts'
import { countText } from '../format.ts'
import type { Market } from '../market.ts'
import { PageError } from '../problem.ts'
import type { Settings } from '../settings.ts'
import { CandleFile } from './candle-file.ts'
import { simulatedYear } from './simulated-year.ts'

/** What the backtest needs of the page. */
export interface BacktestHooks {
  readonly settings: () => Settings
  /** Changes settings, and the address with them. */
  readonly change: (changed: Partial<Settings>) => void
  /** The markets of the file on the chart; none where that is simulated. */
  readonly loaded: () => readonly Market[]
  /** Lets the whole page use a strategy. */
  readonly useStrategy: (strategy: Settings['strategy']) => void
}

/** What is asked for. */
export interface Request {
  readonly settings: Settings
  /** What the candles are, in words. */
  readonly label: string
  readonly sha256: string | null
  /** Bar-open times, ms: the first that counts, and the first that does not any more. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly candles: (signal: AbortSignal) => Promise<readonly CandleSeries[]>
}

const dayMs = 86_400_000

const source: HTMLSelectElement = byId('test-source', HTMLSelectElement)
const symbol: HTMLSelectElement = byId('test-symbol', HTMLSelectElement)
const strategy: HTMLSelectElement = byId('test-strategy', HTMLSelectElement)
const file: HTMLInputElement = byId('test-file', HTMLInputElement)
const fill: HTMLInputElement = byId('test-fill', HTMLInputElement)
const numbers = {
  testBars: byId('test-bars', HTMLInputElement),
  feeBps: byId('test-fees', HTMLInputElement),
  slippageBps: byId('test-slippage', HTMLInputElement),
} as const
const days = { firstDay: byId('test-first', HTMLInputElement), lastDay: byId('test-last', HTMLInputElement) } as const
const all = 'input, select, label.button'

const refusal = (title: string, message: string, remedy: string): PageError =>
  new PageError({ title, message, remedy, actions: [] })

function periodOf({ firstDay, lastDay }: Settings): { from: number | undefined; to: number | undefined } {
  if (firstDay !== '' && lastDay !== '' && firstDay > lastDay)
    throw refusal(
      'The period is empty',
      `Its first day, ${firstDay}, comes after its last day, ${lastDay}.`,
      'Let it begin before it ends, or empty both days.',
    )
  return {
    from: firstDay === '' ? undefined : Date.parse(`${firstDay}T00:00Z`),
    to: lastDay === '' ? undefined : Date.parse(`${lastDay}T00:00Z`) + dayMs,
  }
}

/** The controls of one page. */
export class Form {
  readonly #hooks: BacktestHooks
  readonly #failed: (error: unknown) => void
  readonly #file: CandleFile
  /** Files that are being read. */
  #reading = 0

  /** @param failed told what a file was refused for, or that nothing is wrong any more */
  constructor(hooks: BacktestHooks, failed: (error: unknown) => void) {
    this.#hooks = hooks
    this.#failed = failed
    this.#file = new CandleFile(hooks.loaded)
    source.addEventListener('change', () => this.show())
    strategy.addEventListener('change', () => hooks.useStrategy(strategy.value as Settings['strategy']))
    for (const field of [...Object.values(numbers), ...Object.values(days)])
      field.addEventListener('change', () => this.#keep())
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen !== undefined) this.#read(this.#file.read(chosen, fill.checked).finally(() => (file.value = '')))
    })
    fill.addEventListener('change', () => this.#read(this.#file.again(fill.checked)))
    const { settings } = hooks
    for (const [name, field] of Object.entries(numbers)) field.value = String(settings()[name as keyof typeof numbers])
    for (const [name, field] of Object.entries(days)) field.value = settings()[name as keyof typeof days]
    if (hooks.loaded().length > 0) source.value = 'file'
  }

  /** Shows what would be tested now. */
  show(): void {
    const { seed, strategy: name } = this.#hooks.settings()
    const simulated = source.value === 'simulated'
    strategy.value = name
    for (const part of byId('backtest', HTMLElement).querySelectorAll<HTMLElement>('[data-of]'))
      part.hidden = part.dataset['of'] !== source.value
    const { name: fileName, histories } = this.#file
    const bars = histories.reduce((sum, { length }) => sum + length, 0)
    const markets = histories.length === 1 ? '1 symbol' : `${histories.length} symbols`
    const chosen = fileName === undefined ? 'No file yet' : `${fileName} · ${markets}, ${countText(bars)} bars`
    const label = byId('test-candles', HTMLElement)
    label.classList.toggle('simulated', simulated)
    label.textContent = simulated ? `Simulated market, seed ${seed}: no price here is real` : chosen
    const symbols = histories.map((series) => series.symbol)
    const before = symbol.value
    symbol.replaceChildren(
      make('option', { value: '' }, symbols.length > 1 ? `all ${symbols.length}` : 'all'),
      ...symbols.map((one) => make('option', { value: one }, one)),
    )
    symbol.value = symbols.includes(before) ? before : ''
  }

  /** Lets the controls be used, or not: while a backtest runs they say what it tests. */
  enable(enabled: boolean): void {
    for (const control of byId('backtest', HTMLElement).querySelectorAll<HTMLElement>(all))
      control.toggleAttribute(control instanceof HTMLLabelElement ? 'inert' : 'disabled', !enabled)
  }

  /** Opens the chooser of files. */
  choose(): void {
    source.value = 'file'
    this.show()
    file.click()
  }

  /** Goes back to the simulated market. */
  simulate(): void {
    source.value = 'simulated'
    this.show()
  }

  /** Fills the gaps of the file. */
  fill(): void {
    fill.checked = true
    this.#read(this.#file.again(true))
  }

  /**
   * What is asked for.
   *
   * @throws PageError where the controls say nothing usable
   */
  read(): Request {
    const wrong = [...Object.values(numbers), ...Object.values(days)].find(
      (field) => !(field.hidden || field.closest('[hidden]') !== null || field.validity.valid),
    )
    if (wrong !== undefined) {
      wrong.focus()
      const named = wrong.labels?.[0]?.textContent ?? wrong.id
      throw refusal('A field cannot be used', `${named}: ${wrong.validationMessage}`, 'Correct it.')
    }
    this.#keep()
    const settings = this.#hooks.settings()
    const { seed, testBars } = settings
    if (source.value === 'simulated')
      return {
        settings,
        ...periodOf(settings),
        label: `Simulated market, seed ${seed}, ${countText(testBars)} bars`,
        sha256: null,
        candles: (signal) => simulatedYear(seed, testBars, signal),
      }
    return { settings, ...periodOf(settings), ...this.#ofFile() }
  }

  #read(work: Promise<void>): void {
    this.#reading += 1
    byId('test-candles', HTMLElement).textContent = 'Reading the file.'
    const over = (): void => {
      this.#reading -= 1
      this.show()
    }
    void work.then(() => this.#failed(undefined), this.#failed).finally(over)
  }

  #ofFile(): Pick<Request, 'label' | 'sha256' | 'candles'> {
    const { name, histories, sha256 } = this.#file
    if (this.#reading > 0)
      throw refusal('The file is still being read', 'Its candles are not here yet.', 'Wait a moment.')
    if (name === undefined)
      throw new PageError({
        title: 'No candles yet',
        message: 'No file was chosen.',
        remedy: 'Choose one, or test the simulated market.',
        actions: ['choose-file', 'simulate'],
      })
    const chosen = histories.filter((series) => symbol.value === '' || series.symbol === symbol.value)
    return { label: name, sha256, candles: async () => chosen }
  }

  #keep(): void {
    const valid = Object.entries(numbers).filter(([, field]) => field.validity.valid)
    this.#hooks.change({
      ...Object.fromEntries(valid.map(([name, field]) => [name, field.valueAsNumber])),
      firstDay: days.firstDay.value,
      lastDay: days.lastDay.value,
    })
  }
}
