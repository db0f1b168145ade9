/** Measures configurations one after another, between the live calls of an engine and within a budget. */
import { reasonOf } from '../core/errors.ts'
import type { CalibrationProgress } from '../engine/choice.ts'
import type { EngineOptions } from '../engine/core.ts'
import type { Configuration, FailedCandidate, Measurement } from '../inference/calibrate.ts'
import type { LiveCalls } from './live-calls.ts'
import { Trial, type TrialParts } from './trial.ts'

/** What is measured, and in what surroundings. */
export interface MeasuringPlan {
  readonly configurations: readonly Configuration[]
  readonly symbols: number
  /** Time for everything, in ms. Waiting for live calls does not count. */
  readonly budgetMs: number
  readonly options: EngineOptions
  readonly parts: TrialParts
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
  { backend, threads, workers }: Configuration,
  plan: MeasuringPlan,
  { clock, left }: { readonly clock: Budget; readonly left: number },
): Promise<Measurement> {
  const { symbols, options, parts, live, signal } = plan
  const share = clock.leftMs / left
  const windows = Math.ceil(symbols / workers)
  await live.whenIdle(signal)
  // Those that come later must get their turn too.
  const openingMs = left === 1 ? clock.leftMs : Math.max(share, clock.leftMs / 2)
  using trial = await clock.within(openingMs, signal, (limited) =>
    Trial.open({ backend, threads, workers }, options, parts, limited),
  )
  const between = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    live.between((quiet) => clock.spend(() => work(quiet)), signal)

  const warmUntilMs = clock.leftMs - within(share * shares.warmUp, longest.warmUpMs)
  for (let warm = false; !warm && clock.leftMs > warmUntilMs;) {
    const budgetMs = clock.leftMs - warmUntilMs
    warm = (await between((quiet) => trial.warmUp({ windows, budgetMs, signal: quiet }).then(() => true))) ?? false
  }
  const budgetMs = within(share * shares.timing, longest.timingMs)
  for (;;) {
    const timing = await between((quiet) => trial.time({ windows, budgetMs, signal: quiet }))
    if (timing !== undefined)
      return { backend, threads, workers, symbols, medianMs: timing.medianMs, spreadMs: timing.spreadMs }
    if (clock.leftMs <= 0) throw new TypeError('live calls left no quiet moment for measuring it')
  }
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
    const controller = new AbortController()
    const stop = (): void => controller.abort(signal.reason)
    const timer = setTimeout(() => controller.abort(late), limitMs)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await this.spend(() => work(controller.signal))
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}
