import { describe, expect, it } from 'vitest'
import { SessionCache } from '../../../src/registry/sessions.ts'

/** A session that says whether it was released. */
class Session {
  readonly backend = 'none'
  released = false
  lost = false
  readonly predict = (): Promise<Float32Array> => Promise.resolve(new Float32Array())
  async release(): Promise<void> {
    this.released = true
  }
}

/** A cache, and what was opened in it by key. */
function cacheOf(limits: { count: number; bytes: number }): {
  cache: SessionCache
  opened: [key: string, session: Session][]
  lease: (key: string, bytes?: number) => ReturnType<SessionCache['lease']>
} {
  const cache = new SessionCache(limits)
  const opened: [string, Session][] = []
  const lease = (key: string, bytes = 1): ReturnType<SessionCache['lease']> =>
    cache.lease(key, bytes, async () => {
      const session = new Session()
      opened.push([key, session])
      return session
    })
  return { cache, opened, lease }
}

describe('open models', () => {
  it('are opened once for all who ask, also at the same time', async () => {
    const { opened, lease } = cacheOf({ count: 2, bytes: 10 })
    const [a, b] = await Promise.all([lease('a'), lease('a')])
    expect(a.session).toBe(b.session)
    await a.end()
    await b.end()
    expect((await lease('a')).session).toBe(a.session)
    expect(opened).toHaveLength(1)
  })

  it('make way by number, the least recently used first', async () => {
    const { cache, opened, lease } = cacheOf({ count: 2, bytes: 10 })
    for (const key of ['a', 'b', 'a', 'c']) await (await lease(key)).end()
    expect(cache.open).toEqual(['a', 'c'])
    expect(opened.map(([key, { released }]) => [key, released])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ])
  })

  it('make way by size', async () => {
    const { cache, lease } = cacheOf({ count: 9, bytes: 10 })
    for (const key of ['a', 'b']) await (await lease(key, 4)).end()
    await (await lease('c', 4)).end()
    expect(cache.open).toEqual(['b', 'c'])
  })

  it('stay while somebody uses them, and go when the last user has left', async () => {
    const { cache, opened, lease } = cacheOf({ count: 1, bytes: 10 })
    const [first, second] = [await lease('a'), await lease('a')]
    const other = await lease('b')
    expect(cache.open).toEqual(['a', 'b'])
    await first.end()
    await first.end()
    expect(opened[0]![1].released, 'ending twice is ending once').toBe(false)
    await second.end()
    expect(opened[0]![1].released).toBe(true)
    expect(cache.open).toEqual(['b'])
    await other.end()
  })

  it('are not handed out again once what ran them is gone', async () => {
    const { opened, lease } = cacheOf({ count: 2, bytes: 10 })
    const before = await lease('a')
    opened[0]![1].lost = true
    const after = await lease('a')
    expect(after.session).not.toBe(before.session)
    await before.end()
    expect((await lease('a')).session, 'the end of the old one does not touch the new').toBe(after.session)
    expect(opened).toHaveLength(2)
  })

  it('close at once when all are to close, or with their last user', async () => {
    const { cache, opened, lease } = cacheOf({ count: 2, bytes: 10 })
    await (await lease('a')).end()
    const used = await lease('b')
    await cache.clear()
    expect(opened.map(([, { released }]) => released)).toEqual([true, false])
    await used.end()
    expect(opened[1]![1].released).toBe(true)
  })

  it('are opened on for the others when one who waits goes away, and not at all when all have gone', async () => {
    const cache = new SessionCache({ count: 2, bytes: 10 })
    const session = new Session()
    let opened: (session: Session) => void = () => undefined
    const signals: AbortSignal[] = []
    const open = (signal: AbortSignal): Promise<Session> => {
      signals.push(signal)
      return new Promise((resolve) => {
        opened = resolve
      })
    }
    const [first, second] = [new AbortController(), new AbortController()]
    const [a, b] = [cache.lease('a', 1, open, first.signal), cache.lease('a', 1, open, second.signal)]
    const reason = new Error('no longer')
    first.abort(reason)
    await expect(a).rejects.toBe(reason)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    opened(session)
    expect((await b).session).toBe(session)
    await (await b).end()

    const alone = new AbortController()
    const c = cache.lease('c', 1, open, alone.signal)
    alone.abort(reason)
    await expect(c).rejects.toBe(reason)
    expect(signals.at(-1)!.reason).toBe(reason)
    const late = new Session()
    opened(late)
    await new Promise((resolve) => {
      setTimeout(resolve, 0)
    })
    expect(late.released, 'what was opened all the same is closed').toBe(true)
    expect(cache.open).toEqual(['a'])
  })

  it('are tried again after a failure to open', async () => {
    const cache = new SessionCache({ count: 1, bytes: 1 })
    const failing = cache.lease('a', 1, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect((await cache.lease('a', 1, async () => new Session())).session.backend).toBe('none')
  })
})
