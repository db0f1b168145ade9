/** The past once more, at any speed. */
import { abortable, throwIfAborted } from '../core/abort.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { barsOf, inOrderOfTime, type Recording, recordingOf } from './recorded.ts'
import { checkPositive, knownSymbol, wantedBars } from './requests.ts'
import type { CandleSource, CandlesOptions, HistoryOptions, SourcedCandle } from './source.ts'
import { stoppable } from './stoppable.ts'

/** What to replay, and how fast. */
export interface ReplayOptions {
  /** The past of each market, all in one timeframe. */
  readonly series: readonly CandleSeries[]
  /** How many times faster than it was: 900 makes a second of a 15m bar. Default `Infinity`: as fast as it is read. */
  readonly speed?: number | undefined
  /** Bar-open time, in ms, of the first candle replayed; what lies before is history. Default: the first there is. */
  readonly start?: number | undefined
  /** Default: the device's. */
  readonly clock?: Clock | undefined
}

/** A source that replays. It knows nothing of bars it has not replayed yet: its history ends where the replay stands. */
export interface ReplaySource extends CandleSource {
  /** Whether {@link pause} is in force. */
  readonly paused: boolean
  /** Open time, in ms, of the bar that is replayed next, as far as any feed of this source has come. */
  readonly position: number
  /** Holds all feeds of this source; replayed time stands still. */
  pause(): void
  /** Goes on. */
  resume(): void
}

/** When bars are due: replayed time as a function of the clock, which stands still during pauses. */
export class Pace {
  readonly #clock: Clock
  readonly #speed: number
  #held: { readonly at: number; readonly gone: Promise<void>; readonly release: () => void } | undefined
  #pausedMs = 0

  constructor(clock: Clock, speed: number) {
    checkPositive('speed', speed)
    this.#clock = clock
    this.#speed = speed
  }

  get paused(): boolean {
    return this.#held !== undefined
  }

  pause(): void {
    if (this.#held !== undefined) return
    let release = (): void => undefined
    const gone = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#held = { at: this.#clock.now(), gone, release }
  }

  resume(): void {
    if (this.#held === undefined) return
    this.#pausedMs += this.#clock.now() - this.#held.at
    this.#held.release()
    this.#held = undefined
  }

  /** Begins a run: the function it gives waits until so many ms of replayed time have passed, pauses left out. */
  begin(): (elapsedMs: number, signal: AbortSignal) => Promise<void> {
    const start = this.#clock.now() - (this.#held === undefined ? 0 : this.#clock.now() - this.#held.at)
    const pausedBefore = this.#pausedMs
    return async (elapsedMs, signal) => {
      for (;;) {
        throwIfAborted(signal)
        while (this.#held !== undefined) await abortable(this.#held.gone, signal)
        const due = start + this.#pausedMs - pausedBefore + elapsedMs / this.#speed
        const left = due - this.#clock.now()
        // Rounding may leave a remainder that the clock cannot tell from nothing.
        if (this.#speed === Infinity || left < 1e-3) return
        await this.#clock.sleep(left, signal)
      }
    }
  }
}

class Replay implements ReplaySource {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  readonly #recording: Recording
  readonly #start: number
  readonly #pace: Pace
  #position: number

  constructor(options: ReplayOptions) {
    this.#recording = recordingOf(options.series)
    this.symbols = [...this.#recording.bySymbol.keys()]
    this.timeframe = this.#recording.timeframe
    this.#start = options.start ?? Math.min(...options.series.map((series) => series.at(0)?.time ?? Infinity))
    this.#position = this.#start
    this.#pace = new Pace(options.clock ?? systemClock, options.speed ?? Infinity)
  }

  get paused(): boolean {
    return this.#pace.paused
  }

  get position(): number {
    return this.#position
  }

  pause(): void {
    this.#pace.pause()
  }

  resume(): void {
    this.#pace.resume()
  }

  async history(symbol: string, options: HistoryOptions = {}): Promise<CandleSeries> {
    throwIfAborted(options.signal)
    knownSymbol(this.symbols, symbol)
    const series = this.#recording.bySymbol.get(symbol)!
    const step = timeframeMs(this.timeframe)
    const end = Math.min(this.#position, (series.at(-1)?.time ?? 0) + step)
    const { from, to } = wantedBars(options, step, Math.ceil(end / step) * step)
    return barsOf(series, from, to)
  }

  candles(options: CandlesOptions = {}): AsyncIterableIterator<SourcedCandle> {
    return stoppable(options.signal, (signal) =>
      this.#replay({ ...options, since: options.since ?? this.#start }, signal),
    )
  }

  async *#replay(options: CandlesOptions, signal: AbortSignal): AsyncGenerator<SourcedCandle, void, undefined> {
    const step = timeframeMs(this.timeframe)
    const due = this.#pace.begin()
    let origin: number | undefined
    for (const sourced of inOrderOfTime(this.#recording, options)) {
      const { time } = sourced.candle
      origin ??= time
      await due(time + step - origin, signal)
      this.#position = Math.max(this.#position, time + step)
      yield sourced
    }
  }
}

/**
 * Replays series: each candle comes when its bar would close, `speed` times faster than it did.
 *
 * @throws `candle/timeframe`, `feed/option`
 *
 * @example
 * ```ts
 * const source = replaySource({ series: readCsv(text), speed: 900 })
 * for await (const { symbol, candle } of source.candles()) draw(symbol, candle)
 * ```
 */
export function replaySource(options: ReplayOptions): ReplaySource {
  return new Replay(options)
}
