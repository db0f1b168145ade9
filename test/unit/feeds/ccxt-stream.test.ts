import { describe, expect, it } from 'vitest'
import { ccxtSource, type CcxtExchange, type FeedStatus } from '../../../src/feeds/index.ts'
import { binanceAt } from '../../feeds/binance.ts'
import { Market } from '../../feeds/market.ts'
import { ccxtError, PlainExchange, type Row } from '../../feeds/plain-exchange.ts'
import { session, step, symbols, take, wrongs } from '../../feeds/session.ts'
import { VirtualClock } from '../../virtual-clock.ts'

const kinds = (statuses: readonly FeedStatus[]): string[] =>
  statuses.map((status) => ('transport' in status ? `${status.transport} ${status.kind}` : status.kind))

describe('a feed over the wire of an exchange, through ccxt', () => {
  it('has each bar well before REST alone would ask for it, and closes its socket at the end', () =>
    session({}, async (live) => {
      const { clock, market, standIn } = live
      const first = Math.floor(clock.now() / step) * step
      const waited: number[] = []
      const taken = await take(live, 20, {}, ({ candle }) => {
        expect(standIn.streams).toBe(1)
        waited.push(clock.now() - candle.time - step)
      })
      expect(wrongs(market, taken, first)).toEqual([])
      expect(Math.max(...waited)).toBeLessThan(200)
      expect(standIn.streams).toBe(0)
      expect(standIn.mostOpen).toBeLessThanOrEqual(4)
    }))

  it('shows forming bars as they change', () =>
    session({}, async (live) => {
      const seen = new Set<string>()
      await take(live, 3, { symbols, forming: true }, ({ symbol, candle }) => {
        if (candle.closed !== false) return
        const { closed: _, ...values } = candle
        const truth = live.market.at(symbol.replace('/', ''), candle.time, live.clock.now())
        expect(values).toEqual(truth)
        seen.add(`${symbol} ${candle.time} ${candle.volume}`)
      })
      expect(seen.size).toBeGreaterThan(3 * symbols.length * 2)
    }))

  it('uses ccxt as little as it can: one request a bar and symbol, one subscription', () =>
    session({}, async (live) => {
      await take(live, 30)
      expect(live.standIn.requests).toMatchObject({ exchangeInfo: 1 })
      expect(live.standIn.requests['klines']).toBeLessThanOrEqual(31 * symbols.length + 3)
      expect(live.standIn.requests['time']).toBeLessThanOrEqual(10)
    }))

  it('keeps its limits of requests with ccxt as it comes', () =>
    session({ source: { concurrency: 1 } }, async (live) => {
      await take(live, 3)
      expect(live.standIn.mostOpen).toBe(1)
    }))

  it('takes an exchange of ccxt as it comes, on the time of the device', () =>
    session({}, async ({ clock, market, host }) => {
      const exchange = await binanceAt(host)
      exchange.enableRateLimit = true
      const source = ccxtSource({ exchange, symbols, timeframe: '15m' })
      const histories = await clock.during(Promise.all(symbols.map((symbol) => source.history(symbol, { last: 3 }))))
      const last = Math.floor(clock.now() / step) * step
      for (const series of histories)
        for (const [i, candle] of series.slice().entries())
          expect(candle).toMatchObject(market.bar(series.symbol.replace('/', ''), last + (i - 3) * step))
      await exchange.close()
    }))

  it('does not believe a page of a proxy that there are no markets', () =>
    session({ answers: { faults: [{ fault: 'html', calm: 500 }] } }, async (live) => {
      expect((await take(live, 2)).size).toBe(3)
      expect(live.standIn.requests['exchangeInfo']).toBe(2)
    }))

  it('gives a long history in pages, with what is missing filled flat', () =>
    session({ holes: new Set([Date.UTC(2024, 4, 25)]) }, async ({ source, market, statuses, genesis }) => {
      const series = await source.history('BTC/USDT', { from: genesis - 5 * step, to: genesis + 700 * step })
      expect(series.length).toBe(700)
      for (const candle of series.slice()) {
        const { turnover: _, ...values } = candle
        if (candle.time !== Date.UTC(2024, 4, 25)) expect(values).toEqual(market.bar('BTCUSDT', candle.time))
      }
      const repaired = statuses.filter(({ kind }) => kind === 'repaired')
      expect(repaired).toMatchObject([{ how: 'skipped' }, { from: Date.UTC(2024, 4, 25), how: 'flat' }])
    }))

  it('leaves several feeds of one source beside each other', () =>
    session({}, async (live) => {
      const first = Math.floor(live.clock.now() / step) * step
      const ends = [take(live, 5), take(live, 10)]
      for (const taken of await Promise.all(ends)) expect(wrongs(live.market, taken, first)).toEqual([])
      expect(live.standIn.streams).toBe(0)
    }))
})

/** A feed on an exchange in memory with the stream given. */
function streamed(
  extra: Partial<CcxtExchange>,
  transport?: 'watch',
): { clock: VirtualClock; run: (bars: number) => Promise<number[]>; statuses: FeedStatus[] } {
  const clock = new VirtualClock(Date.UTC(2024, 5, 1, 0, 7))
  const exchange = Object.assign(new PlainExchange({ clock, market: new Market(step, 1), extra }), extra, {
    has: { fetchOHLCV: true, fetchTime: true, ...extra.has },
  })
  const statuses: FeedStatus[] = []
  const source = ccxtSource({
    exchange,
    symbols: ['A/B', 'C/D'],
    timeframe: '15m',
    transport,
    clock,
    random: () => 0.5,
    silenceMs: 60_000,
    onStatus: (status) => statuses.push(status),
  })
  const run = async (bars: number): Promise<number[]> => {
    const times: number[] = []
    for await (const { symbol, candle } of source.candles())
      if (symbol === 'A/B' && times.push(candle.time) === bars) break
    return times
  }
  return { clock, statuses, run: (bars) => clock.run(run(bars)) }
}

describe('a stream', () => {
  it('is opened for each symbol where the exchange has no common one', async () => {
    const asked = new Set<string>()
    const { run } = streamed({
      has: { watchOHLCV: true },
      watchOHLCV: (symbol) => {
        asked.add(symbol)
        return new Promise(() => undefined)
      },
    })
    await run(1)
    expect([...asked]).toEqual(['A/B', 'C/D'])
  })

  it('that is silent is hung up and opened anew, while REST goes on', async () => {
    let closed = 0
    const { run, statuses } = streamed({
      has: { watchOHLCVForSymbols: true },
      watchOHLCVForSymbols: () => new Promise(() => undefined),
      close: async () => {
        closed++
      },
    })
    expect(await run(2)).toHaveLength(2)
    expect(statuses).toContainEqual(
      expect.objectContaining({
        transport: 'watch',
        kind: 'reconnecting',
        reason: 'the stream was silent for 60000 ms',
      }),
    )
    expect(closed).toBeGreaterThan(10)
  })

  it('that the exchange refuses is told, and REST goes on alone', async () => {
    const watchOHLCV = (): Promise<never> => Promise.reject(ccxtError('NotSupported'))
    const { run, statuses } = streamed({ has: { watchOHLCV: true }, watchOHLCV })
    expect(await run(2)).toHaveLength(2)
    expect(kinds(statuses)).toContain('watch reconnecting')
  })

  it('that the exchange refuses ends the feed of who insists on it', async () => {
    const watchOHLCV = (): Promise<never> => Promise.reject(ccxtError('NotSupported'))
    const { run, clock } = streamed({ has: { watchOHLCV: true }, watchOHLCV }, 'watch')
    await expect(run(2)).rejects.toMatchObject({ code: 'feed/refused' })
    expect(clock.waiting).toBe(0)
  })

  it('that gives nonsense is opened anew, and gives nothing away', async () => {
    const answers = [
      null,
      7,
      'rows',
      {},
      { 'A/B': null },
      { 'A/B': { '15m': 'rows' } },
      { X: { '15m': [] } },
      { 'A/B': { '15m': [[1]] } },
    ]
    let count = 0
    const { run, statuses, clock } = streamed({
      has: { watchOHLCVForSymbols: true },
      watchOHLCVForSymbols: async () => {
        await clock.sleep(1000)
        return answers[count++ % answers.length]
      },
    })
    expect(await run(2)).toHaveLength(2)
    expect(kinds(statuses)).toEqual(expect.arrayContaining(['watch reconnecting', 'bad-data']))
  })

  it('that says again and again that a bar has begun causes one request, also while an answer is on its way', async () => {
    const clock = new VirtualClock(Date.UTC(2024, 5, 1, 0, 14, 59))
    const end = Date.UTC(2024, 5, 1, 0, 15)
    const slow = async (rows: Row[]): Promise<Row[]> => {
      await clock.sleep(3000)
      return rows
    }
    const exchange = new PlainExchange({ clock, market: new Market(step, 1), answer: slow })
    const source = ccxtSource({
      exchange: Object.assign(exchange, {
        has: { ...exchange.has, watchOHLCV: true },
        watchOHLCV: async () => {
          await clock.sleep(100)
          return [[Math.floor(clock.now() / step) * step, 10, 12, 9, 11, 5]]
        },
      }),
      symbols: ['A/B'],
      timeframe: '15m',
      settleMs: 60_000,
      clock,
    })
    const feed = source.candles()
    await clock.run(feed.next())
    // Asked before the close, again as soon as that answer was there, and not a third time.
    expect(clock.now() - end).toBe(5000)
    await clock.run(
      Promise.all([
        clock.sleep(30_000),
        feed.next().catch(() => undefined),
        clock.sleep(10_000).then(() => feed.return!()),
      ]),
    )
    expect(exchange.requests.map(({ at }) => at - end)).toEqual([-1000, 2000])
  })
})
