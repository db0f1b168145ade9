import { describe, expect, it, vi } from 'vitest'
import { systemClock, within } from '../../../src/core/clock.ts'
import { VirtualClock } from '../../virtual-clock.ts'

describe("the device's clock", () => {
  it('tells the time of now and sleeps', async () => {
    const before = Date.now()
    await systemClock.sleep(5)
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
    await systemClock.sleep(-5)
  })

  it('ends a sleep with the reason of the signal, before it or within it', async () => {
    const reason = new Error('enough')
    await expect(systemClock.sleep(1e9, AbortSignal.abort(reason))).rejects.toBe(reason)
    const controller = new AbortController()
    const sleep = systemClock.sleep(1e9, controller.signal)
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
  })

  it('sleeps longer than a timer of the platform can', async () => {
    vi.useFakeTimers()
    let over = false
    const days = 40 * 86_400_000
    const night = async (): Promise<void> => {
      await systemClock.sleep(days)
      over = true
    }
    const sleep = night()
    await vi.advanceTimersByTimeAsync(days - 1)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleep
    expect(over).toBe(true)
    vi.useRealTimers()
  })
})

describe('work within a time', () => {
  it('settles as the work does and leaves nobody waiting', async () => {
    const clock = new VirtualClock()
    expect(await within(clock, 1000, Promise.resolve(7), () => 0)).toBe(7)
    await expect(within(clock, 1000, Promise.reject(new Error('broken')), () => 0)).rejects.toThrow('broken')
    expect(clock.waiting).toBe(0)
  })

  it('is decided by what comes in its place when it is late', async () => {
    const clock = new VirtualClock()
    const begun = clock.now()
    expect(await clock.run(within(clock, 1000, new Promise<number>(() => undefined), () => 0))).toBe(0)
    expect(clock.now()).toBe(begun + 1000)
  })

  it('ends with the reason of the signal', async () => {
    const clock = new VirtualClock()
    const reason = new Error('enough')
    const never = new Promise<number>(() => undefined)
    await expect(within(clock, 1000, never, () => 0, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(clock.waiting).toBe(0)
  })
})
