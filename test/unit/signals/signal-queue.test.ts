import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../../src/signals/signal.ts'
import { type DropReason, SignalQueue, type SignalQueueOptions } from '../../../src/signals/signal-queue.ts'

const never = Number.MAX_SAFE_INTEGER

function signal(id: string, confidence = 0.5, expiresAt = never): Signal {
  return {
    id,
    symbol: 'A',
    timeframe: '15m',
    time: 0,
    side: 'LONG',
    direction: 'LONG',
    confidence,
    strength: 0.5,
    quality: 0.5,
    risk: { score: 0, level: 'LOW' },
    entry: 1,
    stopLoss: null,
    takeProfit: null,
    returns: {},
    probabilities: {},
    model: 'm',
    epoch: 0,
    rejections: [],
    expiresAt,
    provisional: false,
  }
}

/** What is left, in the order in which it is given out. */
async function drained(queue: SignalQueue): Promise<string[]> {
  queue.close()
  const ids: string[] = []
  for await (const { id } of queue) ids.push(id)
  return ids
}

/** A queue, and what it dropped. */
function watched(options: SignalQueueOptions): { queue: SignalQueue; dropped: [string, DropReason][] } {
  const dropped: [string, DropReason][] = []
  return { queue: new SignalQueue({ ...options, onDrop: ({ id }, reason) => dropped.push([id, reason]) }), dropped }
}

const code = (work: Promise<unknown>): Promise<unknown> => work.catch((error: { code: string }) => error.code)

it('gives out the lowest priority number first, then the surest, then the oldest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom(0.2, 0.5, 0.9)), { maxLength: 40 }),
      async (entries) => {
        const queue = new SignalQueue()
        for (const [i, [priority, confidence]] of entries.entries())
          await queue.put(signal(String(i), confidence), { priority })
        const expected = entries.map((entry, i) => ({ entry, i }))
        expected.sort((a, b) => a.entry[0] - b.entry[0] || b.entry[1] - a.entry[1] || a.i - b.i)
        expect(await drained(queue)).toEqual(expected.map(({ i }) => String(i)))
      },
    ),
  )
})

describe('a full queue', () => {
  it('drops the least important, be it the one that comes', async () => {
    const { queue, dropped } = watched({ capacity: 2 })
    expect(await queue.put(signal('a', 0.5))).toBe(true)
    expect(await queue.put(signal('b', 0.7))).toBe(true)
    expect(await queue.put(signal('c', 0.6))).toBe(true)
    expect(await queue.put(signal('d', 0.1))).toBe(false)
    expect(dropped).toEqual([
      ['a', 'full'],
      ['d', 'full'],
    ])
    expect(await drained(queue)).toEqual(['b', 'c'])
  })

  it('turns newcomers away when told so', async () => {
    const { queue, dropped } = watched({ capacity: 1, whenFull: 'refuse' })
    await queue.put(signal('a', 0.1))
    expect(await queue.put(signal('b', 0.9))).toBe(false)
    expect(dropped).toEqual([['b', 'full']])
    expect(await drained(queue)).toEqual(['a'])
  })

  it('lets newcomers wait for room when told so', async () => {
    const { queue, dropped } = watched({ capacity: 1, whenFull: 'wait' })
    await queue.put(signal('a'))
    const order: string[] = []
    const late = queue.put(signal('b')).then(() => order.push('b is in'))
    await Promise.resolve()
    expect(order).toEqual([])
    expect((await queue.take())?.id).toBe('a')
    await late
    expect(order).toEqual(['b is in'])
    expect(dropped).toEqual([])
    expect(await drained(queue)).toEqual(['b'])
  })

  it('lets a wait be given up, with the reason, and refuses those who still wait when it closes', async () => {
    const queue = new SignalQueue({ capacity: 1, whenFull: 'wait' })
    await queue.put(signal('a'))
    const leaving = new AbortController()
    const given = queue.put(signal('b'), { signal: leaving.signal }).catch((reason: unknown) => reason)
    const other = code(queue.put(signal('c')))
    leaving.abort('enough')
    expect(await given).toBe('enough')
    queue.close()
    expect(await other).toBe('engine/closed')
  })

  it('makes room by dropping what has expired', async () => {
    let now = 0
    const { queue, dropped } = watched({ capacity: 1, whenFull: 'refuse', now: () => now })
    await queue.put(signal('a', 0.9, 100))
    now = 100
    expect(await queue.put(signal('b'))).toBe(true)
    expect(dropped).toEqual([['a', 'expired']])
  })

  it('lets newcomers in when what they waited behind has expired', async () => {
    let now = 0
    const { queue } = watched({ capacity: 1, whenFull: 'wait', now: () => now })
    await queue.put(signal('a', 0.9, 100))
    const late = queue.put(signal('b'))
    now = 100
    expect((await queue.take())?.id).toBe('b')
    expect(await late).toBe(true)
  })
})

describe('taking', () => {
  it('waits for a signal, each taker in turn', async () => {
    const queue = new SignalQueue()
    const takers = [queue.take(), queue.take()]
    await queue.put(signal('a', 0.1))
    await queue.put(signal('b', 0.9))
    const ids = (await Promise.all(takers)).map((taken) => taken?.id)
    expect(new Set(ids)).toEqual(new Set(['a', 'b']))
  })

  it('never gives out a signal that is stale', async () => {
    let now = 0
    const { queue, dropped } = watched({ now: () => now })
    await queue.put(signal('a', 0.9, 100))
    await queue.put(signal('b', 0.1, 200))
    now = 150
    expect((await queue.take())?.id).toBe('b')
    expect(dropped).toEqual([['a', 'expired']])
  })

  it('can be given up, and passes the word on to whoever waits behind', async () => {
    const queue = new SignalQueue()
    const leaving = new AbortController()
    const first = queue.take({ signal: leaving.signal }).catch((reason: unknown) => reason)
    const second = queue.take()
    const put = queue.put(signal('a'))
    // The first taker has been told, and has not looked yet.
    leaving.abort('enough')
    await put
    expect(await first).toBe('enough')
    expect((await second)?.id).toBe('a')
  })

  it('ends when the queue is closed and empty', async () => {
    const queue = new SignalQueue()
    const waiting = queue.take()
    queue.close()
    queue.close()
    expect(await waiting).toBeUndefined()
    expect(await code(queue.put(signal('a')))).toBe('engine/closed')
  })
})

it('loses nothing without a word, whatever comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.oneof(fc.record({ put: fc.double({ min: 0, max: 1, noNaN: true }) }), fc.constant('take' as const))),
      async (capacity, steps) => {
        const { queue, dropped } = watched({ capacity })
        const [put, taken]: [string[], string[]] = [[], []]
        for (const [i, step] of steps.entries()) {
          if (step !== 'take') {
            put.push(String(i))
            await queue.put(signal(String(i), step.put))
          } else if (queue.size > 0) taken.push((await queue.take())!.id)
          expect(queue.size).toBeLessThanOrEqual(capacity)
        }
        const left = await drained(queue)
        const gone = [...taken, ...left, ...dropped.map(([id]) => id)]
        expect(gone).toHaveLength(put.length)
        expect(new Set(gone)).toEqual(new Set(put))
      },
    ),
  )
})

it('refuses a capacity that is none', () => {
  for (const capacity of [0, 1.5, Number.NaN]) expect(() => new SignalQueue({ capacity })).toThrow(TypeError)
})
