/** Columns as candles, and parts of them. */
import type { Candle } from './candle.ts'
import type { CandleColumns } from './series.ts'

/** The candle of one row, which must exist. */
export function candleAt(columns: Omit<CandleColumns, 'length'>, row: number): Candle {
  const { time, open, high, low, close, volume, turnover } = columns
  return {
    time: time[row]!,
    open: open[row]!,
    high: high[row]!,
    low: low[row]!,
    close: close[row]!,
    volume: volume[row]!,
    turnover: turnover[row]!,
  }
}

/** The candles of columns, oldest first. */
export function* candlesOf(columns: CandleColumns): Generator<Candle, void, undefined> {
  for (let row = 0; row < columns.length; row++) yield candleAt(columns, row)
}

/** The row of a bar that opens at a time, or -1; of a history without gaps. */
export function rowOfTime({ time, length }: CandleColumns, at: number, barMs: number): number {
  const row = (at - time[0]!) / barMs
  return Number.isInteger(row) && row >= 0 && row < length ? row : -1
}

/** Columns of `length` rows, each made of the one given. */
export function mapColumns(
  { time, open, high, low, close, volume, turnover }: CandleColumns,
  length: number,
  part: (column: Float64Array) => Float64Array,
): CandleColumns {
  return {
    length,
    time: part(time),
    open: part(open),
    high: part(high),
    low: part(low),
    close: part(close),
    volume: part(volume),
    turnover: part(turnover),
  }
}
