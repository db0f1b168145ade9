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
  /** What is seen: one market with its chart, or the live desk. */
  readonly view: 'chart' | 'live'
}

const defaults: Settings = {
  backend: 'wasm',
  strategy: 'moderate',
  seed: 7,
  bars: 1500,
  manifest: 'models/manifest.json',
  feature: '',
  view: 'chart',
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
  const whole = (name: 'seed' | 'bars', low: number, high: number): number => {
    const text = query.get(name)
    if (text === null) return defaults[name]
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    return value >= low && value <= high
      ? value
      : refuse(name, text, `a whole number from ${low} to ${high}`, defaults[name])
  }
  const settings: Settings = {
    backend: oneOf('backend', ['wasm', 'webgpu'], defaults.backend),
    strategy: oneOf('strategy', ['conservative', 'moderate', 'aggressive'], defaults.strategy),
    seed: whole('seed', 0, 4_294_967_295),
    bars: whole('bars', 1, 20_000),
    manifest: query.get('manifest') ?? defaults.manifest,
    feature: query.get('feature') ?? defaults.feature,
    view: oneOf('view', ['chart', 'live'], defaults.view),
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
