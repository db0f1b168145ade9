/** What the address of the page asks for, so that a view can be linked to. */
import type { StrategyName } from 'candlewick/signals'

/** The user's choices. */
export interface Settings {
  readonly backend: 'wasm' | 'webgpu'
  readonly strategy: StrategyName
  /** Seed of the simulated market. */
  readonly seed: number
  /** Candles of the simulated market at the start. */
  readonly bars: number
  /** Address of the model manifest, relative to the page. */
  readonly manifest: string
  /** Id of the feature under the chart; empty for none. */
  readonly feature: string
  /** What is seen: one market with its chart, the live desk, or the backtest. */
  readonly view: 'chart' | 'live' | 'backtest'
  /** Candles of the simulated market in a backtest. */
  readonly testBars: number
  /** Costs of a backtest, in basis points. */
  readonly feeBps: number
  readonly slippageBps: number
  /** Days of a backtest as `2024-03-01`, UTC, both included; empty where every bar counts. */
  readonly firstDay: string
  readonly lastDay: string
}

/** Bars of 15 minutes in a year. */
const barsPerYear = 35_040

/** What is chosen where the address says nothing. */
export const defaults: Settings = {
  backend: 'wasm',
  strategy: 'moderate',
  seed: 7,
  bars: 1500,
  manifest: 'models/manifest.json',
  feature: '',
  view: 'chart',
  testBars: barsPerYear,
  feeBps: 10,
  slippageBps: 2,
  firstDay: '',
  lastDay: '',
}

/** Whether a text is a day of the calendar, as a field for days has it. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** The settings in a query string, and a sentence for each value that could not be used. */
export function readSettings(search: string): { settings: Settings; problems: readonly string[] } {
  const query = new URLSearchParams(search)
  const problems: string[] = []
  const refuse = <T>(name: keyof Settings, text: string, expected: string, fallback: T): T => {
    problems.push(`In the address, ${name}=${text} is not ${expected}; ${String(fallback)} is used.`)
    return fallback
  }
  const oneOf = <T extends string>(name: 'backend' | 'strategy' | 'view', choices: readonly T[], fallback: T): T => {
    const text = query.get(name)
    if (text === null) return fallback
    return choices.find((choice) => choice === text) ?? refuse(name, text, `one of ${choices.join(', ')}`, fallback)
  }
  const whole = (name: 'seed' | 'bars' | 'testBars', low: number, high: number): number => {
    const text = query.get(name)
    if (text === null) return defaults[name]
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    return value >= low && value <= high
      ? value
      : refuse(name, text, `a whole number from ${low} to ${high}`, defaults[name])
  }
  const points = (name: 'feeBps' | 'slippageBps'): number => {
    const text = query.get(name)
    if (text === null) return defaults[name]
    const value = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : NaN
    return value <= 1000 ? value : refuse(name, text, 'a number from 0 to 1000', defaults[name])
  }
  const day = (name: 'firstDay' | 'lastDay'): string => {
    const text = query.get(name) ?? ''
    if (text === '' || isDay(text)) return text
    refuse(name, text, 'a day like 2024-03-01', 'none')
    return ''
  }
  const settings: Settings = {
    backend: oneOf('backend', ['wasm', 'webgpu'], defaults.backend),
    strategy: oneOf('strategy', ['conservative', 'moderate', 'aggressive'], defaults.strategy),
    seed: whole('seed', 0, 4_294_967_295),
    bars: whole('bars', 1, 20_000),
    manifest: query.get('manifest') ?? defaults.manifest,
    feature: query.get('feature') ?? defaults.feature,
    view: oneOf('view', ['chart', 'live', 'backtest'], defaults.view),
    testBars: whole('testBars', 1, 200_000),
    feeBps: points('feeBps'),
    slippageBps: points('slippageBps'),
    firstDay: day('firstDay'),
    lastDay: day('lastDay'),
  }
  return { settings, problems }
}

/** Puts the settings into the address, leaving out what is default. */
export function writeSettings(settings: Settings): void {
  const query = new URLSearchParams()
  for (const name of Object.keys(defaults) as (keyof Settings)[])
    if (settings[name] !== defaults[name]) query.set(name, String(settings[name]))
  const search = query.toString()
  history.replaceState(null, '', search === '' ? location.pathname : `?${search}`)
}
