import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { withLock } from '../../../src/registry/locks.ts'

type Request = (name: string, options: { signal: AbortSignal }, held: () => Promise<unknown>) => Promise<unknown>

let kept: PropertyDescriptor | undefined
const provide = (request: Request | undefined): void => {
  const value = request === undefined ? {} : { locks: { request } }
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true })
}
beforeEach(() => {
  kept = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
})
afterEach(() => {
  if (kept === undefined) Reflect.deleteProperty(globalThis, 'navigator')
  else Object.defineProperty(globalThis, 'navigator', kept)
})

const { signal } = new AbortController()

describe('withLock', () => {
  it('runs the work once where there are no locks', async () => {
    provide(undefined)
    let runs = 0
    expect(await withLock('a', signal, async () => ++runs)).toBe(1)
    expect(runs).toBe(1)
  })

  it('runs the work once where locks are denied', async () => {
    provide(() => Promise.reject(new DOMException('opaque origin', 'SecurityError')))
    let runs = 0
    expect(await withLock('a', signal, async () => ++runs)).toBe(1)
  })

  it('does not run work again that failed under its lock', async () => {
    provide((_, __, held) => held())
    let runs = 0
    const failure = new Error('mine')
    const work = async (): Promise<never> => {
      runs++
      throw failure
    }
    await expect(withLock('a', signal, work)).rejects.toBe(failure)
    expect(runs).toBe(1)
  })

  it('does not run the work when it is aborted while it waits', async () => {
    provide(
      (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = withLock('a', controller.signal, async () => 'ran')
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })
})
