import { describe, expect, it } from 'vitest'
import { LiveCalls } from '../../../src/rpc/live-calls.ts'

/** A promise and its ends. */
function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

const never = (): AbortSignal => new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

describe('work between live calls', () => {
  it('waits until the last live call is over, also one that fails', async () => {
    const live = new LiveCalls()
    const [first, second] = [deferred(), deferred()]
    const calls = [live.run(() => first.promise), live.run(() => second.promise)]
    const begun: string[] = []
    const work = live.between(async () => begun.push('work'), never())
    first.resolve()
    await turn()
    expect(begun).toEqual([])
    second.reject(new Error('no'))
    await Promise.allSettled(calls)
    expect(await work).toBe(1)
  })

  it('is stopped by a live call, and gives nothing then', async () => {
    const live = new LiveCalls()
    const work = live.between(
      (quiet) => new Promise((_, reject) => quiet.addEventListener('abort', () => reject(quiet.reason as Error))),
      never(),
    )
    await turn()
    expect(await live.run(async () => 'signal')).toBe('signal')
    expect(await work).toBeUndefined()
  })

  it('fails with its own error where no live call came', async () => {
    const reason = new Error('broken')
    const work = new LiveCalls().between(() => Promise.reject(reason), never())
    await expect(work).rejects.toBe(reason)
  })

  it('ends with the reason that was given, waiting or working', async () => {
    const live = new LiveCalls()
    const reason = new Error('enough')
    const controller = new AbortController()
    const call = deferred()
    const running = live.run(() => call.promise)
    const waiting = live.between(async () => 'never', controller.signal)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    call.resolve()
    await running

    const second = new AbortController()
    const working = live.between(
      (quiet) => new Promise((_, reject) => quiet.addEventListener('abort', () => reject(quiet.reason as Error))),
      second.signal,
    )
    await turn()
    second.abort(reason)
    await expect(working).rejects.toBe(reason)
  })
})
