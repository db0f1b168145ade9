/** Joins the controls of the page to the workbench. */
import type { CandleSeries } from 'candlewick'
import { PriceChart } from './chart.ts'
import { byId, make } from './dom.ts'
import { FeaturePlot } from './feature-plot.ts'
import { fileMarket, type Market, readCandleFile, simulatedMarket } from './market.ts'
import { startOffline } from './offline.ts'
import { type Action, problemOf } from './problem.ts'
import { readSettings, type Settings, writeSettings } from './settings.ts'
import { Tabs } from './tabs.ts'
import { showProblem } from './view.ts'
import { Workbench } from './workbench.ts'

const seed: HTMLInputElement = byId('seed', HTMLInputElement)
const backend: HTMLSelectElement = byId('backend', HTMLSelectElement)
const strategy: HTMLSelectElement = byId('strategy', HTMLSelectElement)
const fileInput: HTMLInputElement = byId('file', HTMLInputElement)
const fill: HTMLInputElement = byId('fill', HTMLInputElement)
const symbol: HTMLSelectElement = byId('symbol', HTMLSelectElement)
const drop: HTMLElement = byId('drop', HTMLElement)
const feature: HTMLSelectElement = byId('feature', HTMLSelectElement)

const asked = readSettings(location.search)
let settings: Settings = asked.settings
let file: File | undefined
let markets: readonly Market[] = []

const chart = new PriceChart(byId('chart', HTMLElement))
const plot = new FeaturePlot(chart, feature, byId('feature-doc', HTMLElement))
const workbench = new Workbench(chart, plot, settings, simulatedMarket(settings.seed, settings.bars), act)

function change(changed: Partial<Settings>): void {
  settings = { ...settings, ...changed }
  writeSettings(settings)
  showSettings()
}

function showSettings(): void {
  seed.value = String(settings.seed)
  backend.value = settings.backend
  strategy.value = settings.strategy
}

async function simulate(): Promise<void> {
  if (!seed.reportValidity()) return
  change({ seed: seed.valueAsNumber })
  showSymbols([])
  file = undefined
  markets = []
  await workbench.look(() => simulatedMarket(settings.seed, settings.bars))
}

function showSymbols(all: readonly CandleSeries[]): void {
  byId('symbols', HTMLElement).hidden = all.length < 2
  symbol.replaceChildren(...all.map((series, i) => make('option', { value: String(i) }, series.symbol)))
}

async function load(chosen: File): Promise<void> {
  file = chosen
  await workbench.look(async () => {
    const all = await readCandleFile(chosen, fill.checked ? 'flat' : 'error')
    markets = all.map((series) => fileMarket(chosen.name, series))
    showSymbols(all)
    return markets[0]!
  })
}

async function reopen(changed: Partial<Settings>): Promise<void> {
  change(changed)
  await workbench.open(settings)
}

/** The ways out of a failure. */
function act(action: Action): void {
  const ways: Readonly<Record<Action, () => unknown>> = {
    retry: () => workbench.open(),
    restart: () => workbench.restart(),
    'choose-file': () => fileInput.click(),
    'fill-gaps': () => {
      fill.checked = true
      return file === undefined ? undefined : load(file)
    },
    simulate,
    'use-wasm': () => reopen({ backend: 'wasm' }),
  }
  void ways[action]()
}

const on = (element: HTMLElement, type: string, work: () => unknown): void =>
  element.addEventListener(type, () => void work())

on(byId('simulate', HTMLElement), 'click', simulate)
on(byId('play', HTMLElement), 'click', () => workbench.togglePlay())
on(byId('cancel', HTMLElement), 'click', () => workbench.cancel())
on(backend, 'change', () => reopen({ backend: backend.value === 'webgpu' ? 'webgpu' : 'wasm' }))
on(strategy, 'change', () => reopen({ strategy: strategy.value as Settings['strategy'] }))
on(feature, 'change', () => change({ feature: feature.value }))
on(symbol, 'change', () => workbench.look(() => markets[Number(symbol.value)]!))
on(fill, 'change', () => (file === undefined ? undefined : load(file)))
on(fileInput, 'change', () => {
  const [chosen] = fileInput.files ?? []
  // Emptied, so that choosing the corrected file of the same name counts as a change.
  if (chosen !== undefined) void load(chosen).finally(() => (fileInput.value = ''))
})
seed.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') void simulate()
})

addEventListener('dragover', (event) => {
  event.preventDefault()
  drop.classList.add('over')
})
addEventListener('dragleave', () => drop.classList.remove('over'))
addEventListener('drop', (event) => {
  event.preventDefault()
  drop.classList.remove('over')
  const dropped = event.dataTransfer?.files[0]
  if (dropped !== undefined) void load(dropped)
})

// Whatever else goes wrong is said too: a page that looks ready and is not would be worse.
addEventListener('unhandledrejection', ({ reason }) => showProblem(problemOf(reason), act))
addEventListener('error', ({ error }) => {
  // Browsers report postponed resize notices here too, without an error; nothing is wrong then.
  if (error !== null && error !== undefined) showProblem(problemOf(error), act)
})

showSettings()
void startOffline()
const tabs = new Tabs({
  settings: () => settings,
  change,
  loaded: () => markets,
  useStrategy: (name) => void reopen({ strategy: name }),
})
if (settings.view !== 'chart') void tabs.show(settings.view)
await workbench.open()
const problems = [...asked.problems]
if (!(await plot.fill(settings.feature))) {
  problems.push(`In the address, feature=${settings.feature} is no feature; none is plotted.`)
  change({ feature: '' })
}
if (problems.length > 0 && document.body.dataset['state'] === 'ready')
  showProblem(
    {
      title: 'Part of the address was not used',
      message: problems.join(' '),
      remedy: 'Correct the link.',
      actions: [],
    },
    act,
  )

// The registry comes last: the first signal must not wait for it.
const { RegistryPanel } = await import('./registry-panel.ts')
const models = new RegistryPanel(settings.manifest, {
  running: () => workbench.running,
  moved: () => void workbench.open(),
})
workbench.whenOpened(() => void models.refresh())
await models.open()
