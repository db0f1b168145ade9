/** The engine of a page that finds out by itself what it runs on best, between the calls that it answers. */
import type { Candle } from '../core/candle.ts'
import {
  type CalibrateOptions,
  type Calibration,
  type EngineChoice,
  namedByOptions,
  plainChoice,
  rememberedChoice,
} from '../engine/choice.ts'
import type {
  Cancellable,
  EngineInfo,
  EngineOptions,
  ReplayOptions,
  SymbolCandle,
  SymbolHistory,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
} from '../engine/core.ts'
import type { Explanation } from '../engine/explain.ts'
import type { RestartableCore } from '../engine/signal-engine.ts'
import type { Signal } from '../signals/index.ts'
import { nameOf, sameConfiguration } from '../inference/calibrate.ts'
import { Calibrator, type CalibratorParts, runningIn } from './calibrator.ts'
import { ChoiceMemory, type Remembered } from './choice-memory.ts'
import {
  type ChoiceWishes,
  defaultBackends,
  defaultConfiguration,
  isForced,
  mayUseGraphics,
  rememberable,
  scopeOf,
} from './choice-wishes.ts'
import type { Device } from './device.ts'
import type { LaneParts } from './lane.ts'
import { LiveCalls } from './live-calls.ts'
import { isWorthAnother, type OpenHooks } from './open-worker.ts'
import { RemoteEngine } from './remote-engine.ts'

/** What an engine that chooses for itself is made of. */
export interface ChoosingParts extends LaneParts {
  readonly wishes: ChoiceWishes
  readonly device: Device
}

/** How long a fresh engine is left alone, unless its first signal comes earlier. */
const settlingMs = 2000

/** An engine in workers, with a choice that can change. Get one with {@link ChoosingEngine.open}. */
export class ChoosingEngine implements RestartableCore {
  readonly #engine: RemoteEngine
  readonly #live: LiveCalls
  readonly #calibrator: Calibrator
  #due: ReturnType<typeof setTimeout> | undefined

  private constructor(engine: RemoteEngine, parts: CalibratorParts, choice: EngineChoice) {
    this.#engine = engine
    this.#live = parts.live
    this.#calibrator = new Calibrator(parts, choice)
  }

  /**
   * Opens the engine as it was chosen earlier on this device, or else as the wishes say.
   *
   * @throws as {@link RemoteEngine.open}
   */
  static async open(options: EngineOptions, parts: ChoosingParts, hooks: OpenHooks = {}): Promise<ChoosingEngine> {
    const { wishes, device } = parts
    const { engine, choice } = await openChosen(options, parts, hooks)
    const live = new LiveCalls()
    const chosen = new ChoosingEngine(engine, { engine, options, wishes, device, trials: parts, live }, choice)
    if (wishes.calibration === 'before-start') await chosen.#calibrateFirst(hooks)
    if (wishes.calibration === 'background' && !isForced(wishes))
      chosen.#due = setTimeout(() => chosen.#begin(), settlingMs)
    return chosen
  }

  get info(): EngineInfo {
    return { ...this.#engine.info, choice: this.#calibrator.choice }
  }

  prime(history: SymbolHistory, options?: Cancellable): Promise<SymbolStatus> {
    return this.#live.run(() => this.#engine.prime(history, options))
  }

  async push(candle: Candle, symbol?: string): Promise<TimedSignal | undefined> {
    const signal = await this.#live.run(() => this.#engine.push(candle, symbol))
    if (signal !== undefined) this.#begin()
    return signal
  }

  async pushMany(candles: readonly SymbolCandle[], options?: Cancellable): Promise<SymbolSignal[]> {
    const answers = await this.#live.run(() => this.#engine.pushMany(candles, options))
    if (answers.some(({ signal }) => signal !== undefined)) this.#begin()
    return answers
  }

  replay(history: SymbolHistory, options?: ReplayOptions): Promise<Signal[]> {
    return this.#live.run(() => this.#engine.replay(history, options))
  }

  explain(symbol?: string): Promise<Explanation> {
    return this.#live.run(() => this.#engine.explain(symbol))
  }

  status(symbol?: string): Promise<SymbolStatus> {
    return this.#engine.status(symbol)
  }

  /** Measures now, and moves to what is best. */
  calibrate(options?: CalibrateOptions): Promise<Calibration> {
    return this.#calibrator.calibrate(options)
  }

  /** Forgets what was measured. */
  forgetCalibration(): void {
    this.#calibrator.forget()
  }

  snapshot(): SymbolHistory[] {
    return this.#engine.snapshot()
  }

  async switchModel(model: string | undefined, hooks?: OpenHooks): Promise<EngineInfo> {
    await this.#live.run(() => this.#engine.switchModel(model, hooks))
    return this.info
  }

  async restart(hooks?: OpenHooks): Promise<EngineInfo> {
    await this.#live.run(() => this.#engine.restart(hooks))
    return this.info
  }

  close(): Promise<void> {
    clearTimeout(this.#due)
    this.#due = undefined
    this.#calibrator.close()
    return this.#engine.close()
  }

  /** Begins to measure in the background, once. */
  #begin(): void {
    if (this.#due === undefined) return
    clearTimeout(this.#due)
    this.#due = undefined
    void this.#calibrator.inBackground()
  }

  async #calibrateFirst({ signal }: OpenHooks): Promise<void> {
    try {
      if (this.#calibrator.choice.how === 'default') await this.#calibrator.calibrate({ signal })
    } catch (error) {
      await this.close()
      throw error
    }
  }
}

/** An engine, and what led to it. */
interface OpenedChoice {
  readonly engine: RemoteEngine
  readonly choice: EngineChoice
}

async function openChosen(options: EngineOptions, parts: ChoosingParts, hooks: OpenHooks): Promise<OpenedChoice> {
  const { wishes, device } = parts
  const memory = new ChoiceMemory(device.choices, scopeOf(options, wishes, device, wishes.symbols))
  const remembered = isForced(wishes) ? undefined : await recall(memory, wishes, device)
  if (remembered === undefined) return openPlain(options, parts, hooks)
  const { backend, threads, workers } = remembered.choice
  try {
    const backends = [backend, ...defaultBackends(wishes).filter((other) => other !== backend)]
    const engine = await RemoteEngine.open({ ...options, backends, threads, workers }, parts, hooks)
    const works = sameConfiguration(engine.info, remembered.choice)
    if (works && engine.info.model.sha256 === remembered.model)
      return { engine, choice: rememberedChoice(remembered.choice) }
    memory.forget()
    const reason = works
      ? 'What was measured earlier was measured for another version of the model.'
      : `${nameOf(remembered.choice)}, which was chosen earlier, does not work any more.`
    return { engine, choice: plainChoice(runningIn(engine.info), 'default', reason) }
  } catch (error) {
    if (!isWorthAnother(error)) throw error
    memory.forget()
    return openPlain(options, parts, hooks)
  }
}

async function openPlain(options: EngineOptions, parts: ChoosingParts, hooks: OpenHooks): Promise<OpenedChoice> {
  const { wishes } = parts
  const { threads, workers } = defaultConfiguration(wishes)
  const backends = defaultBackends(wishes)
  const engine = await RemoteEngine.open({ ...options, backends, threads, workers }, parts, hooks)
  const running = runningIn(engine.info)
  if (isForced(wishes)) return { engine, choice: plainChoice(running, 'forced', namedByOptions) }
  return { engine, choice: plainChoice(running, 'default', 'Nothing was measured yet.') }
}

/** What was remembered, if the graphics adapter that it needs is there. Others are looked for later: that takes a moment. */
async function recall(memory: ChoiceMemory, wishes: ChoiceWishes, device: Device): Promise<Remembered | undefined> {
  const remembered = memory.recall(rememberable(wishes, device))
  if (remembered?.choice.backend !== 'webgpu') return remembered
  const graphics = mayUseGraphics(wishes, device) ? await device.findGraphics() : undefined
  return graphics !== undefined && 'name' in graphics && graphics.name === remembered.gpu ? remembered : undefined
}
