/** One symbol's way from candles to a model's input: the gate, the features, the scaler, the window. */
import { type Candle, CandleGate, DUPLICATE, flatCandle, type GapPolicy } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import { candleAt } from '../core/history.ts'
import type { CandleColumns } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { Scaler } from './scaler.ts'
import { type FeatureSnapshot, FeatureStream } from './stream.ts'
import { FeatureWindow } from './window.ts'

/** What turns candles into windows, the same for every symbol. */
export interface PipelineOptions {
  /** Features of a row, in the model's order. */
  readonly ids: readonly string[]
  /** Default: values as they are, in float32. */
  readonly scaler?: Scaler | undefined
  /** Rows of a window. */
  readonly window: number
  readonly timeframe: Timeframe
  /** What to do where candles are missing. Default `error`. */
  readonly gaps?: GapPolicy | undefined
  /** Set to allow features that compare with a benchmark; each candle then comes with the benchmark's. Default `false`. */
  readonly benchmark?: boolean | undefined
}

/** How far a symbol is on its way to its first window. */
export interface TrackStatus {
  /** Closed candles taken. */
  readonly have: number
  /** Closed candles needed. */
  readonly need: number
  readonly ready: boolean
  /** Bar-open time of the last closed candle, in ms. */
  readonly lastTime: number | undefined
}

/** The state of one symbol: plain data that survives structured cloning. */
export interface TrackSnapshot {
  readonly features: FeatureSnapshot
  /** Complete rows of the window, scaled, oldest first. */
  readonly rows: Float32Array
  readonly last: Candle | undefined
}

/** One symbol of a pipeline. */
export class SymbolTrack {
  readonly #options: PipelineOptions
  #gate: CandleGate
  readonly #stream: FeatureStream
  readonly #scaler: Scaler
  readonly #window: FeatureWindow

  /** @throws `feature/unknown`, `feature/benchmark-required` */
  constructor(options: PipelineOptions) {
    this.#options = options
    this.#gate = new CandleGate(options.timeframe, options.gaps)
    this.#stream = new FeatureStream(options.ids, { benchmark: options.benchmark })
    this.#scaler = options.scaler ?? Scaler.identity(options.ids)
    this.#window = new FeatureWindow(options.window, options.ids.length)
  }

  /** How far the symbol is. */
  get status(): TrackStatus {
    const need = this.#stream.warmup + this.#window.length - 1
    return { have: this.#stream.bars, need, ready: this.#window.complete, lastTime: this.#gate.last?.time }
  }

  /**
   * Takes checked columns (no gap, no repeat) into an empty track, in as many pieces as the caller likes.
   *
   * @param start first row to take: 0, then the end of the piece before
   * @param end row behind the last one to take
   */
  absorb(columns: CandleColumns, start: number, end: number, benchmark?: CandleColumns): void {
    const { width } = this.#window
    // Only the last window of rows is ever read, so only those are written out.
    const kept = Math.max(start, end - this.#window.length)
    this.#stream.advance(columns, start, kept, undefined, benchmark)
    const rows = new Float64Array((end - kept) * width)
    this.#stream.advance(columns, kept, end, rows, benchmark)
    for (let row = kept; row < end; row++) {
      const bars = this.#stream.bars - end + row + 1
      this.#take(rows.subarray((row - kept) * width, (row - kept + 1) * width), columns.time[row]!, bars)
    }
    if (end === columns.length) this.#gate.admit(candleAt(columns, end - 1))
  }

  /**
   * Takes a closed candle.
   *
   * @param benchmark the benchmark's candle of the same time, where a feature requires it
   * @returns the window, a view good until the next candle; `undefined` while warming up or on an exact repeat
   * @throws `candle/…` (nothing is taken then), `feature/non-finite` (the candle is taken; the window starts over)
   */
  push(candle: Candle, benchmark?: Candle): Float32Array | undefined {
    const missing = this.#inspect(candle)
    if (missing === DUPLICATE) return undefined
    const { last } = this.#gate
    const step = timeframeMs(this.#options.timeframe)
    for (let k = 1; k <= missing; k++) this.#advance(flatCandle(last!.time + k * step, last!.close))
    this.#advance(candle, benchmark)
    return this.#window.complete ? this.#window.view() : undefined
  }

  /**
   * The window as it would be if the forming candle closed now. Nothing changes.
   *
   * @throws as {@link push}; `candle/gap` also under the policy `flat`, because nothing may be filled yet
   */
  peek(candle: Candle, benchmark?: Candle): Float32Array | undefined {
    const missing = this.#inspect(candle)
    if (missing === DUPLICATE) return undefined
    if (missing > 0) throw new CandlewickError('candle/gap', { from: this.#gate.last!.time, to: candle.time, missing })
    if (this.#stream.bars + 1 < this.#stream.warmup || !this.#window.completeWithNext) return undefined
    const row = this.#stream.peek(candle, benchmark)
    return this.#window.preview((out, at) => this.#scaler.transform(row, out, at, candle.time))
  }

  /** A copy of the whole state. */
  snapshot(): TrackSnapshot {
    return { features: this.#stream.snapshot(), rows: this.#window.snapshot().rows, last: this.#gate.last }
  }

  /**
   * Takes up a saved state; the present one is lost.
   *
   * @throws `feature/snapshot-mismatch` where it is of other features; the present state stays then
   */
  restore({ features, rows, last }: TrackSnapshot): void {
    const { width, length } = this.#window
    if (rows.length % width !== 0 || rows.length > length * width)
      throw new CandlewickError('feature/snapshot-mismatch', {
        expected: `at most ${length} rows of ${width}`,
        actual: `${rows.length} values`,
      })
    this.#stream.restore(features)
    this.#window.restore({ rows })
    this.#gate = new CandleGate(this.#options.timeframe, this.#options.gaps)
    if (last !== undefined) this.#gate.admit(last)
  }

  #inspect(candle: Candle): number {
    const missing = this.#gate.inspect(candle)
    // A bar that is filled in has no counterpart in the benchmark.
    if (missing > 0 && this.#stream.needsBenchmark)
      throw new CandlewickError('candle/gap', { from: this.#gate.last!.time, to: candle.time, missing })
    return missing
  }

  /** The stream checks the benchmark before it takes anything, so the gate lets the candle through only behind it. */
  #advance(candle: Candle, benchmark?: Candle): void {
    const row = this.#stream.push(candle, benchmark)
    this.#gate.admit(candle)
    this.#take(row, candle.time, this.#stream.bars)
  }

  /** Scales one row into the window; rows of the warm-up are not complete and stay out. */
  #take(row: Float64Array, time: number, bars: number): void {
    if (bars < this.#stream.warmup) return
    this.#window.push((out, at) => this.#scaler.transform(row, out, at, time))
  }
}
