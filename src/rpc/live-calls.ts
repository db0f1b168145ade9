/** Keeps measuring out of the way of live calls: it waits for them, and starts over when one comes. */
import { linkedController } from '../core/abort.ts'

/** Counts live calls, and runs other work between them. */
export class LiveCalls {
  readonly #waiting = new Set<() => void>()
  readonly #underWay = new Set<AbortController>()
  #count = 0

  /** Makes a live call: work that gave way to it is stopped. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.#count += 1
    for (const controller of this.#underWay) controller.abort()
    try {
      return await call()
    } finally {
      this.#count -= 1
      if (this.#count === 0) for (const resume of this.#waiting) resume()
    }
  }

  /**
   * Waits until no live call is under way.
   *
   * @throws the signal's reason when it aborts
   */
  async whenIdle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    while (this.#count > 0) {
      await new Promise<void>((resolve) => {
        const resume = (): void => {
          this.#waiting.delete(resume)
          signal.removeEventListener('abort', resume)
          resolve()
        }
        this.#waiting.add(resume)
        signal.addEventListener('abort', resume)
      })
      signal.throwIfAborted()
    }
  }

  /**
   * Runs `work` between live calls. When one comes, the signal given to `work` aborts.
   *
   * @returns what `work` gives, or `undefined` where a live call came in between
   * @throws the signal's reason when it aborts; what `work` throws
   */
  async between<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    // Whoever else waited for the same moment may have begun a call in it.
    do await this.whenIdle(signal)
    while (this.#count > 0)
    const { controller, unlink } = linkedController(signal)
    this.#underWay.add(controller)
    try {
      return await work(controller.signal)
    } catch (error) {
      signal.throwIfAborted()
      if (controller.signal.aborted) return undefined
      throw error
    } finally {
      this.#underWay.delete(controller)
      unlink()
    }
  }
}
