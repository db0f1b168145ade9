/** The market of the live desk: six symbols that never were, on a clock that runs faster than the day. */
import { type Clock, simulatedSource, systemClock } from 'candlewick/feeds'
import type { DeskMarket } from './market.ts'

/** What the desk follows. The names say that no price here is real. */
export const symbols: readonly string[] = ['SIM-BTC', 'SIM-ETH', 'SIM-SOL', 'SIM-XRP', 'SIM-ADA', 'SIM-DOGE']

/** Length of a bar, in ms. */
const barMs = 900_000

/** One market for all visits: the same seeds from the same bar on, so that a later visit can go on where an earlier one ended. */
const origin = Date.UTC(2024, 0, 1)
/** Bars of history before the first one that the desk may decide about. */
const pastBars = 1500
const seed = 2024

/** A clock that runs faster than the device's, and can be held. */
class FastClock implements Clock {
  readonly #speed: number
  #at: number
  /** When it was last let go, by the page's own clock; `undefined` while it is held. */
  #since: number | undefined

  /** A clock that stands at `now` until it is released. */
  constructor(now: number, speed: number) {
    this.#at = now
    this.#speed = speed
  }

  now(): number {
    return this.#since === undefined ? this.#at : this.#at + (performance.now() - this.#since) * this.#speed
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#speed, signal)
  }

  /** Stands still until {@link release}. */
  hold(): void {
    this.#at = this.now()
    this.#since = undefined
  }

  /** Goes on. */
  release(): void {
    this.#since ??= performance.now()
  }
}

/**
 * Opens the market so that the first bar to be decided is the one after `lastBar`.
 *
 * @param lastBar bar-open time of the newest bar that the log knows, in ms
 * @param barSeconds how long a bar takes on the page
 */
export function openSimulation(lastBar: number | undefined, barSeconds: number): DeskMarket {
  const first = (lastBar ?? origin + (pastBars - 1) * barMs) + barMs
  // That bar has just closed when the clock is let go.
  const start = first + barMs
  const speed = barMs / (barSeconds * 1000)
  const clock = new FastClock(start, speed)
  const source = simulatedSource({ symbols, seed, bars: (start - origin) / barMs, speed: 1, clock })
  // The market waits for the first answer: until then the engine reads the history. A page out of sight would fall behind.
  let [begun, seen] = [false, true]
  const go = (): void => (begun && seen ? clock.release() : clock.hold())
  return {
    source,
    clock,
    speed,
    // A simulated bar is there as soon as it has closed.
    settleMs: 0,
    // An answer that takes ten bars is no answer.
    fetchMs: 10 * barMs,
    answered: () => {
      begun = true
      go()
    },
    inSight: (visible) => {
      seen = visible
      go()
    },
  }
}
