import { describe, expect, it } from 'vitest'
import { abortable, linkedController } from '../../../src/core/abort.ts'
import { Mutex } from '../../../src/core/mutex.ts'
import { Flights } from '../../../src/core/once.ts'

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a mutex', () => {
  it('runs tasks one after another, in order of asking', async () => {
    const mutex = new Mutex()
    const log: string[] = []
    const task = (name: string, ms: number) => async (): Promise<void> => {
      log.push(`${name} begins`)
      await later(ms)
      log.push(`${name} ends`)
    }
    await Promise.all([mutex.run(task('slow', 10)), mutex.run(task('fast', 0))])
    expect(log).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends'])
  })

  it('goes on after a task that fails', async () => {
    const mutex = new Mutex()
    await expect(mutex.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(mutex.run(() => Promise.resolve(1))).resolves.toBe(1)
  })
})

describe('flights', () => {
  it('share one start for each key, and forget it when it has ended', async () => {
    const flights = new Flights<number>()
    let starts = 0
    const start = async (): Promise<number> => {
      await later(1)
      return ++starts
    }
    expect(await Promise.all([flights.run('a', start), flights.run('a', start), flights.run('b', start)])).toEqual([
      1, 1, 2,
    ])
    expect(await flights.run('a', start)).toBe(3)
  })

  it('forget a failure', async () => {
    const flights = new Flights<number>()
    await expect(flights.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await flights.run('a', () => Promise.resolve(2))).toBe(2)
  })
})

describe('abortable work', () => {
  it("rejects with the caller's own reason", async () => {
    const controller = new AbortController()
    const reason = { mine: true }
    const work = abortable(later(1000), controller.signal)
    controller.abort(reason)
    await expect(work).rejects.toBe(reason)
    await expect(abortable(later(0), controller.signal)).rejects.toBe(reason)
  })

  it('settles as the work does while nobody aborts', async () => {
    const { signal } = new AbortController()
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1)
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
  })
})

describe('a linked controller', () => {
  it('aborts with the first of the signals that it follows, for its reason', () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const { controller } = linkedController(first.signal, undefined, second.signal)
    expect(controller.signal.aborted).toBe(false)
    second.abort('enough')
    first.abort('too late')
    expect(controller.signal.reason).toBe('enough')
  })

  it('is aborted from the start where one of them is', () => {
    expect(linkedController(AbortSignal.abort('before')).controller.signal.reason).toBe('before')
  })

  it('follows no longer once it was let go', () => {
    const other = new AbortController()
    const { controller, unlink } = linkedController(other.signal)
    unlink()
    other.abort()
    expect(controller.signal.aborted).toBe(false)
  })
})
