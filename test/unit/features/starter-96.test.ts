/** The starter set on real bars: alive, finite, and no feature says what another says already. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { computeFeatures, starter96 } from '../../../src/features/index.ts'
import { columnsOf } from './candles.ts'

const file = (symbol: string): URL => new URL(`../../../../shared/data/${symbol}-15m.csv.gz`, import.meta.url)

/** Every third complete row of a feature, centred and of length 1. */
function directions(symbol: string): Float64Array[] {
  const lines = gunzipSync(readFileSync(file(symbol)))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
  const candles = lines.map((line) => {
    const [time, open, high, low, close, volume] = line.split(',').map(Number)
    return { time: time!, open: open!, high: high!, low: low!, close: close!, volume: volume! }
  })
  const { values, rows } = computeFeatures(starter96, columnsOf(candles), { from: 240 })
  return starter96.map((_id, k) => {
    const column = Float64Array.from({ length: Math.floor(rows / 3) }, (_, i) => values[3 * i * starter96.length + k]!)
    const mean = column.reduce((a, b) => a + b, 0) / column.length
    const size = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0))
    return column.map((value) => (value - mean) / size)
  })
}

describe.skipIf(!existsSync(file('BTCUSDT')))('starter-96 on real bars (needs ../shared)', () => {
  it.each(['BTCUSDT', 'ETHUSDT'])('is finite, moves and does not repeat itself on %s', (symbol) => {
    const columns = directions(symbol)
    const repeated: string[] = []
    for (const [a, left] of columns.entries()) {
      expect(left.every(Number.isFinite), starter96[a]).toBe(true)
      for (let b = 0; b < a; b++) {
        let correlation = 0
        const right = columns[b]!
        for (let i = 0; i < left.length; i++) correlation += left[i]! * right[i]!
        if (Math.abs(correlation) > 0.999) repeated.push(`${starter96[a]} and ${starter96[b]}: ${correlation}`)
      }
    }
    expect(repeated).toEqual([])
  })
})
