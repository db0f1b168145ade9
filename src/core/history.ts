/** Columns as candles. */
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
