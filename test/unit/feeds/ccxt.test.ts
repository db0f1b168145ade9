import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ccxtSource, type CcxtSourceOptions } from '../../../src/feeds/index.ts'
import { failure } from '../../failure.ts'
import { Market } from '../../feeds/market.ts'
import { closed, kinds, start, step, truth, world } from './plain-world.ts'

describe('a feed of closed bars', () => {
  it('begins with the bar that is forming and asks once for each bar, when it has closed and settled', async () => {
    const live = world()
    const taken = await closed(live, 3)
    expect(taken.map(({ candle }) => candle)).toEqual(truth(live.market, [start, start + step, start + 2 * step]))
    expect(taken.map(({ at }) => at)).toEqual([1, 2, 3].map((bar) => start + bar * step + 2000))
    expect(live.exchange.requests.map(({ at }) => at)).toEqual([start + 7 * 60_000, ...taken.map(({ at }) => at)])
  })

  it('goes on from any bar of the past without a seam, page by page', async () => {
    const live = world({}, { pageLimit: 10 })
    const taken = await closed(live, 30, start - 28 * step)
    expect(taken.map(({ candle }) => candle)).toEqual(
      truth(
        live.market,
        taken.map((_, i) => start + (i - 28) * step),
      ),
    )
    expect(kinds(live.statuses, 'gap')).toEqual([])
  })

  it.each([
    ['tells its time, ten seconds', true, 10_000],
    ['does not, a whole bar', false, step],
  ])(
    'holds a bar back that has none behind it, until it is certain: where the exchange %s',
    async (_, tellsTime, ms) => {
      // No row of a bar before its first trade, which never comes in this market after the first bar.
      const live = world({ tellsTime, answer: (rows) => rows.filter(([time]) => time <= start) })
      const [first] = await closed(live, 1)
      expect(first!.candle).toEqual(live.market.bar('A/B', start))
      expect(first!.at - (start + step + 2000)).toBeGreaterThanOrEqual(ms)
      expect(first!.at - (start + step + 2000)).toBeLessThan(ms + 40_000)
    },
  )

  it('is not misled by a clock that is ahead, although the exchange does not tell its time', async () => {
    const live = world({ tellsTime: false }, { aheadMs: 40_000 })
    const taken = await closed(live, 5)
    expect(taken.map(({ candle }) => candle)).toEqual(
      truth(
        live.market,
        taken.map((_, i) => start + i * step),
      ),
    )
    for (const { candle, at } of taken) expect(at).toBeGreaterThanOrEqual(candle.time + step)
  })

  it.each([40_000, 3_600_000, -40_000, -3_600_000])('is not misled by a clock that is set by %i ms', async (setMs) => {
    const live = world()
    const { clock, exchange } = live
    let aheadMs = 0
    const setClock = { now: () => clock.now() + aheadMs, sleep: clock.sleep.bind(clock) }
    const source = ccxtSource({ exchange, symbols: ['A/B'], timeframe: '15m', clock: setClock })
    const taken = closed({ ...live, source }, 6)
    const set = async (): Promise<void> => {
      await clock.sleep(1.96 * step)
      aheadMs = setMs
    }
    void set()
    expect((await taken).map(({ candle }) => candle)).toEqual(
      truth(
        live.market,
        Array.from({ length: 6 }, (_, i) => start + i * step),
      ),
    )
  })

  it('reports a correction of a bar that was given out, and does not give it out again', async () => {
    const corrected = { ...new Market(step, 5).bar('A/B', start), volume: 12_345 }
    const live = world({
      answer: (rows, { at }) =>
        rows.map((row) => (row[0] === start && at > start + 2 * step ? row.with(5, 12_345) : row)),
    })
    const taken = await closed(live, 3)
    expect(taken.map(({ candle }) => candle.time)).toEqual([start, start + step, start + 2 * step])
    expect(kinds(live.statuses, 'correction')).toEqual([
      { kind: 'correction', symbol: 'A/B', given: live.market.bar('A/B', start), corrected },
    ])
  })

  it('never lets rows out that are not numbers', async () => {
    const live = world({ answer: (rows, { count }) => (count % 2 === 0 ? rows.map((row) => row.map(String)) : rows) })
    const taken = await closed(live, 3)
    expect(taken.map(({ candle }) => candle)).toEqual(truth(live.market, [start, start + step, start + 2 * step]))
    expect(kinds(live.statuses, 'bad-data')[0]).toMatchObject({
      symbol: 'A/B',
      reason: expect.stringContaining('time is "') as unknown,
    })
  })

  it('shows forming bars when asked to, each replaced by its closed one', async () => {
    const { clock, source, exchange } = world()
    const seen: string[] = []
    await clock.run(
      (async () => {
        for await (const { candle } of source.candles({ forming: true })) {
          seen.push(`${(candle.time - start) / step} ${candle.closed === false ? 'forming' : 'closed'}`)
          if (candle.time > start && candle.closed !== false) break
        }
      })(),
    )
    expect(seen.filter((word) => word.endsWith('closed'))).toEqual(['0 closed', '1 closed'])
    expect(seen.indexOf('0 closed')).toBeGreaterThan(seen.lastIndexOf('0 forming'))
    expect(seen.lastIndexOf('1 forming')).toBeGreaterThan(seen.indexOf('0 closed'))
    expect(exchange.requests[1]!.at - exchange.requests[0]!.at).toBe(10_000)
  })
})

describe('the end of a feed', () => {
  it('comes at once with return(), also while it waits, and leaves nothing behind', async () => {
    const { clock, source, statuses } = world()
    const feed = source.candles()
    const pending = feed.next()
    await clock.run(clock.sleep(60_000))
    expect(clock.waiting).toBeGreaterThan(0)
    expect(await feed.return!()).toEqual({ done: true, value: undefined })
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(clock.waiting).toBe(0)
    expect(statuses.at(-1)).toMatchObject({ kind: 'stopped' })
    expect(await feed.next()).toEqual({ done: true, value: undefined })
  })

  it('comes at once with the signal, whose reason is thrown', async () => {
    const { clock, source } = world({ answer: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const next = failure(source.candles({ signal: controller.signal }).next())
    await clock.run(clock.sleep(1000))
    const reason = new Error('the page was left')
    controller.abort(reason)
    expect(await next).toBe(reason)
    expect(clock.waiting).toBe(0)
  })

  it('comes with the signal while the reader is busy: nothing runs on behind its back', async () => {
    const { clock, source } = world()
    const controller = new AbortController()
    const feed = source.candles({ signal: controller.signal, since: start - 5 * step })
    await clock.run(feed.next())
    controller.abort()
    await clock.run(Promise.resolve())
    expect(clock.waiting).toBe(0)
    await expect(feed.next()).rejects.toBe(controller.signal.reason)
  })

  it('comes before the beginning where the signal has aborted already', async () => {
    const { source, exchange } = world()
    await expect(source.candles({ signal: AbortSignal.abort(new Error('no')) }).next()).rejects.toThrow('no')
    await expect(source.history('A/B', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
    expect(exchange.requests).toEqual([])
  })
})

describe('a slow reader', () => {
  it('loses nothing: the feed stops asking at its bound, and fetches what is missing later', async () => {
    const live = world({}, { bufferLimit: 4 })
    const { clock, source, exchange } = live
    const times: number[] = []
    await clock.run(
      (async () => {
        for await (const { candle } of source.candles()) {
          times.push(candle.time)
          if (times.length === 1) await clock.sleep(50 * step)
          if (times.length === 2) expect(exchange.requests.length).toBeLessThan(10)
          if (times.length === 60) break
        }
      })(),
    )
    expect(times).toEqual(times.map((_, i) => start + i * step))
    expect(kinds(live.statuses, 'gap', 'repaired').map(({ kind }) => kind)).toEqual(['gap', 'repaired'])
  })
})

describe('the history of an exchange', () => {
  it('gives the last closed bars, a range, or a range of the last', async () => {
    const { clock, source, market } = world()
    const times = async (options: object): Promise<number[]> =>
      (await clock.run(source.history('A/B', options))).slice().map(({ time }) => (time - start) / step)
    expect(await times({ last: 3 })).toEqual([-3, -2, -1])
    expect(await times({ from: start - 5 * step, to: start - 3 * step })).toEqual([-5, -4])
    expect(await times({ from: start - 5 * step, last: 2 })).toEqual([-2, -1])
    expect(await times({ from: start + step })).toEqual([])
    expect(await times({})).toHaveLength(500)
    const series = await clock.run(source.history('A/B', { last: 1200 }))
    expect(series).toMatchObject({ length: 1200, symbol: 'A/B', timeframe: '15m' })
    expect(series.at(0)).toMatchObject(market.bar('A/B', start - 1200 * step))
  })

  it('refuses what it does not have', async () => {
    const { source } = world()
    await expect(source.history('C/D')).rejects.toMatchObject({ code: 'feed/symbol', details: { known: ['A/B'] } })
    await expect(source.candles({ symbols: ['C/D'] }).next()).rejects.toMatchObject({ code: 'feed/symbol' })
    await expect(source.history('A/B', { last: 0 })).rejects.toMatchObject({ code: 'feed/option' })
    await expect(source.candles({ since: NaN }).next()).rejects.toMatchObject({ code: 'feed/option' })
  })
})

describe('a source over ccxt', () => {
  it('brings nothing of ccxt along', () => {
    const folder = new URL('../../../src/feeds/', import.meta.url)
    const texts = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
    expect(texts.length).toBeGreaterThan(10)
    for (const text of texts) expect(text).not.toMatch(/^import.*'ccxt['/]|import\('ccxt/m)
  })

  it('refuses what the exchange cannot do, and options that make no sense', () => {
    const refusals = [
      { timeframe: '5m' },
      { transport: 'watch' },
      { symbols: [] },
      { concurrency: 0 },
    ] as const satisfies Partial<CcxtSourceOptions>[]
    const messages = refusals.map((options) => {
      try {
        world({}, options)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(messages).toMatchInlineSnapshot(`
      [
        "The timeframe 5m of plain is not to be had. Use one of: 15m, 1h.",
        "The stream of candles of plain is not to be had. Hand in an exchange of ccxt.pro, or use transport: 'poll'.",
        "The option "symbols" is "0". It must be a number above zero.",
        "The option "concurrency" is "0". It must be a number above zero.",
      ]
    `)
  })

  it('asks for no more symbols at a time than allowed', async () => {
    const symbols = Array.from({ length: 12 }, (_, i) => `S${i}/B`)
    let [open, most] = [0, 0]
    const { clock, source } = world(
      {
        answer: async (rows) => {
          most = Math.max(most, ++open)
          await clock.sleep(100)
          open--
          return rows
        },
      },
      { symbols, concurrency: 3 },
    )
    const seen = new Set<string>()
    await clock.run(
      (async () => {
        for await (const { symbol } of source.candles()) if (seen.add(symbol).size === 12) break
      })(),
    )
    expect([...seen].sort()).toEqual([...symbols].sort())
    expect(most).toBe(3)
  })
})
