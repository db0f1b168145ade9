/** One configuration in workers of its own, which are thrown away afterwards: a realm holds one runtime with one number of threads. */
import { CandlewickError } from '../core/errors.ts'
import type { EngineOptions } from '../engine/core.ts'
import type { Configuration } from '../inference/calibrate.ts'
import type { Timing, WarmUp } from '../inference/measure.ts'
import { type EngineWorkerParts, openWorker } from './open-worker.ts'
import { withDefaults, type WorkerLink } from './worker-link.ts'

/** A stretch of work: how many windows each worker gets at once, and for how long. */
export interface Stretch {
  readonly windows: number
  readonly budgetMs: number
  readonly signal: AbortSignal
}

/** A configuration, ready to be measured. */
export class Trial {
  readonly #links: readonly WorkerLink[]
  readonly #timeoutMs: number

  private constructor(links: readonly WorkerLink[], timeoutMs: number) {
    this.#links = links
    this.#timeoutMs = timeoutMs
  }

  /**
   * Starts the workers and opens the model in each: it must pass its reference runs there.
   *
   * @throws as opening an engine; the signal's reason when it aborts
   */
  static async open(
    { backend, threads, workers }: Configuration,
    options: EngineOptions,
    parts: EngineWorkerParts,
    signal: AbortSignal,
  ): Promise<Trial> {
    const wished = { ...options, backends: [backend], threads, workers: 1 }
    const links: WorkerLink[] = []
    const openOne = async (): Promise<void> => {
      const { link, info } = await openWorker(wished, parts, { signal })
      links.push(link)
      if (info.threads < threads) throw new TypeError(info.threadsProblem)
    }
    const trial = new Trial(links, withDefaults(parts.timeouts).callMs)
    const outcomes = await Promise.allSettled(Array.from({ length: workers }, openOne))
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure === undefined) return trial
    trial.end()
    throw failure.reason
  }

  /** Runs all workers warm, at the same time. */
  async warmUp({ windows, budgetMs, signal }: Stretch): Promise<WarmUp> {
    const timeoutMs = this.#timeoutMs + budgetMs
    const warmUps = await Promise.all(
      this.#links.map((link) =>
        link.call('warmUp', { timeoutMs, signal }, (remote, call) => remote.warmUp(call, windows, budgetMs)),
      ),
    )
    return warmUps.reduce((least, one) => (one.ticks < least.ticks ? one : least))
  }

  /** Times all workers at the same time. A tick is over when the slowest of them is. */
  async time({ windows, budgetMs, signal }: Stretch): Promise<Timing> {
    const timeoutMs = this.#timeoutMs + budgetMs
    const timings = await Promise.all(
      this.#links.map((link) =>
        link.call('timeTicks', { timeoutMs, signal }, (remote, call) => remote.timeTicks(call, windows, budgetMs)),
      ),
    )
    return timings.reduce((slowest, timing) => (timing.medianMs > slowest.medianMs ? timing : slowest))
  }

  /** Throws the workers away. */
  end(): void {
    for (const link of this.#links) link.end(new CandlewickError('engine/closed', { call: 'calibrate' }))
  }
}
