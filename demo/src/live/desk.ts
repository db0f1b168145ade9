/** The live desk: an engine, a scheduler, paper money and the log, joined as an application would join them. */
import {
  type BarRecord,
  createSignalEngine,
  type Explanation,
  type Horizon,
  type SchedulerStatus,
  type SignalEngine,
  SignalScheduler,
} from 'candlewick'
import type { PredictionLog } from 'candlewick/monitor'
import type { Signal } from 'candlewick/signals'
import type { Problem } from '../problem.ts'
import { trustFor } from '../publisher.ts'
import type { Settings } from '../settings.ts'
import { engineStep, type Step } from '../steps.ts'
import type { FormingSignal } from './forming-table.ts'
import { Journal } from './journal.ts'
import type { DeskMarket, MarketChoice } from './market.ts'
import { Paper } from './paper.ts'
import { TappedSource } from './tapped-source.ts'

/** What the desk is doing. */
export type DeskState = 'stopped' | 'opening' | 'running' | 'paused'

/** What the desk tells. */
export interface DeskHooks {
  /** Something that is shown has changed. Called at most once for each round or press of a button. */
  readonly changed: () => void
  /** What takes time until the first signals are there; `undefined` when they are. */
  readonly progress: (step: Step | undefined) => void
  /** Something goes wrong that is tried again by itself; `undefined` when it is over. */
  readonly trouble: (problem: Problem | undefined) => void
  /** Something went wrong that the log or the scheduler could not tell by themselves. */
  readonly failed: (error: unknown) => void
}

/** What runs between start and stop. */
interface Run {
  readonly engine: SignalEngine
  readonly scheduler: SignalScheduler
  readonly market: DeskMarket
  readonly journal: Journal
}

/** Runs the desk of one page. */
export class Desk {
  /** Money on paper; it outlives a stop, because a later start goes on with the same symbols. */
  readonly paper: Paper = new Paper()
  readonly #log: PredictionLog
  readonly #hooks: DeskHooks
  readonly #records = new Map<string, BarRecord>()
  readonly #forming = new Map<string, FormingSignal>()
  #state: DeskState = 'stopped'
  #run: Run | undefined
  #leaving: AbortController | undefined
  #ending: Promise<void> = Promise.resolve()
  #lastBar: number | undefined
  #status: SchedulerStatus | undefined
  #told = false
  #seen = true
  #horizons: readonly Horizon[] = []

  constructor(log: PredictionLog, hooks: DeskHooks) {
    this.#log = log
    this.#hooks = hooks
  }

  get state(): DeskState {
    return this.#state
  }

  /** Where the scheduler stands, or stood at last; `undefined` before the first start. */
  get status(): SchedulerStatus | undefined {
    return this.#run?.scheduler.status ?? this.#status
  }

  /** The market that is followed; `undefined` while the desk is stopped. */
  get market(): DeskMarket | undefined {
    return this.#run?.market
  }

  /** Whether an engine is there that can be asked. */
  get explains(): boolean {
    return this.#run !== undefined
  }

  /** Horizons of the model that gave the signals; none before the first start. */
  get horizons(): readonly Horizon[] {
    return this.#horizons
  }

  /** What became of the newest bar of each symbol. */
  get records(): ReadonlyMap<string, BarRecord> {
    return this.#records
  }

  /** What the bars that are forming would say if they closed now. */
  get forming(): readonly FormingSignal[] {
    const symbols = this.#run?.market.source.symbols ?? []
    return symbols.map((symbol) => this.#forming.get(symbol)).filter((one) => one !== undefined)
  }

  /**
   * Opens an engine with these settings and begins to follow a market; goes on where it was paused.
   *
   * @throws what `createSignalEngine` and the market throw, unless it was stopped meanwhile
   */
  async start(settings: Settings, choice: MarketChoice): Promise<void> {
    if (this.#run !== undefined) {
      this.#run.scheduler.start()
      return this.#enter('running')
    }
    if (this.#state === 'opening') return
    this.#enter('opening')
    const leaving = (this.#leaving = new AbortController())
    try {
      await this.#ending
      await this.#begin(settings, choice, leaving.signal)
      this.#enter('running')
    } catch (error) {
      if (leaving.signal.aborted) return
      this.#hooks.progress(undefined)
      this.#enter('stopped')
      throw error
    }
  }

  /** Lets bars pass; they are logged as missed when it goes on. */
  pause(): void {
    if (this.#state !== 'running') return
    this.#run?.scheduler.pause()
    this.#enter('paused')
  }

  /** Ends everything that runs: scheduler, market, worker. Settles when nothing of it is left. */
  stop(): Promise<void> {
    if (this.#state === 'stopped') return this.#ending
    const run = this.#run
    this.#status = run?.scheduler.status ?? this.#status
    this.#run = undefined
    this.#leaving?.abort(new DOMException('The desk was stopped.', 'AbortError'))
    this.#hooks.progress(undefined)
    this.#hooks.trouble(undefined)
    this.#forming.clear()
    this.#enter('stopped')
    this.#ending = this.#end(run).catch(this.#hooks.failed)
    return this.#ending
  }

  /** The page came into sight, or went out of it. */
  inSight(visible: boolean): void {
    this.#seen = visible
    this.#run?.market.inSight?.(visible)
    if (visible) this.#run?.scheduler.wake()
  }

  /** Which groups of features moved the newest decision about a symbol. */
  async explain(symbol: string): Promise<Explanation> {
    if (this.#run === undefined) throw new TypeError('The desk is stopped. Start it, then ask again.')
    return this.#run.engine.explain(symbol)
  }

  async #begin(
    { manifest, backend, strategy }: Settings,
    { symbols, open }: MarketChoice,
    signal: AbortSignal,
  ): Promise<void> {
    const { progress, trouble } = this.#hooks
    const backends = backend === 'webgpu' ? (['webgpu', 'wasm'] as const) : (['wasm'] as const)
    const onProgress = (told: Parameters<typeof engineStep>[0]): void => progress(engineStep(told))
    const journal = await Journal.open(this.#log, symbols)
    const known = [journal.newestBar, this.#lastBar].filter((bar) => bar !== undefined)
    const lastBar = known.length === 0 ? undefined : Math.max(...known)
    // The market first: whoever follows a symbol that is not there should not wait for a model to hear of it.
    const market = await open({ lastBar, signal, progress, trouble })
    const engine = await createSignalEngine({
      manifest,
      trust: trustFor(manifest),
      backends,
      strategy,
      signal,
      onProgress,
    })
    try {
      signal.throwIfAborted()
      this.#follow(engine, market, journal)
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  #follow(engine: SignalEngine, market: DeskMarket, journal: Journal): void {
    const { timeframe } = market.source
    const tap = new TappedSource(market.source, {
      fetched: (symbol, bars) =>
        void this.#log.fillOutcomes(symbol, bars.slice(), { timeframe }).catch(this.#hooks.failed),
    })
    const { clock, settleMs, fetchMs, provisionalMs } = market
    const onRecord = (record: BarRecord): void => {
      market.answered?.()
      this.#take(record, tap)
      journal.take(record, engine.info)
    }
    const onProvisional = (signal: Signal): void => {
      this.#forming.set(signal.symbol, { signal, at: clock.now() })
      this.#tell()
    }
    const times = { clock, settleMs, fetchMs, provisionalMs }
    const scheduler = new SignalScheduler({ engines: engine, source: tap, ...times, onRecord, onProvisional })
    market.inSight?.(this.#seen)
    this.#run = { engine, scheduler, market, journal }
    this.#horizons = engine.info.model.horizons
    for (const symbol of this.#records.keys()) if (!tap.symbols.includes(symbol)) this.#records.delete(symbol)
    // A position whose market nobody follows any more would stay open for ever.
    if (this.paper.positions.some(({ symbol }) => !tap.symbols.includes(symbol))) this.paper.reset()
    scheduler.start()
  }

  #take(record: BarRecord, tap: TappedSource): void {
    const { symbol, time, status, signal } = record
    // A source that fails for one symbol may still be answering for the others.
    if (status !== 'error') {
      this.#hooks.progress(undefined)
      for (const bars of tap.take()) this.paper.bars(bars)
    }
    if (status === 'ok' && signal !== undefined) this.paper.order(signal)
    this.#lastBar = Math.max(time, this.#lastBar ?? time)
    this.#records.set(symbol, record)
    // Its own signal stands now in the place of what the bar said before.
    this.#forming.delete(symbol)
    this.#tell()
  }

  async #end(run: Run | undefined): Promise<void> {
    await run?.scheduler.stop()
    await run?.engine.close()
    await run?.journal.close()
    this.#tell()
  }

  #enter(state: DeskState): void {
    this.#state = state
    this.#tell()
  }

  /** Tells once for all that happens in one go: a round gives a record for each symbol. */
  #tell(): void {
    if (this.#told) return
    this.#told = true
    setTimeout(() => {
      this.#told = false
      this.#hooks.changed()
    })
  }
}
