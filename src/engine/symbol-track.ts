/** What the engine remembers of one symbol: the door for its candles, its features, and the model's window. */
import { type Candle, CandleGate, DUPLICATE, flatCandle, type GapPolicy } from '../core/candle.ts'
import { CandlewickError } from '../core/errors.ts'
import type { CandleColumns } from '../core/series.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { FeatureStream, type Scaler } from '../features/index.ts'
import type { SymbolStatus } from './core.ts'
import { FeatureWindow } from './feature-window.ts'
import { candleAt } from './history.ts'

/** What every symbol of an engine has in common. */
export interface TrackPlan {
  readonly ids: readonly string[]
  readonly scaler: Scaler
  /** Rows of the model's window. */
  readonly window: number
  readonly timeframe: Timeframe
  readonly gaps: GapPolicy
}

/** One symbol's way from candles to the model's input. */
export class SymbolTrack {
  readonly symbol: string
  readonly #plan: TrackPlan
  readonly #gate: CandleGate
  readonly #stream: FeatureStream
  readonly #window: FeatureWindow

  constructor(symbol: string, plan: TrackPlan) {
    this.symbol = symbol
    this.#plan = plan
    this.#gate = new CandleGate(plan.timeframe, plan.gaps)
    this.#stream = new FeatureStream(plan.ids)
    this.#window = new FeatureWindow(plan.window, plan.ids.length)
  }

  /** How far the symbol is. */
  get status(): SymbolStatus {
    const need = this.#stream.warmup + this.#plan.window - 1
    return {
      symbol: this.symbol,
      have: this.#stream.bars,
      need,
      ready: this.#window.complete,
      lastTime: this.#gate.last?.time,
    }
  }

  /**
   * Takes checked columns (no gap, no repeat) into an empty track, in as many pieces as the caller likes.
   *
   * @param start first row to take: 0, then the end of the piece before
   * @param end row behind the last one to take
   */
  absorb(columns: CandleColumns, start: number, end: number): void {
    const { width } = this.#window
    // Only the last window of rows is ever read, so only those are written out.
    const kept = Math.max(start, end - this.#plan.window)
    this.#stream.advance(columns, start, kept)
    const rows = new Float64Array((end - kept) * width)
    this.#stream.advance(columns, kept, end, rows)
    for (let row = kept; row < end; row++)
      this.#take(
        rows.subarray((row - kept) * width, (row - kept + 1) * width),
        columns.time[row]!,
        this.#stream.bars - end + row + 1,
      )
    if (end === columns.length) this.#gate.admit(candleAt(columns, end - 1))
  }

  /**
   * Takes a closed candle.
   *
   * @returns the window to decide on, a view good until the next candle; `undefined` while warming up or on a repeat
   * @throws `candle/…` (nothing is taken then), `feature/non-finite` (the candle is taken; the window starts over)
   */
  push(candle: Candle): Float32Array | undefined {
    const previous = this.#gate.last
    const missing = this.#gate.admit(candle)
    if (missing === DUPLICATE) return undefined
    for (let k = 1; k <= missing; k++)
      this.#advance(flatCandle(previous!.time + k * timeframeMs(this.#plan.timeframe), previous!.close))
    this.#advance(candle)
    return this.#window.complete ? this.#window.view() : undefined
  }

  /**
   * The window as it would be if the forming candle closed now. Nothing changes.
   *
   * @throws as {@link push}; `candle/gap` also under the policy `flat`, because nothing may be filled yet
   */
  peek(candle: Candle): Float32Array | undefined {
    const missing = this.#gate.inspect(candle)
    if (missing === DUPLICATE) return undefined
    if (missing > 0) throw new CandlewickError('candle/gap', { from: this.#gate.last!.time, to: candle.time, missing })
    if (this.#stream.bars + 1 < this.#stream.warmup || !this.#window.completeWithNext) return undefined
    const row = this.#stream.peek(candle)
    return this.#window.preview((out, at) => this.#plan.scaler.transform(row, out, at, candle.time))
  }

  #advance(candle: Candle): void {
    this.#take(this.#stream.push(candle), candle.time, this.#stream.bars)
  }

  /** Scales one row into the window; rows of the warm-up are not complete and stay out. */
  #take(row: Float64Array, time: number, bars: number): void {
    if (bars < this.#stream.warmup) return
    this.#window.push((out, at) => this.#plan.scaler.transform(row, out, at, time))
  }
}
