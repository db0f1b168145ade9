import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { failure } from '../../failure.ts'
import { ccxtError } from '../../feeds/plain-exchange.ts'
import { closed, kinds, start, step, world } from './plain-world.ts'

describe('bars that are nowhere to be had', () => {
  const hole = (rows: readonly (readonly number[])[]): unknown => rows.filter(([time]) => time !== start + step)

  it('are asked for again, then filled flat and told', async () => {
    const live = world({ answer: hole })
    const taken = await closed(live, 3)
    const { close } = live.market.bar('A/B', start)
    expect(taken[1]!.candle).toEqual({
      time: start + step,
      open: close,
      high: close,
      low: close,
      close,
      volume: 0,
      turnover: 0,
    })
    expect(taken[2]!.candle).toEqual(live.market.bar('A/B', start + 2 * step))
    const range = { symbol: 'A/B', from: start + step, to: start + 2 * step }
    expect(kinds(live.statuses, 'gap', 'repaired')).toEqual([
      { kind: 'gap', ...range },
      { kind: 'repaired', ...range, how: 'flat' },
    ])
  })

  it('end the feed where they may not be filled', async () => {
    const live = world({ answer: hole }, { gaps: 'error' })
    const error = await failure(closed(live, 3))
    expect(isCandlewickError(error, 'feed/gap') && error.details).toEqual({
      symbol: 'A/B',
      from: start + step,
      to: start + 2 * step,
      reason: 'missing',
    })
    expect(live.clock.waiting).toBe(0)
  })

  it('are said to be wrong where the exchange has them wrong', async () => {
    const live = world(
      { answer: (rows) => rows.map((row) => (row[0] === start + step ? row.with(2, 0) : row)) },
      { gaps: 'error' },
    )
    expect(await failure(closed(live, 3))).toMatchObject({ code: 'feed/gap', details: { reason: 'wrong' } })
  })

  it('are left out before the first bar of a young market', async () => {
    const live = world({ answer: (rows) => rows.filter(([time]) => time >= start - 3 * step) }, { gaps: 'error' })
    const history = await live.clock.run(live.source.history('A/B', { last: 20 }))
    expect(history.slice().map(({ time }) => time)).toEqual([3, 2, 1].map((bar) => start - bar * step))
  })
})

describe('an exchange that does not answer', () => {
  it('is asked again with delays that double up to the bound, each told', async () => {
    const live = world(
      {
        answer: (rows, { count }) => {
          if (count < 6) throw ccxtError('NetworkError', 'no route')
          return rows
        },
      },
      { retry: { baseMs: 1000, maxMs: 8000 } },
    )
    await closed(live, 1)
    expect(kinds(live.statuses, 'reconnecting')).toMatchObject(
      [500, 1000, 2000, 4000, 4000, 4000].map((delayMs, i) => ({ attempt: i + 1, delayMs, reason: 'no route' })),
    )
    expect(kinds(live.statuses, 'live')).toHaveLength(1)
  })

  it('is left alone for longer when it says that there were too many requests', async () => {
    const live = world({
      answer: (rows, { count }) => {
        if (count === 0) throw ccxtError('RateLimitExceeded')
        return rows
      },
    })
    await closed(live, 1)
    expect(kinds(live.statuses, 'reconnecting')).toMatchObject([{ delayMs: 5500 }])
  })

  it('times out', async () => {
    const live = world({ answer: (rows, { count }) => (count === 0 ? new Promise(() => undefined) : rows) })
    const taken = await closed(live, 1)
    expect(taken[0]!.candle.time).toBe(start)
    expect(kinds(live.statuses, 'reconnecting')).toMatchObject([{ reason: 'no answer about A/B within 10000 ms' }])
  })

  it('ends a feed whose symbol it refuses from the beginning', async () => {
    const refusal = ccxtError('BadSymbol', 'plain does not have market symbol A/B')
    const live = world({
      answer: () => {
        throw refusal
      },
    })
    const error = await failure(closed(live, 1))
    expect(error).toMatchObject({ code: 'feed/refused', details: { symbol: 'A/B' }, cause: refusal })
    expect(live.statuses.at(-1)).toMatchObject({
      kind: 'stopped',
      reason: expect.stringContaining('refuses "A/B"') as unknown,
    })
  })

  it('does not end a feed that it has served before', async () => {
    const live = world({
      answer: (rows, { count }) => {
        if (count === 1) throw ccxtError('BadSymbol')
        return rows
      },
    })
    expect(await closed(live, 2)).toHaveLength(2)
  })

  it('fails a request for history after the attempts allowed', async () => {
    const { clock, source } = world({ answer: () => '<html>' })
    const error = await failure(clock.run(source.history('A/B', { last: 3 })))
    expect(error).toMatchObject({ code: 'feed/unavailable', details: { attempts: 6 } })
    expect((error as Error).message).toMatchInlineSnapshot(
      `"The exchange gave no candles of "A/B" in 6 attempts: the answer is string, not a list of rows. Check the network, then try again."`,
    )
  })
})
