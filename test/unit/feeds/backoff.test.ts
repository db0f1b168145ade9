import { describe, expect, it } from 'vitest'
import { backoff, Turnstile } from '../../../src/feeds/backoff.ts'

describe('a delay before another attempt', () => {
  it('lies anywhere between nothing and a bound that doubles up to its maximum', () => {
    const bounds = [1, 2, 3, 4, 5, 2000].map((attempt) => backoff(attempt, { baseMs: 100, maxMs: 700 }, () => 1))
    expect(bounds).toEqual([100, 200, 400, 700, 700, 700])
    expect(backoff(3, {}, () => 0)).toBe(0)
    expect(backoff(99, {}, () => 0.5)).toBe(30_000)
  })
})

/** A task that runs until it is told to end. */
function task(): { run: () => Promise<void>; end: () => void; ran: () => boolean } {
  let [ran, end] = [false, (): void => undefined]
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const run = (): Promise<void> => {
    ran = true
    return ended
  }
  return { run, end, ran: () => ran }
}

const settle = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve))

describe('a turnstile', () => {
  const { signal } = new AbortController()

  it('lets so many run at a time, in order, and goes on after a failure', async () => {
    const turnstile = new Turnstile(1)
    const [first, second] = [task(), task()]
    const fails = expect(turnstile.run(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
    const runs = [first, second].map(({ run }) => turnstile.run(run, signal))
    await fails
    await settle()
    expect([first.ran(), second.ran()]).toEqual([true, false])
    first.end()
    second.end()
    await Promise.all(runs)
    expect(second.ran()).toBe(true)
  })

  it.each([undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'loses no place to one who leaves while it waits, or %s microtasks after its turn has come',
    async (microtasks) => {
      const turnstile = new Turnstile(1)
      const [first, last] = [task(), task()]
      const controller = new AbortController()
      const run = turnstile.run(first.run, signal)
      let left: unknown = 'it ran'
      const leaving = turnstile
        .run(async () => undefined, controller.signal)
        .catch((error: unknown) => {
          left = error
        })
      if (microtasks !== undefined) first.end()
      for (let turns = 0; turns < (microtasks ?? 0); turns++) await Promise.resolve()
      const reason = new Error('enough')
      controller.abort(reason)
      await settle()
      if (microtasks === undefined) expect(left).toBe(reason)
      first.end()
      last.end()
      await Promise.all([run, leaving, turnstile.run(last.run, signal)])
      expect(last.ran()).toBe(true)
    },
  )
})
