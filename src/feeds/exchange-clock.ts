/** The exchange's time: bars close by its clock, and the clock of a device may be minutes off. */
import { abortable } from '../core/abort.ts'
import type { Clock } from '../core/clock.ts'
import { reasonOf } from '../core/errors.ts'
import type { StatusListener } from './status.ts'

type Measure = (signal: AbortSignal) => Promise<unknown>

/** What the measurement needs. */
export interface ExchangeClockOptions {
  readonly clock: Clock
  /** Asks the exchange for its time; missing where it does not tell. */
  readonly measure: Measure | undefined
  readonly tell: StatusListener
}

const hourMs = 3_600_000
const minuteMs = 60_000
/** How often a doubt is looked into. A bar without a later one is held back for as long, so it is never older than that. */
const doubtMs = 10_000
/** A difference that one answer alone may claim; a slow answer errs by half its duration. */
const trustedMs = 1000

/** The device's clock, corrected by what the exchange says its time is. */
export class ExchangeClock {
  readonly #options: ExchangeClockOptions
  #aheadMs = 0
  #synced = false
  #dueAt = -Infinity
  #measuredAt = -Infinity
  #told: string | undefined
  #flight: Promise<void> | undefined

  constructor(options: ExchangeClockOptions) {
    this.#options = options
  }

  /** Now by the exchange's clock, ms. */
  now(): number {
    return this.#options.clock.now() + this.#aheadMs
  }

  /** Whether the exchange's time is known, not assumed. */
  get synced(): boolean {
    return this.#synced
  }

  /** Something does not fit, as when the device's clock was set: measures again with the next request. */
  suspect(): void {
    this.#dueAt = Math.min(this.#dueAt, this.#measuredAt + doubtMs)
  }

  /** Measures where it is due: every hour, after a failure every minute. Failing, it goes on with what it has. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { clock, measure } = this.#options
    const now = clock.now()
    // A clock that was set back would otherwise wait until it is again where it was.
    const fresh = now < this.#dueAt && now >= this.#measuredAt
    if (measure !== undefined && !fresh && this.#flight === undefined)
      this.#flight = this.#measure(measure, now, signal).finally(() => {
        this.#flight = undefined
      })
    // Who joins a measurement does not end with the one who began it.
    await abortable(this.#flight?.catch(() => undefined) ?? Promise.resolve(), signal)
  }

  async #measure(measure: Measure, now: number, signal: AbortSignal): Promise<void> {
    this.#measuredAt = now
    this.#dueAt = now + hourMs
    try {
      let aheadMs = await this.#sample(measure, signal)
      if (Math.abs(aheadMs - this.#aheadMs) > trustedMs) aheadMs = await this.#confirm(aheadMs, measure, signal)
      this.#aheadMs = aheadMs
      this.#synced = true
      this.#tell(aheadMs, undefined)
    } catch (error) {
      signal.throwIfAborted()
      this.#dueAt = now + minuteMs
      this.#tell(undefined, reasonOf(error))
    }
  }

  async #sample(measure: Measure, signal: AbortSignal): Promise<number> {
    const { clock } = this.#options
    const asked = clock.now()
    const time = await measure(signal)
    if (typeof time !== 'number' || !Number.isSafeInteger(time) || time <= 0)
      throw new Error(`the exchange's time is ${String(time)}`)
    return time - (asked + clock.now()) / 2
  }

  async #confirm(aheadMs: number, measure: Measure, signal: AbortSignal): Promise<number> {
    const again = await this.#sample(measure, signal)
    if (Math.abs(again - aheadMs) <= trustedMs) return again
    throw new Error(`two measurements of the exchange's time differ by ${Math.round(Math.abs(again - aheadMs))} ms`)
  }

  /** Tells what is new: that it is known, that it moved by more than a second, or that it cannot be known. */
  #tell(aheadMs: number | undefined, reason: string | undefined): void {
    const told = reason ?? String(Math.round(aheadMs! / trustedMs))
    if (told === this.#told) return
    this.#told = told
    this.#options.tell({ kind: 'clock', aheadMs, reason })
  }
}
