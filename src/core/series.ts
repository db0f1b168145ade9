/** A checked history of one market, kept as columns so that batch work touches no objects. */
import { type Candle, CandleGate, DUPLICATE, flatCandle, type GapPolicy, turnoverOf } from './candle.ts'
import { candleAt } from './history.ts'
import { type Timeframe, timeframeMs } from './timeframe.ts'

/** The columns of a series. All have the same length; row `i` is bar `i`, oldest first. */
export interface CandleColumns {
  readonly length: number
  /** Bar-open time in ms. */
  readonly time: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** Base currency. */
  readonly volume: Float64Array
  /** Quote currency. */
  readonly turnover: Float64Array
}

const names = ['time', 'open', 'high', 'low', 'close', 'volume', 'turnover'] as const

/** What a series is of. */
export interface SeriesOptions {
  /** The market's name. Default `UNKNOWN`. */
  readonly symbol?: string | undefined
  readonly timeframe: Timeframe
  /** Default `error`. */
  readonly gaps?: GapPolicy | undefined
}

/** A growing, checked series of closed candles: no bar is wrong, doubled, out of order or off the grid. */
export class CandleSeries {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly #gate: CandleGate
  #length = 0
  #filled = 0
  #columns = Object.fromEntries(names.map((name) => [name, new Float64Array(256)])) as Record<
    (typeof names)[number],
    Float64Array
  >

  constructor(options: SeriesOptions) {
    this.symbol = options.symbol ?? 'UNKNOWN'
    this.timeframe = options.timeframe
    this.#gate = new CandleGate(options.timeframe, options.gaps)
  }

  /**
   * Builds a series from candles, oldest first.
   *
   * @throws as {@link append}
   */
  static from(candles: Iterable<Candle>, options: SeriesOptions): CandleSeries {
    const series = new CandleSeries(options)
    for (const candle of candles) series.append(candle)
    return series
  }

  /** Number of bars. */
  get length(): number {
    return this.#length
  }

  /** Number of bars that were missing and filled flat (policy `flat`). */
  get filled(): number {
    return this.#filled
  }

  /** The columns so far: views that the next `append` may leave behind. Copy what must last. */
  get columns(): CandleColumns {
    const view = Object.fromEntries(names.map((name) => [name, this.#columns[name].subarray(0, this.#length)]))
    return { ...(view as Record<(typeof names)[number], Float64Array>), length: this.#length }
  }

  /**
   * Adds a closed candle; an exact repeat of the last one is ignored.
   *
   * @throws `candle/invalid`, `candle/off-grid`, `candle/out-of-order`, `candle/gap`; the series is unchanged then
   */
  append(candle: Candle): void {
    const previous = this.#gate.last
    const missing = this.#gate.admit(candle)
    if (missing === DUPLICATE) return
    for (let k = 1; k <= missing; k++)
      this.#write(flatCandle(previous!.time + k * timeframeMs(this.timeframe), previous!.close))
    this.#filled += missing
    this.#write(candle)
  }

  /** The candle at a row; negative rows count from the end. */
  at(row: number): Candle | undefined {
    const i = row < 0 ? this.#length + row : row
    if (i < 0 || i >= this.#length) return undefined
    return candleAt(this.#columns, i)
  }

  /** The candles from row `start` up to, not including, row `end`; negative rows count from the end. */
  slice(start = 0, end: number = this.#length): Candle[] {
    const absolute = (row: number): number => Math.min(Math.max(row < 0 ? this.#length + row : row, 0), this.#length)
    const candles: Candle[] = []
    for (let row = absolute(start); row < absolute(end); row++) candles.push(this.at(row)!)
    return candles
  }

  #write(candle: Candle): void {
    const row = this.#length
    if (row === this.#columns.time.length) this.#grow()
    const { time, open, high, low, close, volume, turnover } = this.#columns
    time[row] = candle.time
    open[row] = candle.open
    high[row] = candle.high
    low[row] = candle.low
    close[row] = candle.close
    volume[row] = candle.volume
    turnover[row] = turnoverOf(candle)
    this.#length++
  }

  #grow(): void {
    for (const name of names) {
      const wider = new Float64Array(this.#length * 2)
      wider.set(this.#columns[name])
      this.#columns[name] = wider
    }
  }
}
