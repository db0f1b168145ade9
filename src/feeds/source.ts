/** The port through which candles come, wherever they come from. */
import type { Candle } from '../core/candle.ts'
import type { CandleSeries } from '../core/series.ts'
import type { Timeframe } from '../core/timeframe.ts'

/** A candle and the market it belongs to. */
export interface SourcedCandle {
  readonly symbol: string
  /** Closed, unless `closed` is `false`: then the bar is still forming and the next candle of the symbol replaces it. */
  readonly candle: Candle
}

/** Which closed candles of the past are wanted. Times are bar-open times in ms since the epoch, UTC. */
export interface HistoryOptions {
  /** How many bars at most: the last ones before `to`. Default 500 where `from` is not given. */
  readonly last?: number | undefined
  /** The first bar. */
  readonly from?: number | undefined
  /** The bar after the last one. Default: after the last bar that has closed. */
  readonly to?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Which candles are wanted as they come. */
export interface CandlesOptions {
  /** Default: all symbols of the source. */
  readonly symbols?: readonly string[] | undefined
  /**
   * Bar-open time, in ms, of the first closed candle: one for all symbols, or one for each. Give the bar after the last one
   * you have, and nothing is missing between history and feed. Default: sources of the past begin at their beginning, live
   * ones with the bar that is forming now.
   */
  readonly since?: number | Readonly<Record<string, number>> | undefined
  /** Whether forming candles are wanted too, where the source has them. Default `false`. */
  readonly forming?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Candles of one or more markets in one timeframe.
 *
 * The promise, for each symbol: every closed candle exactly once, oldest first, on the UTC grid of the timeframe, none
 * missing; each one has passed `checkCandle`. Between symbols there is no order. A forming candle comes after the closed
 * candle of the bar before it and never after its own closed candle; forming candles that a slow reader has not taken are
 * replaced by the newer one. What cannot be kept (a bar that exists nowhere) ends the iteration with an error, or is filled
 * flat and told, as the source's gap policy says.
 *
 * @example
 * ```ts
 * for await (const { symbol, candle } of source.candles({ signal })) await engine.push(candle, symbol)
 * ```
 */
export interface CandleSource {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  /**
   * Closed candles of the past, without gaps; fewer than asked for where the market is younger.
   *
   * @throws `feed/symbol`, `feed/option`, and what the source says; the signal's reason
   */
  history(symbol: string, options?: HistoryOptions): Promise<CandleSeries>
  /**
   * Candles as they come. Ending the loop, `return()` or the signal ends everything that runs for it. Each call is a feed of
   * its own.
   *
   * @throws on iteration: `feed/symbol`, `feed/option`, and what the source says; the signal's reason
   */
  candles(options?: CandlesOptions): AsyncIterableIterator<SourcedCandle>
}
