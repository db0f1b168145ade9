/** Measures configurations one after another, between the live calls of an engine and within a budget. */
import { linkedController } from '../core/abort.ts'
import { reasonOf } from '../core/errors.ts'
import type { CalibrationProgress } from '../engine/choice.ts'
import type { EngineOptions } from '../engine/core.ts'
import type { Configuration, FailedCandidate, Measurement } from '../inference/calibrate.ts'
import type { WarmUp } from '../inference/measure.ts'
import type { LiveCalls } from './live-calls.ts'
import type { EngineWorkerParts } from './open-worker.ts'
import { Trial } from './trial.ts'

/** What is measured, and in what surroundings. */
export interface MeasuringPlan {
  readonly configurations: readonly Configuration[]
  readonly symbols: number
  /** Time for everything, in ms. Waiting for live calls does not count. */
  readonly budgetMs: number
  readonly options: EngineOptions
  readonly parts: EngineWorkerParts
  readonly live: LiveCalls
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: CalibrationProgress) => void) | undefined
}

/** Longest stretches for one configuration: a few hundred runs settle the compilers, and a dozen groups make a median. */
const longest = { warmUpMs: 1500, timingMs: 1500 } as const

/** Shortest stretch that is worth anything. */
const shortestMs = 100

/** The parts of a configuration's time that go into warming up and into timing; opening takes the rest. */
const shares = { warmUp: 0.4, timing: 0.3 } as const

/**
 * Measures each configuration. One that fails, or that no time is left for, gives the reason instead.
 *
 * @throws the signal's reason when it aborts
 */
export async function measureCandidates(plan: MeasuringPlan): Promise<(Measurement | FailedCandidate)[]> {
  const { configurations, signal, onProgress } = plan
  const clock = new Budget(plan.budgetMs)
  const outcomes: (Measurement | FailedCandidate)[] = []
  const total = configurations.length
  for (const [completed, configuration] of configurations.entries()) {
    signal.throwIfAborted()
    onProgress?.({ configuration, completed, total })
    try {
      outcomes.push(await measureOne(configuration, plan, { clock, left: total - completed }))
    } catch (error) {
      signal.throwIfAborted()
      const { backend, threads, workers } = configuration
      outcomes.push({ backend, threads, workers, reason: reasonOf(error) })
    }
  }
  return outcomes
}

async function measureOne(
  configuration: Configuration,
  plan: MeasuringPlan,
  { clock, left }: { readonly clock: Budget; readonly left: number },
): Promise<Measurement> {
  const { options, parts, live, signal } = plan
  const shareMs = clock.leftMs / left
  await live.whenIdle(signal)
  // Those that come later must get their turn too.
  const openingMs = left === 1 ? clock.leftMs : Math.max(shareMs, clock.leftMs / 2)
  const trial = await clock.within(openingMs, signal, (limited) => Trial.open(configuration, options, parts, limited))
  try {
    await runWarm(trial, configuration, plan, { clock, shareMs })
    return await timed(trial, configuration, plan, { clock, shareMs })
  } finally {
    trial.end()
  }
}

/** The time that is left for all, and what one configuration may take of it. */
interface Share {
  readonly clock: Budget
  readonly shareMs: number
}

async function runWarm(
  trial: Trial,
  { workers }: Configuration,
  { symbols, live, signal }: MeasuringPlan,
  { clock, shareMs }: Share,
): Promise<void> {
  const windows = Math.ceil(symbols / workers)
  const untilMs = clock.leftMs - within(shareMs * shares.warmUp, longest.warmUpMs)
  // A pause takes nothing of the warmth: it goes on where it stopped.
  let warm: WarmUp | undefined
  while (warm === undefined && clock.leftMs > untilMs) {
    const budgetMs = clock.leftMs - untilMs
    const work = (quiet: AbortSignal) => clock.spend(() => trial.warmUp({ windows, budgetMs, signal: quiet }))
    warm = await live.between(work, signal)
  }
}

async function timed(
  trial: Trial,
  { backend, threads, workers }: Configuration,
  { symbols, live, signal }: MeasuringPlan,
  { clock, shareMs }: Share,
): Promise<Measurement> {
  const windows = Math.ceil(symbols / workers)
  const budgetMs = within(shareMs * shares.timing, longest.timingMs)
  do {
    const timing = await live.between(
      (quiet) => clock.spend(() => trial.time({ windows, budgetMs, signal: quiet })),
      signal,
    )
    if (timing !== undefined) {
      const { medianMs, spreadMs } = timing
      return { backend, threads, workers, symbols, medianMs, spreadMs }
    }
  } while (clock.leftMs > 0)
  throw new TypeError('live calls left no quiet moment for measuring it')
}

const within = (wishedMs: number, mostMs: number): number => Math.min(Math.max(wishedMs, shortestMs), mostMs)

/** Time that work may take together. */
class Budget {
  #leftMs: number

  constructor(budgetMs: number) {
    this.#leftMs = budgetMs
  }

  get leftMs(): number {
    return this.#leftMs
  }

  /** Counts the time that `work` takes. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work()
    } finally {
      this.#leftMs -= performance.now() - began
    }
  }

  /**
   * Runs `work` for at most `limitMs`.
   *
   * @throws `TimeoutError` when the time is over; the signal's reason when it aborts
   */
  async within<T>(limitMs: number, signal: AbortSignal, work: (limited: AbortSignal) => Promise<T>): Promise<T> {
    const late = new DOMException('the time for measuring was over before it was ready', 'TimeoutError')
    if (limitMs <= 0) throw late
    const { controller, unlink } = linkedController(signal)
    const timer = setTimeout(() => controller.abort(late), limitMs)
    try {
      return await this.spend(() => work(controller.signal))
    } finally {
      clearTimeout(timer)
      unlink()
    }
  }
}
