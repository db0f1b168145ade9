/** The live desk: an engine, a scheduler, paper money and the log, joined as an application would join them. */
import {
  type BarRecord,
  createSignalEngine,
  type EngineInfo,
  type Explanation,
  type Horizon,
  type SchedulerStatus,
  type SignalEngine,
  SignalScheduler,
} from 'candlewick'
import { type PredictionLog, type PredictionRow, rowOf, rowOfUnanswered } from 'candlewick/monitor'
import type { Settings } from '../settings.ts'
import { Paper } from './paper.ts'
import { barMs, type FastClock, openSimulation, symbols } from './simulation.ts'
import { TappedSource } from './tapped-source.ts'

/** What the desk is doing. */
export type DeskState = 'stopped' | 'opening' | 'running' | 'paused'

/** What the desk tells. */
export interface DeskHooks {
  /** Something that is shown has changed. Called at most once for each round or press of a button. */
  readonly changed: () => void
  /** Something went wrong that the log or the scheduler could not tell by themselves. */
  readonly failed: (error: unknown) => void
}

/** What runs between start and stop. */
interface Run {
  readonly engine: SignalEngine
  readonly scheduler: SignalScheduler
  readonly clock: FastClock
}

/** The newest bar that the log knows of the desk's symbols; `undefined` where there is none. */
async function newestBar(log: PredictionLog): Promise<number | undefined> {
  let newest: number | undefined
  for (const symbol of symbols)
    for await (const { barTime } of log.query({ symbol, order: 'desc', limit: 1 }))
      newest = Math.max(barTime, newest ?? barTime)
  return newest
}

/** The row of the log for what became of a bar. */
function rowOfRecord(record: BarRecord, { backend, epoch, model, timeframe }: EngineInfo): PredictionRow {
  const { answer, model: modelId, symbol, time: barTime, status, reason = 'no reason given' } = record
  const context = { horizons: model.horizons, backend, epoch }
  if (answer !== undefined) return rowOf(answer, context, Date.now())
  const unanswered = status === 'ok' || status === 'expired' ? 'error' : status
  return rowOfUnanswered({ modelId, symbol, timeframe, barTime, status: unanswered, reason }, context, Date.now())
}

/** Runs the desk of one page. */
export class Desk {
  /** Money on paper; it outlives a stop, because the simulated market goes on where it was. */
  readonly paper: Paper = new Paper()
  readonly #log: PredictionLog
  readonly #hooks: DeskHooks
  readonly #records = new Map<string, BarRecord>()
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

  /**
   * Opens an engine with these settings and begins; goes on where it was paused.
   *
   * @throws what `createSignalEngine` throws, unless it was stopped meanwhile
   */
  async start(settings: Settings, barSeconds: number): Promise<void> {
    if (this.#run !== undefined) {
      this.#run.scheduler.start()
      return this.#enter('running')
    }
    if (this.#state === 'opening') return
    this.#enter('opening')
    const leaving = (this.#leaving = new AbortController())
    try {
      await this.#ending
      await this.#begin(settings, barSeconds, leaving.signal)
      this.#enter('running')
    } catch (error) {
      if (leaving.signal.aborted) return
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
    this.#enter('stopped')
    this.#ending = this.#end(run).catch(this.#hooks.failed)
    return this.#ending
  }

  /** Whether simulated time goes on: a page out of sight would fall behind. */
  inSight(visible: boolean): void {
    this.#seen = visible
    const run = this.#run
    if (run === undefined) return
    if (!visible) return run.clock.hold()
    run.clock.release()
    run.scheduler.wake()
  }

  /** Which groups of features moved the newest decision about a symbol. */
  async explain(symbol: string): Promise<Explanation> {
    if (this.#run === undefined) throw new TypeError('The desk is stopped. Start it, then ask again.')
    return this.#run.engine.explain(symbol)
  }

  async #begin({ manifest, backend, strategy }: Settings, barSeconds: number, signal: AbortSignal): Promise<void> {
    const backends = backend === 'webgpu' ? (['webgpu', 'wasm'] as const) : (['wasm'] as const)
    const [engine, logged] = await Promise.all([
      createSignalEngine({ manifest, backends, strategy, signal }),
      newestBar(this.#log),
    ])
    if (signal.aborted) await engine.close()
    signal.throwIfAborted()
    const known = [logged, this.#lastBar].filter((bar) => bar !== undefined)
    const { source, clock } = openSimulation(known.length === 0 ? undefined : Math.max(...known), barSeconds)
    const tap = new TappedSource(source, { fetched: (symbol, bars) => this.#fillOutcomes(symbol, bars.slice()) })
    const scheduler = new SignalScheduler({
      engines: engine,
      source: tap,
      clock,
      // A simulated bar is there as soon as it has closed.
      settleMs: 0,
      // In simulated time: an answer that takes ten bars is no answer.
      fetchMs: 10 * barMs,
      onRecord: (record) => {
        // The market waits for the first answer: until then the engine reads the history.
        if (this.#seen) clock.release()
        this.#take(record, tap, engine)
      },
    })
    this.#run = { engine, scheduler, clock }
    this.#horizons = engine.info.model.horizons
    scheduler.start()
  }

  #take(record: BarRecord, tap: TappedSource, { info }: SignalEngine): void {
    const { symbol, time, status, signal } = record
    // A source that fails for one symbol may still be answering for the others.
    if (status !== 'error') for (const bar of tap.take()) this.paper.bar(bar.symbol, bar.candle)
    if (status === 'ok' && signal !== undefined) this.paper.order(signal)
    this.#lastBar = Math.max(time, this.#lastBar ?? time)
    this.#records.set(symbol, record)
    this.#log.append(rowOfRecord(record, info))
    this.#tell()
  }

  #fillOutcomes(symbol: string, bars: Parameters<PredictionLog['fillOutcomes']>[1]): void {
    this.#log.fillOutcomes(symbol, bars, { timeframe: '15m' }).catch(this.#hooks.failed)
  }

  async #end(run: Run | undefined): Promise<void> {
    await run?.scheduler.stop()
    await run?.engine.close()
    await this.#log.flush()
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
