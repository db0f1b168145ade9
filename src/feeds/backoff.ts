/** How long to wait before trying again, and how many may try at a time. */
import { abortable } from '../core/abort.ts'

/** Waiting times in ms. */
export interface RetryOptions {
  /** Upper bound of the first delay. Default 1000. */
  readonly baseMs?: number | undefined
  /** Upper bound of all delays. Default 60,000. */
  readonly maxMs?: number | undefined
}

/**
 * Exponential back-off with full jitter: evenly between 0 and `baseMs * 2 ** (attempt - 1)`, at most `maxMs`, so that many
 * clients that failed together do not come back together.
 *
 * @param attempt counts from 1
 * @param random gives numbers from 0 up to, not including, 1
 */
export function backoff(attempt: number, options: RetryOptions, random: () => number): number {
  const { baseMs = 1000, maxMs = 60_000 } = options
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30))
}

/** Lets so many tasks run at a time, in order of asking. */
export class Turnstile {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(places: number) {
    this.#free = places
  }

  /**
   * Runs the task when there is a place.
   *
   * @throws what the task throws; the signal's reason while it waits
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal)
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    let enter = (): void => undefined
    const entered = new Promise<void>((resolve) => {
      enter = resolve
    })
    this.#waiting.push(enter)
    try {
      await abortable(entered, signal)
    } catch (error) {
      const place = this.#waiting.indexOf(enter)
      if (place >= 0) this.#waiting.splice(place, 1)
      // The place was given to this one in the very moment it left.
      else this.#leave()
      throw error
    }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
