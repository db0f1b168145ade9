/** The candles that a lane's worker has taken, kept on the page's side, so that another worker can take over. */
import type { Candle, GapPolicy } from '../core/candle.ts'
import { type CandleColumns, CandleSeries } from '../core/series.ts'
import type { Timeframe } from '../core/timeframe.ts'

/** Series by symbol. */
export class KeptCandles {
  readonly #timeframe: Timeframe
  readonly #gaps: GapPolicy | undefined
  readonly #series = new Map<string, CandleSeries>()

  constructor(timeframe: Timeframe, gaps: GapPolicy | undefined) {
    this.#timeframe = timeframe
    this.#gaps = gaps
  }

  /** The symbols that have candles, with their series. */
  get all(): ReadonlyMap<string, CandleSeries> {
    return this.#series
  }

  /** Puts a series in the place of what the symbol had. */
  replace(symbol: string, series: CandleSeries): void {
    this.#series.set(symbol, series)
  }

  /** Adds a candle that the worker took; forming ones leave no trace. */
  append(symbol: string, candle: Candle): void {
    if (candle.closed === false) return
    let series = this.#series.get(symbol)
    if (series === undefined) {
      series = new CandleSeries({ symbol, timeframe: this.#timeframe, gaps: this.#gaps })
      this.#series.set(symbol, series)
    }
    series.append(candle)
  }

  /** Forgets everything. */
  clear(): void {
    this.#series.clear()
  }
}

/** Rows [0, end) as columns that share no memory with anything, to be moved to a worker. */
export function copyColumns(columns: CandleColumns, end: number = columns.length): CandleColumns {
  const copy = (column: Float64Array): Float64Array => column.slice(0, end)
  return {
    length: end,
    time: copy(columns.time),
    open: copy(columns.open),
    high: copy(columns.high),
    low: copy(columns.low),
    close: copy(columns.close),
    volume: copy(columns.volume),
    turnover: copy(columns.turnover),
  }
}

/** The memory of columns, to be moved instead of copied. */
export function memoryOf({ time, open, high, low, close, volume, turnover }: CandleColumns): Transferable[] {
  return [time, open, high, low, close, volume, turnover].map(({ buffer }) => buffer as ArrayBuffer)
}
