import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeedStatus } from '../../../src/feeds/index.ts'
import {
  type AnswerFault,
  answerFaults,
  type MessageFault,
  messageFaults,
  type Script,
  scriptOf,
} from '../../feeds/faults.ts'
import { session, type SessionOptions, step, take, wrongs } from '../../feeds/session.ts'

/** Every fault in turn, each after so many healthy answers that all symbols meet it at some bar. */
const allOf = <F>(faults: readonly F[], calm: number): Script<F> => ({
  faults: faults.map((fault) => ({ fault, calm })),
})

const nameOf = (status: FeedStatus): string =>
  'transport' in status ? `${status.transport} ${status.kind}` : status.kind

const troubles = ['gap', 'repaired', 'bad-data', 'stopped']

/** Runs a feed through the faults; gives what came wrong, and what the feed told. */
function survive(
  bars: number,
  options: SessionOptions,
  forming = false,
): Promise<{ wrong: string[]; told: Set<string> }> {
  return session(options, async (live) => {
    const { clock, market, statuses, standIn } = live
    const first = Math.floor(clock.now() / step) * step
    const wrong: string[] = []
    const closed = new Map<string, number>()
    const taken = await take(live, bars, { forming }, ({ symbol, candle }) => {
      const due = closed.get(symbol) ?? first
      if (candle.time !== due) wrong.push(`${symbol}: ${candle.time} came where ${due} was due`)
      if (candle.closed === false) return
      closed.set(symbol, candle.time + step)
      if (candle.time + step > clock.now()) wrong.push(`${symbol}: ${candle.time} came before its end`)
    })
    wrong.push(...wrongs(market, taken, first))
    for (const status of statuses)
      if (status.kind === 'repaired' && status.how !== 'history')
        wrong.push(`${status.symbol}: ${status.from} was filled`)
    if (standIn.streams > 0) wrong.push('a socket is open')
    return { wrong, told: new Set(statuses.map(nameOf)) }
  })
}

// Real sockets on a busy machine take their time; what is asserted passes on virtual time.
describe('a feed through ccxt', { timeout: 120_000 }, () => {
  it('loses, doubles, disorders and invents nothing by REST, whatever goes wrong', async () => {
    const { wrong, told } = await survive(300, {
      answers: allOf<AnswerFault>(answerFaults, 1),
      source: { transport: 'poll' },
    })
    expect(wrong).toEqual([])
    expect(told).toEqual(new Set(['clock', ...troubles, 'poll connecting', 'poll live', 'poll reconnecting']))
  })

  it('nor by WebSocket', async () => {
    const options = { answers: allOf<AnswerFault>(answerFaults, 2), messages: allOf<MessageFault>(messageFaults, 4) }
    const { wrong, told } = await survive(300, { ...options, source: { transport: 'watch' } }, true)
    expect(wrong).toEqual([])
    expect(told).toEqual(
      new Set([
        'clock',
        ...troubles,
        ...['connecting', 'live', 'reconnecting'].flatMap((k) => [`poll ${k}`, `watch ${k}`]),
      ]),
    )
  })

  it.each(['poll', 'watch'] as const)(
    'nor by %s with faults in any order and a clock that is wrong',
    async (transport) => {
      const lives = fc.record({
        answers: scriptOf<AnswerFault>(answerFaults, { min: 1, max: 5 }),
        messages: scriptOf<MessageFault>(messageFaults, { min: 3, max: 30 }),
        seed: fc.integer(),
        skewMs: fc.integer({ min: -90_000, max: 90_000 }),
      })
      await fc.assert(
        fc.asyncProperty(lives, async (options) => {
          const { wrong } = await survive(250, { ...options, source: { transport } }, transport === 'watch')
          expect(wrong).toEqual([])
        }),
        { numRuns: 3, endOnFailure: true },
      )
    },
  )
})
