/** Brings an engine to where another one was. */
import type { Candle } from '../core/candle.ts'
import { isCandlewickError } from '../core/errors.ts'
import type { CandleColumns, CandleSeries } from '../core/series.ts'
import { copyColumns } from './kept-candles.ts'

/** How an engine takes the candles of one symbol. */
export interface CandleTaker {
  /** @param columns a copy that it may keep */
  prime(columns: CandleColumns): Promise<unknown>
  push(candle: Candle): Promise<unknown>
}

/** Gives an engine the candles that a symbol had, so that it goes on bit for bit as if it had taken them one by one. */
export async function primeKept(series: CandleSeries, taker: CandleTaker): Promise<void> {
  // The series may grow meanwhile.
  const { columns } = series
  let rows = columns.length
  for (let primed = false; !primed;) {
    try {
      await taker.prime(copyColumns(columns, rows))
      primed = true
    } catch (error) {
      // History with such a bar is refused, but a live one was taken, and the window started over behind it.
      if (!isCandlewickError(error, 'feature/non-finite')) throw error
      rows = columns.time.lastIndexOf(error.details.at, rows - 1)
      if (rows < 0) throw error
    }
  }
  for (const candle of series.slice(rows, columns.length))
    await taker.push(candle).catch((error: unknown) => {
      if (!isCandlewickError(error, 'feature/non-finite')) throw error
    })
}
