/** Brings a worker to where another one was. */
import { type Remote, transfer } from 'comlink'
import type { CandleSeries } from '../core/series.ts'
import { memoryOf } from '../engine/kept-candles.ts'
import { primeKept } from '../engine/prime-kept.ts'
import type { EngineHost } from './wire.ts'

/**
 * Gives a worker the candles that a symbol had.
 *
 * @param call id by which it can be cancelled
 */
export function primeWorker(
  remote: Remote<EngineHost>,
  call: number,
  symbol: string,
  series: CandleSeries,
): Promise<void> {
  return primeKept(series, {
    prime: (columns) => remote.prime(call, transfer({ symbol, columns }, memoryOf(columns))),
    push: (candle) => remote.push(candle, symbol),
  })
}
