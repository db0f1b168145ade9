import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candle, CandleGate, checkCandle, DUPLICATE } from '../../../src/core/candle.ts'
import { CandleSeries } from '../../../src/core/series.ts'

const step = 900_000
const start = Date.UTC(2024, 0, 1)
const candle = (bar: number, change: Partial<Candle> = {}): Candle => ({
  time: start + bar * step,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 5,
  ...change,
})

/** The code and the details of what a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('a candle', () => {
  it('with sound values passes', () => {
    expect(thrownBy(() => checkCandle(candle(0)))).toBeUndefined()
    expect(thrownBy(() => checkCandle(candle(0, { volume: 0, turnover: 0 })))).toBeUndefined()
  })

  it.each<[keyof Candle, number]>([
    ['time', 0.5],
    ['time', NaN],
    ['open', 0],
    ['open', NaN],
    ['high', Infinity],
    ['high', 10.5],
    ['low', -1],
    ['low', 10.5],
    ['close', -11],
    ['close', NaN],
    ['volume', -1],
    ['volume', NaN],
    ['volume', Infinity],
    ['turnover', -1],
    ['turnover', NaN],
  ])('whose %s is %d is refused by that name', (field, value) => {
    expect(thrownBy(() => checkCandle(candle(0, { [field]: value })))).toMatchObject({
      code: 'candle/invalid',
      details: { field, value },
    })
  })
})

describe('the gate', () => {
  it('lets candles through in order and says how many are missing', () => {
    const gate = new CandleGate('15m', 'flat')
    expect(gate.admit(candle(0))).toBe(0)
    expect(gate.admit(candle(1))).toBe(0)
    expect(gate.admit(candle(5))).toBe(3)
  })

  it('refuses a gap by default and stays as it was', () => {
    const gate = new CandleGate('15m')
    gate.admit(candle(0))
    expect(thrownBy(() => gate.admit(candle(3)))).toMatchObject({ code: 'candle/gap', details: { missing: 2 } })
    expect(gate.admit(candle(1))).toBe(0)
  })

  it('ignores an exact repeat, also one that spells out the turnover', () => {
    const gate = new CandleGate('15m')
    gate.admit(candle(0))
    expect(gate.admit(candle(0))).toBe(DUPLICATE)
    expect(gate.admit(candle(0, { turnover: 55 }))).toBe(DUPLICATE)
  })

  it('refuses a candle that contradicts the last one, an older one, and one off the grid', () => {
    const gate = new CandleGate('15m')
    gate.admit(candle(1))
    expect(thrownBy(() => gate.admit(candle(1, { close: 10 })))).toMatchObject({ details: { reason: 'conflicting' } })
    expect(thrownBy(() => gate.admit(candle(0)))).toMatchObject({ details: { reason: 'older' } })
    expect(thrownBy(() => gate.admit(candle(2, { time: start + 2 * step + 1 })))).toMatchObject({
      code: 'candle/off-grid',
    })
  })
})

describe('a series', () => {
  it('holds what was appended, through growth, gaps and repeats', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 700 }), (steps) => {
        const series = new CandleSeries({ symbol: 'S', timeframe: '15m', gaps: 'flat' })
        const expected = new Map<number, number>()
        let bar = 0
        series.append(candle(0, { close: 11 }))
        expected.set(0, 11)
        for (const forward of steps) {
          const before = expected.get(bar)!
          for (let missing = 1; missing < forward; missing++) expected.set(bar + missing, before)
          bar += forward
          const close = forward === 0 ? before : 9 + (bar % 4)
          if (forward > 0) expected.set(bar, close)
          series.append(candle(bar, { close }))
        }
        expect(series.length).toBe(bar + 1)
        expect([...series.columns.close]).toEqual(Array.from({ length: bar + 1 }, (_, i) => expected.get(i)))
        expect([...series.columns.time]).toEqual(Array.from({ length: bar + 1 }, (_, i) => start + i * step))
        expect(series.filled).toBe(steps.reduce((sum, forward) => sum + Math.max(forward - 1, 0), 0))
      }),
    )
  })

  it('is unchanged by a candle it refuses', () => {
    const series = CandleSeries.from([candle(0), candle(1)], { timeframe: '15m' })
    expect(thrownBy(() => series.append(candle(2, { high: 1 })))).toMatchObject({ code: 'candle/invalid' })
    expect(thrownBy(() => series.append(candle(9)))).toMatchObject({ code: 'candle/gap' })
    expect(series.length).toBe(2)
    series.append(candle(2))
    expect(series.length).toBe(3)
  })

  it('gives rows and slices from either end', () => {
    const series = CandleSeries.from([candle(0), candle(1), candle(2)], { timeframe: '15m' })
    expect(series.at(-1)!.time).toBe(start + 2 * step)
    expect(series.at(3)).toBeUndefined()
    expect(series.slice(-2).map((row) => row.time)).toEqual([start + step, start + 2 * step])
    expect(series.slice(0, 1)).toEqual([{ ...candle(0), turnover: 55 }])
  })
})
