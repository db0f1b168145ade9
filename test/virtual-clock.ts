/** A clock that stands still while anything works, and jumps to the next moment that somebody waits for. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../src/core/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Turns of the event loop without work after which everything counts as waiting. */
const calmTurns = 3

export class VirtualClock implements Clock {
  #now: number
  #busy = 0
  readonly #sleepers: Sleeper[] = []

  constructor(now = Date.UTC(2024, 5, 1)) {
    this.#now = now
  }

  /** How many sleeps have not ended. */
  get waiting(): number {
    return this.#sleepers.length
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const leave = (): void => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1)
        signal?.removeEventListener('abort', stop)
      }
      const stop = (): void => {
        leave()
        reject(signal!.reason as Error)
      }
      const sleeper = {
        at: this.#now + Math.max(ms, 0),
        wake: () => {
          leave()
          resolve()
        },
      }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  /** The same time on a clock that is so much ahead. */
  ahead(ms: number): Clock {
    return { now: () => this.#now + ms, sleep: (wait, signal) => this.sleep(wait, signal) }
  }

  /** Holds the time while the work runs. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work
    } finally {
      this.#busy--
    }
  }

  /** Sleeps within work that holds the time: as a slow answer does. */
  async idle(ms: number): Promise<void> {
    this.#busy--
    try {
      await this.sleep(ms)
    } finally {
      this.#busy++
    }
  }

  /** Lets time pass until the task settles. */
  async run<T>(task: Promise<T>): Promise<T> {
    let settled = false
    const end = (): void => {
      settled = true
    }
    task.then(end, end)
    for (;;) {
      await this.#calm()
      if (settled) return task
      if (this.#sleepers.length === 0) throw new Error('Nobody waits for a time, and the task has not settled.')
      this.#jump()
    }
  }

  async #calm(): Promise<void> {
    for (let turns = 0; turns < calmTurns; turns++) {
      await setImmediate()
      if (this.#busy > 0) turns = -1
    }
  }

  #jump(): void {
    const next = this.#sleepers.reduce((first, sleeper) => (sleeper.at < first.at ? sleeper : first))
    this.#now = Math.max(this.#now, next.at)
    next.wake()
  }
}
