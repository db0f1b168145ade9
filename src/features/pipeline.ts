/** Candles of many symbols in, windows of scaled features out, ready for a model without copying. */
import { breathe, throwIfAborted } from '../core/abort.ts'
import type { Candle } from '../core/candle.ts'
import type { CandleColumns } from '../core/series.ts'
import { FeatureStream } from './stream.ts'
import { type PipelineOptions, SymbolTrack, type TrackSnapshot, type TrackStatus } from './track.ts'

/** Bars taken between two chances for other work. */
const block = 8192

/**
 * The features of many symbols, each with a state of its own.
 *
 * @example
 * ```ts
 * import { FeaturePipeline, unified240 } from 'candlewick/features'
 *
 * const pipeline = new FeaturePipeline({ ids: unified240, window: 96, timeframe: '15m' })
 * await pipeline.prime('BTCUSDT', series.columns)
 * const window = pipeline.push('BTCUSDT', candle) // Float32Array of 96 x 240, oldest row first
 * ```
 */
export class FeaturePipeline {
  /** Closed candles of a symbol until its first window. */
  readonly warmup: number
  readonly #options: PipelineOptions
  readonly #tracks = new Map<string, SymbolTrack>()

  /** @throws `feature/unknown`, `feature/benchmark-required` */
  constructor(options: PipelineOptions) {
    this.#options = options
    this.warmup = new FeatureStream(options.ids, { benchmark: options.benchmark }).warmup + options.window - 1
  }

  /** Symbols that have a state. */
  get symbols(): readonly string[] {
    return [...this.#tracks.keys()]
  }

  /**
   * Takes checked history (the columns of a series); it replaces what the symbol had once all of it is taken.
   *
   * @param options `benchmark`: the benchmark's columns, row by row of the same times, where a feature requires them
   * @throws `candle/benchmark`, `feature/non-finite`; the symbol keeps its former state then
   */
  async prime(
    symbol: string,
    columns: CandleColumns,
    options: { readonly benchmark?: CandleColumns | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<TrackStatus> {
    const track = new SymbolTrack(this.#options)
    for (let row = 0; row < columns.length; row += block) {
      track.absorb(columns, row, Math.min(row + block, columns.length), options.benchmark)
      await breathe()
      throwIfAborted(options.signal)
    }
    this.#tracks.set(symbol, track)
    return track.status
  }

  /**
   * Takes a closed candle.
   *
   * @param benchmark the benchmark's candle of the same time, where a feature requires it
   * @returns the window `[window][features]`, oldest row first: a view good until the symbol's next candle; `undefined`
   * while warming up or on an exact repeat
   * @throws `candle/…` (nothing is taken then), `feature/non-finite` (the candle is taken; the window starts over)
   */
  push(symbol: string, candle: Candle, benchmark?: Candle): Float32Array | undefined {
    return this.#track(symbol).push(candle, benchmark)
  }

  /** As {@link push} for a forming candle: the window if it closed now. Nothing changes. */
  peek(symbol: string, candle: Candle, benchmark?: Candle): Float32Array | undefined {
    return this.#track(symbol).peek(candle, benchmark)
  }

  /** How far a symbol is. */
  status(symbol: string): TrackStatus {
    return this.#track(symbol).status
  }

  /** A copy of a symbol's whole state, so that a page that loads again needs no history. */
  snapshot(symbol: string): TrackSnapshot {
    return this.#track(symbol).snapshot()
  }

  /**
   * Takes up a saved state of a symbol; the present one is lost.
   *
   * @throws `feature/snapshot-mismatch` where it is of other features; the present state stays then
   */
  restore(symbol: string, snapshot: TrackSnapshot): void {
    this.#track(symbol).restore(snapshot)
  }

  /** Forgets a symbol. */
  remove(symbol: string): void {
    this.#tracks.delete(symbol)
  }

  #track(symbol: string): SymbolTrack {
    const known = this.#tracks.get(symbol)
    if (known !== undefined) return known
    const track = new SymbolTrack(this.#options)
    this.#tracks.set(symbol, track)
    return track
  }
}
