import { describe, expect, it } from 'vitest'
import { Outlet } from '../../../src/feeds/outlet.ts'
import type { SourcedCandle } from '../../../src/feeds/index.ts'

const { signal } = new AbortController()
const bar = (time: number, closed: boolean, symbol = 'A'): SourcedCandle => ({
  symbol,
  candle: { time, open: 1, high: 1, low: 1, close: 1, volume: 0, closed },
})

describe('an outlet', () => {
  it('gives closed candles in order, and forming ones after them, only the newest of each symbol', async () => {
    const outlet = new Outlet(10)
    outlet.offer(bar(2, false))
    outlet.offer(bar(2, false, 'B'))
    const newest = bar(2, false, 'B')
    outlet.offer(newest)
    await outlet.push(bar(1, true, 'B'), signal)
    outlet.offer(newest)
    const taken = [await outlet.take(signal), await outlet.take(signal), await outlet.take(signal)]
    expect(taken).toEqual([bar(1, true, 'B'), bar(2, false), newest])
    expect(taken[2]).toBe(newest)
  })

  it('drops the forming candle of a bar that has closed', async () => {
    const outlet = new Outlet(10)
    outlet.offer(bar(1, false))
    await outlet.push(bar(1, true), signal)
    expect(await outlet.take(signal)).toEqual(bar(1, true))
    outlet.fail(new Error('nothing is left'))
    await expect(outlet.take(signal)).rejects.toThrow('nothing is left')
  })

  it('makes writers wait while it is full, all of them, in order', async () => {
    const outlet = new Outlet(1)
    const order: number[] = []
    const write = async (time: number): Promise<void> => {
      await outlet.push(bar(time, true), signal)
      order.push(time)
    }
    const writers = [1, 2, 3].map(write)
    await Promise.resolve()
    expect(order).toEqual([1])
    for (const time of [1, 2, 3]) expect((await outlet.take(signal)).candle.time).toBe(time)
    await Promise.all(writers)
    expect(order).toEqual([1, 2, 3])
  })

  it('ends with the signal, for a writer and for the reader', async () => {
    const outlet = new Outlet(1)
    const controller = new AbortController()
    const read = outlet.take(controller.signal)
    controller.abort(new Error('enough'))
    await expect(read).rejects.toThrow('enough')
    await outlet.push(bar(1, true), signal)
    await expect(outlet.push(bar(2, true), controller.signal)).rejects.toThrow('enough')
  })
})
