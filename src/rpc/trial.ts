/** One configuration in workers of its own, which are thrown away afterwards: a realm holds one runtime with one number of threads. */
import { CandlewickError } from '../core/errors.ts'
import type { EngineInfo, EngineOptions } from '../engine/core.ts'
import type { Configuration } from '../inference/calibrate.ts'
import type { Timing, WarmUp } from '../inference/measure.ts'
import type { RemoteParts } from './remote-engine.ts'
import { WorkerLink } from './worker-link.ts'

/** What trials are made of. */
export type TrialParts = Pick<RemoteParts, 'spawn' | 'wasmUrl' | 'timeouts'>

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
    parts: TrialParts,
    signal: AbortSignal,
  ): Promise<Trial> {
    const { helloMs = 30_000, openMs = 120_000, callMs = 60_000 } = parts.timeouts ?? {}
    const wished = { ...options, backends: [backend], threads, workers: 1, wasmUrl: parts.wasmUrl(backend) }
    const links: WorkerLink[] = []
    const trial = new Trial(links, callMs)
    try {
      for (let worker = 0; worker < workers; worker++) links.push(new WorkerLink(parts.spawn(backend)))
      await Promise.all(
        links.map(async (link) => {
          await link.call('hello', { timeoutMs: helloMs, signal }, (remote) => remote.hello())
          const info = await link.call<EngineInfo>('open', { timeoutMs: openMs, signal }, (remote, call, onProgress) =>
            remote.open(call, wished, onProgress),
          )
          if (info.threads < threads) throw new TypeError(info.threadsProblem)
        }),
      )
      return trial
    } catch (error) {
      trial.end()
      throw error
    }
  }

  /** Runs all workers warm, at the same time. */
  async warmUp({ windows, budgetMs, signal }: Stretch): Promise<WarmUp> {
    const timeoutMs = this.#timeoutMs + budgetMs
    const warmUps = await Promise.all(
      this.#links.map((link) =>
        link.call<WarmUp>('warmUp', { timeoutMs, signal }, (remote, call) => remote.warmUp(call, windows, budgetMs)),
      ),
    )
    return warmUps.reduce((least, one) => (one.ticks < least.ticks ? one : least))
  }

  /** Times all workers at the same time. A tick is over when the slowest of them is. */
  async time({ windows, budgetMs, signal }: Stretch): Promise<Timing> {
    const timeoutMs = this.#timeoutMs + budgetMs
    const timings = await Promise.all(
      this.#links.map((link) =>
        link.call<Timing>('timeTicks', { timeoutMs, signal }, (remote, call) =>
          remote.timeTicks(call, windows, budgetMs),
        ),
      ),
    )
    return timings.reduce((slowest, timing) => (timing.medianMs > slowest.medianMs ? timing : slowest))
  }

  /** Throws the workers away. */
  end(): void {
    for (const link of this.#links) link.end(new CandlewickError('engine/closed', { call: 'calibrate' }))
  }
}
