/** The views of the page, as tabs. The live desk is loaded when it is opened for the first time, and stopped when it is left. */
import { byId } from './dom.ts'
import type { LivePanel } from './live/panel.ts'
import type { Settings } from './settings.ts'

type View = Settings['view']

const tabs: Readonly<Record<View, HTMLButtonElement>> = {
  chart: byId('tab-chart', HTMLButtonElement),
  live: byId('tab-live', HTMLButtonElement),
}

const views: Readonly<Record<View, HTMLElement>> = {
  chart: byId('chart-view', HTMLElement),
  live: byId('live', HTMLElement),
}

/** What the tabs need of the page. */
export interface TabHooks {
  readonly settings: () => Settings
  readonly chosen: (view: View) => void
}

/** The tabs of one page. */
export class Tabs {
  readonly #hooks: TabHooks
  #live: Promise<LivePanel> | undefined

  constructor(hooks: TabHooks) {
    this.#hooks = hooks
    for (const [view, other] of [
      ['chart', 'live'],
      ['live', 'chart'],
    ] as const) {
      tabs[view].addEventListener('click', () => void this.show(view))
      tabs[view].addEventListener('keydown', ({ key }) => {
        if (key !== 'ArrowLeft' && key !== 'ArrowRight') return
        tabs[other].focus()
        void this.show(other)
      })
    }
  }

  /** Shows a view. */
  async show(view: View): Promise<void> {
    for (const name of ['chart', 'live'] as const) {
      tabs[name].setAttribute('aria-selected', String(name === view))
      tabs[name].tabIndex = name === view ? 0 : -1
      views[name].hidden = name !== view
    }
    this.#hooks.chosen(view)
    if (view === 'live') {
      this.#live ??= this.#open()
      await this.#live
    } else await (await this.#live)?.leave()
  }

  async #open(): Promise<LivePanel> {
    try {
      const [{ LivePanel }, { simulatedControls }] = await Promise.all([
        import('./live/panel.ts'),
        import('./live/simulated-controls.ts'),
      ])
      const panel = await LivePanel.open(this.#hooks.settings, simulatedControls)
      // Until now nobody listened to its controls; a press would have been lost.
      views.live.inert = false
      return panel
    } catch (error) {
      // The next opening tries again; what went wrong is shown where the page shows what nobody waits for.
      this.#live = undefined
      throw error
    }
  }
}
