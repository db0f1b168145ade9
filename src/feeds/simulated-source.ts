/** Simulated markets as a source: a live feed for demos and tests without a network. Always label it as simulated. */
import { throwIfAborted } from '../core/abort.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { CandleSeries } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { Pace } from './replay.ts'
import { checkPositive, firstBar, knownSymbol, wantedBars, wantedSymbols } from './requests.ts'
import { SimulatedMarket } from './simulated.ts'
import type { CandleSource, CandlesOptions, HistoryOptions, SourcedCandle } from './source.ts'
import { stoppable } from './stoppable.ts'

/** Which markets to simulate. */
export interface SimulatedSourceOptions {
  readonly symbols: readonly string[]
  /** Default `15m`. */
  readonly timeframe?: Timeframe | undefined
  /** Default 1. The markets of one seed differ by their place in `symbols`. */
  readonly seed?: number | undefined
  /** First price of every market. Default 40,000. */
  readonly price?: number | undefined
  /** How many bars of history there are before the feed begins. Default 1000. */
  readonly bars?: number | undefined
  /** How many times faster than real time. Default `Infinity`: as fast as it is read. */
  readonly speed?: number | undefined
  /**
   * Open time, in ms, of the first bar that comes live. Default: the bar that is forming now, so that at speed 1 bars close
   * when those of an exchange do; at speed `Infinity` 2024-01-01 UTC plus the history, the same in every run.
   */
  readonly start?: number | undefined
  /** Default: the device's. */
  readonly clock?: Clock | undefined
}

class SimulatedSource implements CandleSource {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  readonly #step: number
  readonly #options: SimulatedSourceOptions
  readonly #clock: Clock
  readonly #speed: number
  /** Open time of the first bar of history. */
  readonly #origin: number
  /** Open time of the first bar that comes live. */
  readonly #start: number
  /** Open time after the last bar that any feed has given. */
  #end: number
  /** The time of the clock when the source was made. */
  readonly #made: number

  constructor(options: SimulatedSourceOptions) {
    const { bars = 1000, speed = Infinity, timeframe = '15m', clock = systemClock } = options
    checkPositive('speed', speed)
    checkPositive('bars', bars)
    checkPositive('symbols', options.symbols.length)
    this.#step = timeframeMs(timeframe)
    const standard = speed === Infinity ? Date.UTC(2024, 0, 1) + bars * this.#step : clock.now()
    this.symbols = [...new Set(options.symbols)]
    this.timeframe = timeframe
    this.#options = options
    this.#clock = clock
    this.#speed = speed
    this.#start = Math.floor((options.start ?? standard) / this.#step) * this.#step
    this.#origin = this.#start - bars * this.#step
    this.#end = this.#start
    this.#made = clock.now()
  }

  async history(symbol: string, options: HistoryOptions = {}): Promise<CandleSeries> {
    throwIfAborted(options.signal)
    knownSymbol(this.symbols, symbol)
    const { from, to } = wantedBars(options, this.#step, this.#closed)
    const first = Math.max(from, this.#origin)
    const market = this.#marketAt(symbol, first)
    const count = Math.max((to - first) / this.#step, 0)
    return CandleSeries.from(market.take(count), { symbol, timeframe: this.timeframe })
  }

  candles(options: CandlesOptions = {}): AsyncIterableIterator<SourcedCandle> {
    return stoppable(options.signal, (signal) => this.#simulate(options, signal))
  }

  async *#simulate(options: CandlesOptions, signal: AbortSignal): AsyncGenerator<SourcedCandle, void, undefined> {
    const tracks = wantedSymbols(this.symbols, options).map((symbol) => {
      const time = Math.max(firstBar(options, symbol, this.#step, this.#start), this.#origin)
      return { symbol, time, market: this.#marketAt(symbol, time) }
    })
    const due = new Pace(this.#clock, this.#speed).begin()
    // Where the feed begins within a bar, as it does on real time, that bar has a part of its length behind it.
    const begin = this.#speed === Infinity || this.#options.start !== undefined ? this.#start : this.#clock.now()
    for (let time = Math.min(...tracks.map((track) => track.time)); ; time += this.#step) {
      await due(time + this.#step - begin, signal)
      for (const { symbol, market, time: first } of tracks) {
        if (first > time) continue
        throwIfAborted(signal)
        this.#end = Math.max(this.#end, time + this.#step)
        yield { symbol, candle: market.next() }
      }
    }
  }

  /** Open time after the last bar that has closed: by the clock, or because a feed has given it. */
  get #closed(): number {
    if (this.#speed === Infinity) return this.#end
    const began = this.#options.start ?? this.#made
    const now = began + (this.#clock.now() - this.#made) * this.#speed
    return Math.max(this.#end, Math.floor(now / this.#step) * this.#step)
  }

  /** A symbol's market, wound on to the bar that opens at `time`. */
  #marketAt(symbol: string, time: number): SimulatedMarket {
    const { seed = 1, price } = this.#options
    const { timeframe } = this
    const place = this.symbols.indexOf(symbol)
    // Seeds of neighbours must not meet: seed 1 of the second symbol is not seed 2 of the first.
    const market = new SimulatedMarket({
      seed: seed + place * 1_000_003,
      price,
      symbol,
      timeframe,
      start: this.#origin,
    })
    for (let at = this.#origin; at < time; at += this.#step) market.next()
    return market
  }
}

/**
 * Simulated markets, seeded. The history of a market goes on in its feed without a seam.
 *
 * @throws `feed/option`
 *
 * @example
 * ```ts
 * const source = simulatedSource({ symbols: ['BTC (simulated)', 'ETH (simulated)'], speed: 900 })
 * const history = await source.history('BTC (simulated)', { last: 480 })
 * ```
 */
export function simulatedSource(options: SimulatedSourceOptions): CandleSource {
  return new SimulatedSource(options)
}
