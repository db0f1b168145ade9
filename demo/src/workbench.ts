/** The page's engine and market, and what happens to them. One piece of work at a time: a new one ends the one before. */
import {
  type Candle,
  CandleSeries,
  createSignalEngine,
  type EngineInfo,
  type EngineProgress,
  type Recovery,
  type SignalEngine,
} from 'candlewick'
import type { Signal } from 'candlewick/signals'
import type { PriceChart } from './chart.ts'
import type { FeaturePlot } from './feature-plot.ts'
import { byId } from './dom.ts'
import { Latencies, showEngine } from './engine-panel.ts'
import { checkTimeframe, type Market } from './market.ts'
import { modelIsKept } from './offline.ts'
import { type Action, type Problem, problemOf } from './problem.ts'
import { hideProgress, showProgress } from './progress.ts'
import { cardOf, trustFor } from './publisher.ts'
import type { Settings } from './settings.ts'
import { showForecast, showRecent, showSignal } from './signal-panel.ts'
import { showMarket, showNotice, showProblem, showState } from './view.ts'

/** Bars that are pushed one by one at the start, so that the latency shown is measured and not guessed. */
const timedBars = 5
/** Past signals: on the chart, and at most kept while a simulated market goes on. */
const replayed = { simulated: 300, file: 500, kept: 2000 } as const

const cancelled: Problem = {
  title: 'Cancelled',
  message: 'Loading was cancelled.',
  remedy: 'Start it whenever you like; what was fetched whole is not fetched again.',
  actions: ['retry'],
}

/** Rejects when the work is cancelled. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })

/** Runs the engine for the page. */
export class Workbench {
  readonly #chart: PriceChart
  readonly #plot: FeaturePlot
  readonly #act: (action: Action) => void
  readonly #latencies = new Latencies()
  #settings: Settings
  #market: Market
  #engine: SignalEngine | undefined
  #work = new AbortController()
  #stream: AbortController | undefined
  #signals: Signal[] = []
  #recoveries = 0
  #listener: (() => void) | undefined

  constructor(chart: PriceChart, plot: FeaturePlot, settings: Settings, market: Market, act: (action: Action) => void) {
    this.#chart = chart
    this.#plot = plot
    this.#settings = settings
    this.#market = market
    this.#act = act
    this.#showMarket()
  }

  /** What the engine runs; `undefined` while there is none. */
  get running(): EngineInfo | undefined {
    return this.#engine?.info
  }

  /** Has somebody told whenever an engine was opened. */
  whenOpened(listener: () => void): void {
    this.#listener = listener
  }

  /** Opens an engine with these settings and looks at the market. */
  async open(settings: Settings = this.#settings): Promise<void> {
    this.#settings = settings
    await this.#run('Loading the model.', async (signal) => {
      const former = this.#engine
      this.#engine = undefined
      await former?.close()
      const engine = await this.#create(signal)
      this.#engine = engine
      this.#listener?.()
      this.#latencies.clear()
      await this.#analyse(engine, signal)
    })
  }

  /** Looks at another market. `load` may take its time and fail. */
  async look(load: () => Market | Promise<Market>): Promise<void> {
    await this.#run('Loading candles.', async (signal) => {
      const market = await load()
      signal.throwIfAborted()
      this.#market = market
      this.#showMarket()
      this.#engine ??= await this.#create(signal)
      await this.#analyse(this.#engine, signal)
    })
  }

  /** Starts the engine again after a crash. */
  async restart(): Promise<void> {
    const engine = this.#engine
    if (engine === undefined) return this.open()
    await this.#run('Starting the engine again.', async (signal) => {
      await engine.restart()
      signal.throwIfAborted()
      await this.#analyse(engine, signal)
    })
  }

  /** Ends the work under way. */
  cancel(): void {
    this.#work.abort(new DOMException('Cancelled by the user.', 'AbortError'))
  }

  /** Starts the stream of candles, or stops it. */
  async togglePlay(): Promise<void> {
    const { next } = this.#market
    if (this.#stream !== undefined || next === undefined || this.#engine === undefined) return this.#pause()
    const stream = (this.#stream = new AbortController())
    this.#showPlay()
    showState('ready', 'Playing the simulated market, one candle a second.')
    try {
      while (!stream.signal.aborted) {
        await this.#take(this.#engine, next())
        await pause(1000, stream.signal)
      }
    } catch (error) {
      if (!stream.signal.aborted) this.#fail(error)
    }
  }

  async #run(text: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#pause()
    this.#work.abort(new DOMException('Replaced by newer work.', 'AbortError'))
    const { signal } = (this.#work = new AbortController())
    showProblem(undefined, this.#act)
    showProgress({ phase: 'manifest', loaded: 0, total: 0 })
    showState('loading', text)
    try {
      await work(signal)
      signal.throwIfAborted()
      hideProgress()
      showState('ready', this.#summary())
    } catch (error) {
      if (signal !== this.#work.signal) return
      if (signal.aborted) this.#cancelled()
      else this.#fail(error)
    } finally {
      this.#showPlay()
    }
  }

  async #create(signal: AbortSignal): Promise<SignalEngine> {
    const { manifest, backend, strategy } = this.#settings
    const engine = await createSignalEngine({
      manifest,
      trust: trustFor(manifest),
      backends: backend === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
      strategy,
      onProgress: (progress: EngineProgress) => {
        if (!signal.aborted) showProgress(progress)
      },
      onRecovery: (recovery) => this.#recovered(recovery),
      signal,
    })
    if (signal.aborted) await engine.close()
    signal.throwIfAborted()
    showNotice(engine.info, cardOf(manifest))
    modelIsKept(engine.info.persisted)
    showEngine(byId('engine', HTMLElement), engine.info, this.#latencies)
    return engine
  }

  /** The engine has helped itself: nothing is lost, but it must not pass unseen. */
  #recovered({ reason, from, to }: Recovery): void {
    this.#recoveries += 1
    const where = from === to ? '' : `, on ${to} instead of ${from}`
    showState('ready', `The engine stopped (${reason}) and started again by itself${where} (${this.#recoveries}).`)
    if (this.#engine !== undefined) showEngine(byId('engine', HTMLElement), this.#engine.info, this.#latencies)
  }

  /** Markers for the past, then the newest bars one by one as if they came live. */
  async #analyse(engine: SignalEngine, signal: AbortSignal): Promise<void> {
    const { series, simulated } = this.#market
    const { symbol, timeframe } = series
    checkTimeframe(series, engine.info.timeframe)
    const onProgress = (progress: EngineProgress): void => {
      if (!signal.aborted) showProgress(progress)
    }
    const last = simulated ? replayed.simulated : replayed.file
    this.#signals = await engine.replay(series, { last, signal, onProgress })
    const tail = Math.min(timedBars, series.length - 1)
    await engine.prime(CandleSeries.from(series.slice(0, -tail), { symbol, timeframe }), { signal })
    let current = this.#signals.at(-1)
    for (const candle of series.slice(-tail)) {
      signal.throwIfAborted()
      current = (await this.#decide(engine, candle)) ?? current
    }
    signal.throwIfAborted()
    this.#showSignals(engine, current)
  }

  /** One candle of the stream. */
  async #take(engine: SignalEngine, candle: Candle): Promise<void> {
    const market = this.#market
    market.series.append(candle)
    this.#chart.add(candle)
    this.#plot.add(candle)
    showMarket(market)
    const former = this.#signals.at(-1)?.side
    const signal = await this.#decide(engine, candle)
    if (signal === undefined || engine !== this.#engine || market !== this.#market) return
    this.#signals = [...this.#signals.slice(1 - replayed.kept), signal]
    this.#showSignals(engine, signal)
    if (signal.side !== former) showState('ready', this.#summary())
  }

  async #decide(engine: SignalEngine, candle: Candle): Promise<Signal | undefined> {
    const begin = performance.now()
    const signal = await engine.push(candle, this.#market.series.symbol)
    if (signal !== undefined) this.#latencies.add(performance.now() - begin)
    return signal
  }

  #showSignals(engine: SignalEngine, current: Signal | undefined): void {
    this.#chart.showSignals(this.#signals, current)
    showRecent(byId('recent', HTMLElement), this.#signals)
    showEngine(byId('engine', HTMLElement), engine.info, this.#latencies)
    if (current === undefined) return
    showSignal(byId('signal', HTMLElement), current, engine.info)
    showForecast(byId('forecast', HTMLElement), current, engine.info)
  }

  #showMarket(): void {
    this.#signals = []
    showMarket(this.#market)
    this.#chart.show(this.#market.series)
    this.#plot.show(this.#market.series)
  }

  #summary(): string {
    const signal = this.#signals.at(-1)
    const [instead] = this.#engine?.info.tried ?? []
    const fallback = instead === undefined ? '' : ` On WebAssembly, because ${instead.reason}.`
    return `Ready.${signal === undefined ? '' : ` ${signal.symbol}: ${signal.side}.`}${fallback}`
  }

  #pause(): void {
    const playing = this.#stream !== undefined
    this.#stream?.abort(new DOMException('Paused.', 'AbortError'))
    this.#stream = undefined
    this.#showPlay()
    if (playing) showState('ready', 'Paused.')
  }

  #showPlay(): void {
    const button = byId('play', HTMLButtonElement)
    const playing = this.#stream !== undefined
    button.disabled = this.#market.next === undefined || document.body.dataset['state'] !== 'ready'
    button.setAttribute('aria-pressed', String(playing))
    button.textContent = playing ? 'Pause' : 'Play'
  }

  #cancelled(): void {
    hideProgress()
    showState('cancelled', '')
    showProblem(cancelled, this.#act)
  }

  #fail(error: unknown): void {
    this.#pause()
    hideProgress()
    showState('failed', '')
    showProblem(problemOf(error), this.#act)
    this.#showPlay()
  }
}
