import { describe, expect, it } from 'vitest'
import { BarCursor } from '../../../src/feeds/bar-cursor.ts'

const step = 900_000
const start = 1000 * step
const bar = (index: number, close = 11): number[] => [start + index * step, 10, 12, 9, close, 5]
const times = (candles: readonly { readonly time: number }[]): number[] =>
  candles.map(({ time }) => (time - start) / step)

/** A cursor at bar 0, and what it reads at so many bars after the start. */
function cursor(): {
  cursor: BarCursor
  read: (rows: readonly unknown[], bars: number) => ReturnType<BarCursor['ingest']>
} {
  const cursor = new BarCursor({ step, first: start, toleranceMs: 2000 })
  return { cursor, read: (rows, bars) => cursor.ingest(rows, start + bars * step, 10_000) }
}

describe('a cursor over bars', () => {
  it('takes a bar as closed when it has ended and a later one is there', () => {
    const { read } = cursor()
    expect(times(read([bar(0), bar(1)], 1.01).closed)).toEqual([0])
    expect(times(read([bar(0), bar(1), bar(2)], 2.01).closed)).toEqual([0, 1])
  })

  it('does not take a bar that has not ended by the clock, also where a later one is there already', () => {
    const { read } = cursor()
    const early = read([bar(0), bar(1)], 1 - 1000 / step)
    expect(early).toMatchObject({ closed: [], hole: undefined, waiting: false, forming: undefined, faults: [] })
    expect(read([bar(1)], 1 - 1000 / step).hole).toBeUndefined()
  })

  it('takes the last bar of an answer when it came the same twice, far enough apart', () => {
    const { read } = cursor()
    expect(read([bar(0)], 1.001)).toMatchObject({ closed: [], waiting: true, forming: undefined })
    expect(read([bar(0)], 1.005)).toMatchObject({ closed: [], waiting: true })
    expect(read([bar(0, 11.5)], 1.013)).toMatchObject({ closed: [], waiting: true })
    expect(read([bar(0, 11.5)], 1.02)).toMatchObject({ closed: [], waiting: true })
    expect(read([bar(0, 11.5)], 1.03)).toMatchObject({ closed: [{ close: 11.5 }], waiting: false })
  })

  it('begins to count anew where the clock was set back meanwhile', () => {
    const { read } = cursor()
    read([bar(0)], 4)
    expect(read([bar(0)], 1.001).closed).toEqual([])
    expect(times(read([bar(0)], 1.02).closed)).toEqual([0])
  })

  it('says which bar is forming, and that an ended one is waited for', () => {
    const { cursor: bars, read } = cursor()
    expect(read([bar(0)], 0.5).forming).toMatchObject({ time: start, closed: false })
    const { closed } = read([bar(0), bar(1)], 1.01)
    bars.pass(closed[0]!)
    expect([bars.next, bars.last, bars.ended(start + 3.5 * step)]).toEqual([start + step, closed[0], 2])
    expect(read([bar(0), bar(1)], 1.5)).toMatchObject({ forming: { time: start + step }, waiting: false })
    expect(read([], 2.1)).toMatchObject({ forming: undefined, waiting: true })
  })

  it('stops at a hole, says whether its bars are missing or wrong, and fills it from the price before', () => {
    const { cursor: bars, read } = cursor()
    const rows = [bar(0), bar(3), bar(4)]
    const { closed, hole } = read(rows, 4.1)
    expect(times(closed)).toEqual([0])
    expect(hole).toEqual({ from: start + step, to: start + 3 * step, reason: 'missing' })
    expect(read([bar(0), bar(1).with(4, NaN), bar(3)], 4.1).hole).toMatchObject({ reason: 'wrong' })
    bars.pass(closed[0]!)
    expect(bars.flat(hole!)).toMatchObject([
      { time: start + step, open: 11, close: 11, volume: 0 },
      { time: start + 2 * step, open: 11, close: 11, volume: 0 },
    ])
  })

  it('has no price to fill a hole with before the first bar, unless it saw the bar before', () => {
    const { cursor: bars, read } = cursor()
    const { hole } = read([bar(2), bar(3)], 3.1)
    expect(bars.flat(hole!)).toEqual([])
    read([bar(-1, 11.5), bar(2)], 3.1)
    expect(bars.flat(hole!)).toMatchObject([{ close: 11.5 }, { close: 11.5 }])
    bars.skipTo(hole!.to)
    expect(times(read([bar(2), bar(3)], 3.1).closed)).toEqual([2])
  })

  it('reports a correction of each of the last two bars once', () => {
    const { cursor: bars, read } = cursor()
    for (const candle of read([bar(0), bar(1), bar(2), bar(3)], 3.1).closed) bars.pass(candle)
    const corrected = read([bar(0, 10.5), bar(1, 10.5), bar(2), bar(3)], 3.2).corrections
    expect(corrected).toMatchObject([{ given: { time: start + step, close: 11 }, corrected: { close: 10.5 } }])
    expect(read([bar(1, 10.5), bar(2), bar(3)], 3.3).corrections).toEqual([])
  })
})
