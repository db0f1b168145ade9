/** A benchmark's bars put beside those of a market. */
import { CandlewickError } from '../../core/errors.ts'
import type { CandleColumns, CandleSeries } from '../../core/series.ts'

/**
 * The benchmark's bars from the first bar of a series on. Where a later one is missing, the stream that reads both says so.
 *
 * @throws `candle/timeframe`, `candle/benchmark` where there is none for the first bar
 */
export function besideSeries(series: CandleSeries, benchmark: CandleSeries): CandleColumns {
  if (benchmark.timeframe !== series.timeframe)
    throw new CandlewickError('candle/timeframe', { expected: series.timeframe, actual: benchmark.timeframe })
  const { columns } = benchmark
  const at = series.columns.time[0]!
  const first = columns.time.indexOf(at)
  if (first < 0) throw new CandlewickError('candle/benchmark', { at, benchmark: undefined })
  const cut = (values: Float64Array): Float64Array => values.subarray(first)
  return {
    length: columns.length - first,
    time: cut(columns.time),
    open: cut(columns.open),
    high: cut(columns.high),
    low: cut(columns.low),
    close: cut(columns.close),
    volume: cut(columns.volume),
    turnover: cut(columns.turnover),
  }
}
