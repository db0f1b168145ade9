/** Brings a worker to where another one was. */
import { type Remote, transfer } from 'comlink'
import { isCandlewickError } from '../core/errors.ts'
import type { CandleSeries } from '../core/series.ts'
import { copyColumns, memoryOf } from './kept-candles.ts'
import type { EngineHost } from './wire.ts'

/**
 * Gives a worker the candles that a symbol had, so that it goes on bit for bit as if it had taken them one by one.
 *
 * @param call id by which it can be cancelled
 */
export async function primeKept(
  remote: Remote<EngineHost>,
  call: number,
  symbol: string,
  series: CandleSeries,
): Promise<void> {
  // The series may grow meanwhile.
  const { columns } = series
  let rows = columns.length
  for (let primed = false; !primed;) {
    const part = copyColumns(columns, rows)
    try {
      await remote.prime(call, transfer({ symbol, columns: part }, memoryOf(part)))
      primed = true
    } catch (error) {
      // History with such a bar is refused, but a live one was taken, and the window started over behind it.
      if (!isCandlewickError(error, 'feature/non-finite')) throw error
      rows = columns.time.lastIndexOf(error.details.at, rows - 1)
      if (rows < 0) throw error
    }
  }
  for (const candle of series.slice(rows, columns.length))
    await remote.push(candle, symbol).catch((error: unknown) => {
      if (!isCandlewickError(error, 'feature/non-finite')) throw error
    })
}
