import { describe, expect, it } from 'vitest'
import { ExchangeClock } from '../../../src/feeds/exchange-clock.ts'
import type { FeedStatus } from '../../../src/feeds/index.ts'
import { VirtualClock } from '../../virtual-clock.ts'

const aheadMs = 40_000
const { signal } = new AbortController()

/** A clock against an exchange that answers with `answers` in turn, the last one again and again; numbers are added to its time. */
function against(...answers: unknown[]): {
  clock: VirtualClock
  time: ExchangeClock
  told: FeedStatus[]
  asked: () => number
} {
  const clock = new VirtualClock()
  const told: FeedStatus[] = []
  let asked = 0
  const measure = async (): Promise<unknown> => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    return typeof answer === 'number' ? clock.now() + answer : answer
  }
  const time = new ExchangeClock({ clock, measure, tell: (status) => told.push(status) })
  return { clock, time, told, asked: () => asked }
}

describe("the exchange's clock", () => {
  it('is the own one, unknown, where the exchange does not tell its time', async () => {
    const clock = new VirtualClock()
    const time = new ExchangeClock({ clock, measure: undefined, tell: () => undefined })
    await time.refresh(signal)
    expect([time.synced, time.now()]).toEqual([false, clock.now()])
  })

  it('is taken over, a large difference only when it is said twice', async () => {
    const { clock, time, told, asked } = against(aheadMs)
    await time.refresh(signal)
    expect([time.synced, time.now(), asked()]).toEqual([true, clock.now() + aheadMs, 2])
    expect(told).toEqual([{ kind: 'clock', aheadMs, reason: undefined }])
    await time.refresh(signal)
    expect(asked()).toBe(2)
  })

  it.each([
    ['two answers differ', [aheadMs, -aheadMs], 'differ by 80000 ms'],
    ['the answer is no time', ['<html>'], "the exchange's time is <html>"],
    ['the answer is missing', [undefined], "the exchange's time is undefined"],
  ])('is not believed where %s, and that is told', async (_, answers, reason) => {
    const { clock, time, told } = against(...answers)
    await time.refresh(signal)
    expect([time.synced, time.now()]).toEqual([false, clock.now()])
    expect(told).toMatchObject([
      { kind: 'clock', aheadMs: undefined, reason: expect.stringContaining(reason) as unknown },
    ])
  })

  it('takes half of the way of an answer into account', async () => {
    const clock = new VirtualClock()
    const measure = async (): Promise<number> => {
      await clock.sleep(200)
      const time = clock.now() + 500
      await clock.sleep(200)
      return time
    }
    const time = new ExchangeClock({ clock, measure, tell: () => undefined })
    await clock.run(time.refresh(signal))
    expect(time.now()).toBe(clock.now() + 500)
  })

  it('is measured every hour, after a failure every minute, after a doubt sooner, for all who ask together once', async () => {
    const { clock, time, asked } = against('no', 0)
    await Promise.all([time.refresh(signal), time.refresh(signal)])
    expect(asked()).toBe(1)
    const after = async (ms: number): Promise<number> => {
      await clock.run(clock.sleep(ms))
      await time.refresh(signal)
      return asked()
    }
    expect(await after(59_000)).toBe(1)
    expect(await after(1000)).toBe(2)
    expect(await after(3_599_000)).toBe(2)
    expect(await after(1000)).toBe(3)
    time.suspect()
    expect(await after(9000)).toBe(3)
    expect(await after(1000)).toBe(4)
  })

  it('keeps what it knows through a failure, and ends with the signal', async () => {
    const { clock, time } = against(aheadMs, aheadMs, 'no')
    await time.refresh(signal)
    await clock.run(clock.sleep(3_600_000))
    await time.refresh(signal)
    expect([time.synced, time.now()]).toEqual([true, clock.now() + aheadMs])
    await clock.run(clock.sleep(3_600_000))
    await expect(time.refresh(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })

  it('is measured at once where the own clock was set back', async () => {
    const clock = new VirtualClock()
    let setMs = 0
    let asked = 0
    const time = new ExchangeClock({
      clock: { now: () => clock.now() + setMs, sleep: clock.sleep.bind(clock) },
      measure: async () => {
        asked++
        return clock.now()
      },
      tell: () => undefined,
    })
    await time.refresh(signal)
    setMs = -3_600_000
    await time.refresh(signal)
    expect([asked, time.now()]).toEqual([3, clock.now()])
  })
})
