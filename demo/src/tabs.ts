/** The views of the page, as tabs. What is not the chart is loaded when it is opened for the first time. */
import type { BacktestHooks } from './backtest/form.ts'
import { byId } from './dom.ts'
import type { Settings } from './settings.ts'

type View = Settings['view']

/** A view that is loaded on demand. */
interface Panel {
  /** It is seen again. */
  readonly enter?: () => void
  /** It is seen no more. */
  readonly leave?: () => Promise<void>
}

/** In the order in which they stand. */
const names: readonly View[] = ['chart', 'live', 'backtest']

const tabs: Readonly<Record<View, HTMLButtonElement>> = {
  chart: byId('tab-chart', HTMLButtonElement),
  live: byId('tab-live', HTMLButtonElement),
  backtest: byId('tab-backtest', HTMLButtonElement),
}

const views: Readonly<Record<View, HTMLElement>> = {
  chart: byId('chart-view', HTMLElement),
  live: byId('live', HTMLElement),
  backtest: byId('backtest', HTMLElement),
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 }

async function openLive({ settings }: BacktestHooks): Promise<Panel> {
  const [{ LivePanel }, { simulatedControls }] = await Promise.all([
    import('./live/panel.ts'),
    import('./live/simulated-controls.ts'),
  ])
  return LivePanel.open(settings, simulatedControls)
}

async function openBacktest(hooks: BacktestHooks): Promise<Panel> {
  const { BacktestPanel } = await import('./backtest/panel.ts')
  return new BacktestPanel(hooks)
}

const openers: Readonly<Record<View, ((hooks: BacktestHooks) => Promise<Panel>) | undefined>> = {
  chart: undefined,
  live: openLive,
  backtest: openBacktest,
}

/** The tabs of one page. */
export class Tabs {
  readonly #hooks: BacktestHooks
  readonly #panels = new Map<View, Promise<Panel>>()
  #shown: View = 'chart'

  constructor(hooks: BacktestHooks) {
    this.#hooks = hooks
    for (const [at, view] of names.entries()) {
      tabs[view].addEventListener('click', () => void this.show(view))
      tabs[view].addEventListener('keydown', ({ key }) => {
        const other = names.at((at + (steps[key] ?? 0)) % names.length) ?? view
        if (other === view) return
        tabs[other].focus()
        void this.show(other)
      })
    }
  }

  /** Shows a view. */
  async show(view: View): Promise<void> {
    const left = this.#panels.get(this.#shown)
    if (view !== this.#shown) void left?.then((panel) => panel.leave?.())
    this.#shown = view
    for (const name of names) {
      tabs[name].setAttribute('aria-selected', String(name === view))
      tabs[name].tabIndex = name === view ? 0 : -1
      views[name].hidden = name !== view
    }
    this.#hooks.change({ view })
    const panel = await this.#open(view)
    panel?.enter?.()
  }

  async #open(view: View): Promise<Panel | undefined> {
    const opener = openers[view]
    if (opener === undefined) return undefined
    const opening = this.#panels.get(view) ?? opener(this.#hooks)
    this.#panels.set(view, opening)
    try {
      const panel = await opening
      // Until now nobody listened to its controls; a press would have been lost.
      views[view].inert = false
      return panel
    } catch (error) {
      // The next opening tries again; what went wrong is shown where the page shows what nobody waits for.
      this.#panels.delete(view)
      throw error
    }
  }
}
