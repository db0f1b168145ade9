/** Keeps one symbol up to date: asks the exchange when a bar has closed and settled, and again until it is there. */
import type { Clock } from '../core/clock.ts'
import type { Candle } from '../core/candle.ts'
import { BarReader, type BarReaderOptions } from './bar-reader.ts'
import type { Outlet } from './outlet.ts'

/** How a symbol is polled. */
export interface PollOptions extends BarReaderOptions {
  readonly clock: Clock
  readonly outlet: Outlet
  /** Interval of requests for the forming bar, ms; `Infinity` where it is not wanted or comes by a stream. */
  readonly formingMs: number
  /** Whether the forming bar is wanted. */
  readonly forming: boolean
}

/** A sleep that can be cut short. */
class Alarm {
  readonly #clock: Clock
  #rung = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends the sleep, or the next one. */
  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const sleep = new AbortController()
    const stop = (): void => sleep.abort(signal.reason)
    this.#wake = () => sleep.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      if (!this.#rung) await this.#clock.sleep(ms, sleep.signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!this.#rung) throw error
    } finally {
      signal.removeEventListener('abort', stop)
      this.#wake = undefined
      this.#rung = false
    }
  }
}

/** The feed of one symbol. It alone decides that a bar is closed, whatever a stream says, and gives it out. */
export class SymbolPoll {
  readonly #options: PollOptions
  readonly #bars: BarReader
  readonly #alarm: Alarm
  #streamed: Candle | undefined
  #rungFor = -Infinity

  constructor(options: PollOptions) {
    this.#options = options
    this.#bars = new BarReader(options)
    this.#alarm = new Alarm(options.clock)
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { outlet, symbol, clock } = this.#options
    for (;;) {
      const { bars, forming, delayMs, failure } = await this.#bars.turn(signal)
      for (const candle of bars) {
        await outlet.push({ symbol, candle }, signal)
        this.#bars.pass(candle)
      }
      this.#offer(forming ?? this.#streamed)
      // An exchange that fails is left alone, whatever its stream says.
      if (failure === undefined) await this.#alarm.wait(delayMs ?? this.#idleMs(), signal)
      else await clock.sleep(delayMs ?? 0, signal)
    }
  }

  /** A stream showed a bar of this symbol. */
  seen(candle: Candle): void {
    this.#streamed = { ...candle, closed: false }
    this.#offer(this.#streamed)
  }

  /** A stream showed a bar of any symbol. One behind the bar that is due means that the latter has closed: it is fetched. */
  begun(time: number): void {
    if (time <= this.#bars.next || time <= this.#rungFor) return
    this.#rungFor = time
    this.#alarm.ring()
  }

  #offer(candle: Candle | undefined): void {
    const { forming, outlet, symbol } = this.#options
    if (forming && candle !== undefined && candle.time === this.#bars.next) outlet.offer({ symbol, candle })
  }

  #idleMs(): number {
    const { step, settleMs, reader, formingMs } = this.#options
    return Math.min(Math.max(this.#bars.next + step + settleMs - reader.time.now(), 0), formingMs)
  }
}
