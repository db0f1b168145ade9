/** Bars of real markets, where they are at hand: they are not part of the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { CandleColumns } from '../../../src/core/series.ts'
import { columnsOf } from './candles.ts'

const file = (symbol: string): URL => new URL(`../../../../shared/data/${symbol}-15m.csv.gz`, import.meta.url)

/** Whether they are. */
export const hasRealCandles: boolean = existsSync(file('BTCUSDT'))

/** All bars of a market. */
export function realColumns(symbol: string): CandleColumns {
  const lines = gunzipSync(readFileSync(file(symbol)))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
  return columnsOf(
    lines.map((line) => {
      const [time, open, high, low, close, volume] = line.split(',').map(Number)
      return { time: time!, open: open!, high: high!, low: low!, close: close!, volume: volume! }
    }),
  )
}

/** One column of a row-major matrix. */
export function columnOf(values: Float64Array, width: number, k: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + k]!)
}
