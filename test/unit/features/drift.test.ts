/** A million bars, with a jump of a million times and back: every value still equals that of a stream that began recently. */
import { expect, it } from 'vitest'
import type { CandleColumns } from '../../../src/core/series.ts'
import { FeatureStream, findFeature, unified240 } from '../../../src/features/index.ts'
import { randomFrom } from './candles.ts'

const bars = 1_000_000
const jump = { from: 400_000, to: 400_100, times: 1e6 }
/** Bars after which a stream has forgotten that it began, even where it began beside the jump. */
const memory = 3000
const compared = 24
const width = unified240.length

function marketOf(length: number): CandleColumns {
  const random = randomFrom(20)
  const [time, open, high, low, close, volume, turnover] = Array.from({ length: 7 }, () => new Float64Array(length))
  let price = 100
  for (let i = 0; i < length; i++) {
    const level = i >= jump.from && i < jump.to ? jump.times : 1
    const first = price
    // The walk is pulled back to 100, so that a million steps do not end at zero.
    price *= 1 + (random() - 0.5) / 100 + (100 - price) * 1e-5
    time![i] = 1_500_000_000_000 + i * 900_000
    open![i] = first * level
    close![i] = price * level
    high![i] = Math.max(first, price) * (1 + random() / 500) * level
    low![i] = Math.min(first, price) * (1 - random() / 500) * level
    volume![i] = (1 + 1000 * random() ** 4) * level
    turnover![i] = close![i]! * volume![i]!
  }
  return { length, time, open, high, low, close, volume, turnover } as CandleColumns
}

it('has the values of fresh windows after a million bars and a jump of a million times and back', () => {
  const market = marketOf(bars)
  const whole = new FeatureStream(unified240)
  const rows = new Float64Array(compared * width)
  const fresh = new Float64Array(compared * width)
  const wrong: string[] = []
  let at = 0
  for (const end of [jump.from + 50, jump.to + 60, jump.to + memory + 500, 700_001, bars]) {
    const start = end - compared
    whole.advance(market, at, start)
    whole.advance(market, start, end, rows)
    at = end
    const late = new FeatureStream(unified240)
    late.advance(market, start - memory, start)
    late.advance(market, start, end, fresh)
    for (const [k, id] of unified240.entries()) {
      const column = (values: Float64Array): number[] =>
        Array.from({ length: compared }, (_, row) => values[row * width + k]!)
      const expected = column(fresh)
      const size = Math.max(...expected.map(Math.abs))
      const error = Math.max(...column(rows).map((value, i) => Math.abs(value - expected[i]!)))
      if (!(error <= 1e-9 * size)) wrong.push(`${id} at bar ${end}: off by ${error / size} of ${size}`)
    }
  }
  expect(whole.bars).toBe(bars)
  expect(wrong).toEqual([])
  expect(unified240.map(findFeature).every((feature) => feature.warmup < memory)).toBe(true)
}, 120_000)
