/** What runs: backend, latency, the model and where its bytes came from, and how long the start took. */
import type { EngineInfo } from 'candlewick'
import { make } from './dom.ts'
import { bytesText, countText, durationText } from './format.ts'

const backendNames: Readonly<Record<string, string>> = { wasm: 'WebAssembly', webgpu: 'WebGPU' }

const backendName = (backend: string): string => backendNames[backend] ?? backend

/** The middle of the latest waits between a closed candle and its signal. */
export class Latencies {
  #values: number[] = []
  #last: number | undefined

  /** The newest wait, in ms. */
  get last(): number | undefined {
    return this.#last
  }

  /** The median of up to 200 waits, in ms. */
  get median(): number | undefined {
    const sorted = this.#values.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]
  }

  /** How many waits the median is of. */
  get count(): number {
    return this.#values.length
  }

  /** Adds a wait, in ms. */
  add(ms: number): void {
    this.#last = ms
    this.#values.push(ms)
    if (this.#values.length > 200) this.#values.shift()
  }

  /** Forgets everything: another backend starts. */
  clear(): void {
    this.#values = []
    this.#last = undefined
  }
}

const fact = (name: string, testId: string, ...value: readonly (Node | string)[]): HTMLElement =>
  make('div', {}, make('dt', {}, name), make('dd', { 'data-testid': testId }, ...value))

const stages = [
  ['manifestMs', 'Manifest'],
  ['bytesMs', 'Model bytes'],
  ['sessionMs', 'Runtime'],
  ['warmupMs', 'Warm-up'],
] as const

function coldStart({ timings }: EngineInfo): HTMLElement {
  const whole = Math.max(timings.totalMs, 1)
  const strip = make('div', { class: 'strip', 'aria-hidden': 'true' })
  const legend = make('ul', { class: 'legend' })
  for (const [key, name] of stages) {
    const part = make('span', { class: key })
    part.style.inlineSize = `${(timings[key] / whole) * 100}%`
    strip.append(part)
    legend.append(make('li', { class: key }, `${name} `, make('b', {}, durationText(timings[key]))))
  }
  return make(
    'div',
    { class: 'cold', 'data-testid': 'cold-start' },
    make('h3', {}, 'Start ', make('b', {}, durationText(timings.totalMs))),
    strip,
    legend,
  )
}

const latencyText = ({ last, median, count }: Latencies): string =>
  last === undefined || median === undefined
    ? 'not yet measured'
    : `${durationText(median)} median of ${count}, last ${durationText(last)}`

/** In which place the model runs: the pointer of its name moves with every promotion and rollback. */
function epochText({ epoch, standsInFor }: EngineInfo): string {
  if (standsInFor !== undefined) return `in the place of ${standsInFor.id}: ${standsInFor.reason}`
  return epoch === 0 ? 'nothing was promoted yet' : `in production, epoch ${epoch}`
}

/** Shows the running engine. */
export function showEngine(box: HTMLElement, info: EngineInfo, latencies: Latencies): void {
  const { model, tried } = info
  const origin = info.source === 'network' ? 'the network' : 'this device'
  const kept = info.persisted ? 'kept for the next visit' : `not kept: ${info.storeProblem ?? 'no store here'}`
  box.replaceChildren(
    make(
      'dl',
      { class: 'facts' },
      fact('Runs on', 'backend', make('strong', {}, backendName(info.backend))),
      ...tried.map(({ backend, reason }) => fact(`Not ${backendName(backend)}`, 'tried', reason)),
      fact('Candle to signal', 'latency', latencyText(latencies)),
      fact('Model', 'model', make('strong', {}, model.name), ` ${model.version}`),
      fact('Serves', 'epoch', epochText(info)),
      fact('Came from', 'origin', make('strong', {}, origin), ` · ${kept}`),
      fact('Size', 'size', bytesText(model.bytes)),
      fact('Reads', 'reads', `${countText(model.features)} features × ${model.window} bars of ${info.timeframe}`),
    ),
    coldStart(info),
  )
}
