import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCandle } from '../../../src/core/candle.ts'
import { sortRows } from '../../../src/feeds/rows.ts'

const step = 900_000
const time = 100 * step
const rules = { step, latest: time + step }
const row = [time, 10, 12, 9, 11, 5]
const candle = { time, open: 10, high: 12, low: 9, close: 11, volume: 5 }

describe('rows of an exchange', () => {
  it('become candles in order of time, whatever order they come in, each once', () => {
    const later = row.with(0, time + step)
    const { byTime, faults } = sortRows([later, row, later, row], rules)
    expect([...byTime]).toEqual([
      [time, candle],
      [time + step, { ...candle, time: time + step }],
    ])
    expect(faults).toEqual([])
  })

  it.each([
    ['is no list', 'row', /not a row/],
    ['is too short', [time, 10], /not a row/],
    ['has no time', row.with(0, NaN), /time is NaN/],
    ['has a time in words', [String(time), ...row.slice(1)], /time is "90000000"/],
    ['has a time off the grid', row.with(0, time + 1000), /off the grid/],
    ['lies in the future', row.with(0, time + 2 * step), /future/],
    ['has a price in words', [...row.slice(0, 2), '12', ...row.slice(3)], /high is "12", not a number/],
    ['lacks a value', [...row.slice(0, 5), undefined], /volume is undefined/],
    ['has NaN', row.with(4, NaN), /close "NaN"/],
    ['has a price of zero', row.with(3, 0), /low "0"/],
    ['has infinity', row.with(2, Infinity), /high "Infinity"/],
    ['has its high below its low', row.with(2, 8), /high "8"/],
    ['has a negative volume', row.with(5, -1), /volume "-1"/],
  ])('are refused when one %s', (_, wrong, reason) => {
    const { byTime, faults } = sortRows([row.with(0, time - step), wrong], rules)
    expect([...byTime.keys()]).toEqual([time - step])
    expect(faults).toMatchObject([{ reason: expect.stringMatching(reason) as unknown }])
  })

  it('are both refused where they contradict each other, and a third does not bring them back', () => {
    const { byTime, faults } = sortRows([row, row.with(5, 6), row], rules)
    expect(byTime.size).toBe(0)
    expect(faults).toEqual([{ at: time, reason: 'two rows of one answer contradict each other' }])
  })

  it('never give a candle that breaks a rule, whatever comes', () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom<unknown>(0, time, time + step, 10, '10', null, undefined, [], {}, true),
    )
    const anything = fc.array(fc.oneof(fc.array(value, { minLength: 5, maxLength: 7 }), fc.anything()), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(anything, (rows) => {
        for (const candle of sortRows(rows, rules).byTime.values()) {
          checkCandle(candle)
          expect(candle.time % step).toBe(0)
          expect(candle.time).toBeLessThanOrEqual(rules.latest)
        }
      }),
    )
  })
})
