/** Finds out what an engine runs on best, moves it there, and remembers. */
import { linkedController } from '../core/abort.ts'
import { CandlewickError, reasonOf } from '../core/errors.ts'
import { Mutex } from '../core/mutex.ts'
import {
  type CalibrateOptions,
  type Calibration,
  type EngineChoice,
  measuredChoice,
  onlyChoice,
  plainChoice,
} from '../engine/choice.ts'
import type { EngineInfo, EngineOptions } from '../engine/core.ts'
import { type Configuration, nameOf, sameConfiguration } from '../inference/calibrate.ts'
import { ChoiceMemory } from './choice-memory.ts'
import {
  candidatesFor,
  type ChoiceWishes,
  defaultBackends,
  isForced,
  mayUseGraphics,
  scopeOf,
} from './choice-wishes.ts'
import type { Device, GraphicsAdapter } from './device.ts'
import type { LiveCalls } from './live-calls.ts'
import { measureCandidates } from './measure-candidates.ts'
import type { EngineWorkerParts } from './open-worker.ts'

/** An engine that can go on elsewhere. */
export interface MovableEngine {
  readonly info: Omit<EngineInfo, 'choice'>
  moveTo(changes: Partial<EngineOptions>, hooks?: { readonly signal?: AbortSignal | undefined }): Promise<unknown>
}

/** What a calibrator works with. */
export interface CalibratorParts {
  readonly engine: MovableEngine
  readonly options: EngineOptions
  readonly wishes: ChoiceWishes
  readonly device: Device
  readonly trials: EngineWorkerParts
  readonly live: LiveCalls
}

/** Time for all measuring together unless the host says otherwise. */
const defaultBudgetMs = 6000

/** The choice of one engine, and how it changes. */
export class Calibrator {
  readonly #parts: CalibratorParts
  readonly #turns = new Mutex()
  readonly #closing = new AbortController()
  #background: AbortController | undefined
  #choice: EngineChoice

  /** @param choice what led to the engine as it is */
  constructor(parts: CalibratorParts, choice: EngineChoice) {
    this.#parts = parts
    this.#choice = choice
  }

  /** What the engine runs on, and why. A worker that helped itself with another backend put an end to the choice before. */
  get choice(): EngineChoice {
    const running = runningIn(this.#parts.engine.info)
    if (running.backend !== this.#choice.backend) {
      const { reason = 'it failed' } =
        this.#parts.engine.info.tried.find((one) => one.backend !== running.backend) ?? {}
      this.forget()
      this.#choice = plainChoice(running, 'default', `${nameOf(this.#choice)} was given up: ${reason}`)
    }
    return this.#choice
  }

  /**
   * Measures now, moves the engine to the winner, and remembers it. One that runs in the background is stopped.
   *
   * @throws `engine/closed`; the signal's reason when it aborts: the engine stays where it is then
   */
  calibrate(options: CalibrateOptions = {}): Promise<Calibration> {
    this.#background?.abort()
    return this.#run(options, options.signal)
  }

  /** Checks what was remembered, and measures where nothing holds. It gives way to {@link calibrate}. */
  async inBackground(): Promise<void> {
    const controller = new AbortController()
    this.#background = controller
    try {
      if (this.#choice.how === 'remembered' && (await this.#stillHolds())) return
      if (controller.signal.aborted || this.#closing.signal.aborted) return
      const calibration = await this.#run({}, controller.signal, 'background')
      const { measured, tried } = calibration.choice
      if (measured.length + tried.length > 0) this.#parts.wishes.onCalibration?.(calibration)
    } catch (error) {
      if (controller.signal.aborted || this.#closing.signal.aborted) return
      throw error
    }
  }

  /** Forgets what was measured on this device for this engine. What runs goes on. */
  forget(): void {
    this.#memory().forget()
  }

  /** Stops all measuring. */
  close(): void {
    this.#closing.abort(new CandlewickError('engine/closed', { call: 'calibrate' }))
  }

  async #run(options: CalibrateOptions, asked: AbortSignal | undefined, mode?: 'background'): Promise<Calibration> {
    const { controller, unlink } = linkedController(this.#closing.signal, asked)
    const { signal } = controller
    try {
      return await this.#turns.run(async () => {
        signal.throwIfAborted()
        const found = await this.#found({ ...options, signal }, mode)
        signal.throwIfAborted()
        return await this.#settle(found, signal)
      })
    } finally {
      unlink()
    }
  }

  /** The choice that the device and its measurements lead to. */
  async #found(options: CalibrateOptions & { readonly signal: AbortSignal }, mode?: 'background'): Promise<Found> {
    const { engine, wishes, device, options: opened, trials: parts, live } = this.#parts
    const { symbols = wishes.symbols, budgetMs = defaultBudgetMs, signal, onProgress } = options
    const running = runningIn(engine.info)
    if (isForced(wishes)) return { symbols, choice: this.choice }
    const graphics = await graphicsOf(wishes, device)
    const { configurations, ruledOut } = candidatesFor(wishes, device, {
      running: running.backend,
      symbols,
      withoutGpu: 'missing' in graphics ? graphics.missing : undefined,
    })
    const [simplest = running, ...others] = configurations
    if (others.length === 0) return { symbols, choice: onlyChoice(simplest, { ruledOut }) }
    if (mode === 'background' && !engine.info.persisted)
      return { symbols, choice: plainChoice(running, 'default', notKept) }
    const outcomes = await measureCandidates({
      configurations,
      symbols,
      budgetMs,
      options: { ...opened, model: engine.info.model.id },
      parts,
      live,
      signal,
      onProgress,
    })
    const choice = measuredChoice(running, outcomes, new Date().toISOString())
    return { symbols, choice, gpu: 'name' in graphics ? graphics.name : undefined }
  }

  /** Moves the engine to what was chosen, and remembers what was measured. */
  async #settle({ symbols, choice, gpu }: Found, signal: AbortSignal): Promise<Calibration> {
    const { engine, wishes } = this.#parts
    const before = runningIn(engine.info)
    const { backend, threads, workers } = choice
    if (!sameConfiguration(before, choice)) {
      const others = defaultBackends(wishes).filter((other) => other !== backend)
      try {
        await engine.moveTo({ backends: [backend, ...others], threads, workers }, { signal })
      } catch (error) {
        signal.throwIfAborted()
        const reason = `Moving to ${nameOf(choice)} failed: ${reasonOf(error)}`
        this.#choice = { ...plainChoice(before, 'default', reason), measured: choice.measured, tried: choice.tried }
        return { choice: this.#choice, moved: false }
      }
    }
    this.#choice = choice
    const model = engine.info.model.sha256
    // What was given up on the way is not worth remembering.
    if (this.choice.how === 'measured') this.#memory(symbols).keep({ choice, model, gpu })
    return { choice: this.choice, moved: !sameConfiguration(before, runningIn(engine.info)) }
  }

  /** Whether the graphics adapter is the one that was there when it was measured. */
  async #stillHolds(): Promise<boolean> {
    const { wishes, device } = this.#parts
    const remembered = this.#memory().recall([this.#choice])
    if (remembered === undefined) return false
    const graphics = await graphicsOf(wishes, device)
    return ('name' in graphics ? graphics.name : undefined) === remembered.gpu
  }

  #memory(symbols: number = this.#parts.wishes.symbols): ChoiceMemory {
    const { options, wishes, device } = this.#parts
    return new ChoiceMemory(device.choices, scopeOf(options, wishes, device, symbols))
  }
}

/** A choice for so many symbols, and the graphics adapter that was there. */
interface Found {
  readonly symbols: number
  readonly choice: EngineChoice
  readonly gpu?: string | undefined
}

const notKept =
  'The model is not kept on this device, and measuring would fetch it again; calibrate() does so all the same.'

/** What an open engine runs on. */
export function runningIn({ backend, threads, workers }: Configuration): Configuration {
  return { backend, threads, workers }
}

async function graphicsOf(wishes: ChoiceWishes, device: Device): Promise<GraphicsAdapter> {
  if (mayUseGraphics(wishes, device)) return device.findGraphics()
  return { missing: device.saveData ? 'the user asked to save data' : 'the options leave it out' }
}
