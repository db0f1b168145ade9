import { describe, expect, it } from 'vitest'
import type { Candle } from '../../../src/core/candle.ts'
import { CandleSeries } from '../../../src/core/series.ts'
import {
  arraySource,
  type CandleSource,
  type CandlesOptions,
  csvSource,
  replaySource,
  SimulatedMarket,
  simulatedSource,
} from '../../../src/feeds/index.ts'
import { VirtualClock } from '../../virtual-clock.ts'

const step = 900_000
const start = Date.UTC(2024, 0, 1)
const walk = (count: number, seed = 1, from = start): Candle[] => new SimulatedMarket({ seed, start: from }).take(count)
const seriesOf = (symbol: string, candles: readonly Candle[]): CandleSeries =>
  CandleSeries.from(candles, { symbol, timeframe: '15m' })

/** Bars as `symbol bar`, counted from the start. */
async function names(source: CandleSource, options?: CandlesOptions, count = Infinity): Promise<string[]> {
  const found: string[] = []
  for await (const { symbol, candle } of source.candles(options)) {
    found.push(`${symbol}${(candle.time - start) / step}`)
    if (found.length === count) break
  }
  return found
}

describe('a source over candles in memory', () => {
  const source = arraySource({ timeframe: '15m', candles: { A: walk(4), B: walk(3, 2, start + 2 * step) } })

  it('gives every candle in order of time, symbols in the order given', async () => {
    expect(await names(source)).toEqual(['A0', 'A1', 'A2', 'B2', 'A3', 'B3', 'B4'])
    expect(await source.candles().next()).toMatchObject({ value: { symbol: 'A', candle: walk(1)[0] } })
  })

  it('gives the symbols and the beginning asked for, one beginning for all or one each', async () => {
    expect(await names(source, { symbols: ['B'] })).toEqual(['B2', 'B3', 'B4'])
    expect(await names(source, { since: start + 3 * step })).toEqual(['A3', 'B3', 'B4'])
    expect(await names(source, { since: start + 2 * step + 1 })).toEqual(['A3', 'B3', 'B4'])
    expect(await names(source, { since: { A: start + 9 * step, B: start + 4 * step } })).toEqual(['B4'])
  })

  it('gives its history', async () => {
    const times = async (options?: object): Promise<number[]> =>
      (await source.history('A', options)).slice().map(({ time }) => (time - start) / step)
    expect(await times()).toEqual([0, 1, 2, 3])
    expect(await times({ last: 2 })).toEqual([2, 3])
    expect(await times({ from: start + step, to: start + 3 * step })).toEqual([1, 2])
    expect(await times({ last: 1, to: start + 2 * step })).toEqual([1])
    expect(await times({ from: start + 9 * step })).toEqual([])
  })

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController()
    const feed = source.candles({ signal: controller.signal })
    await feed.next()
    controller.abort(new Error('enough'))
    await expect(feed.next()).rejects.toThrow('enough')
    await expect(source.history('A', { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('leaves no listener at the signal, however its feed ends', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...listener: Parameters<typeof add>): void => {
      listeners++
      add(...listener)
    }
    signal.removeEventListener = (...listener: Parameters<typeof remove>): void => {
      listeners--
      remove(...listener)
    }
    expect(await names(source, { signal })).toHaveLength(7)
    expect(await names(source, { signal }, 2)).toHaveLength(2)
    await expect(names(source, { signal, symbols: ['C'] })).rejects.toThrow('no symbol')
    expect(listeners).toBeLessThanOrEqual(0)
  })

  it('refuses what it does not have, and candles that break a rule', async () => {
    await expect(source.history('C')).rejects.toThrow('The source has no symbol "C". It has: A, B.')
    await expect(names(source, { symbols: ['C'] })).rejects.toMatchObject({ code: 'feed/symbol' })
    expect(() => arraySource({ timeframe: '15m', candles: { A: walk(4).toSpliced(1, 1) } })).toThrow('missing')
    expect(() => arraySource({ timeframe: '15m', candles: {} })).toThrow('at least one series')
    const flat = arraySource({ timeframe: '15m', candles: { A: walk(4).toSpliced(1, 1) }, gaps: 'flat' })
    expect(await names(flat)).toEqual(['A0', 'A1', 'A2', 'A3'])
  })

  it('reads CSV', async () => {
    const lines = walk(3).map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume].join(','))
    const csv = csvSource(['timestamp,open,high,low,close,volume', ...lines].join('\n'), { symbol: 'X' })
    expect(csv).toMatchObject({ symbols: ['X'], timeframe: '15m' })
    expect(await names(csv)).toEqual(['X0', 'X1', 'X2'])
  })
})

describe('a replay', () => {
  const series = [seriesOf('A', walk(6)), seriesOf('B', walk(6, 2))]

  it('gives the past as fast as it is read, and always the same', async () => {
    const expected = [0, 1, 2, 3, 4, 5].flatMap((bar) => [`A${bar}`, `B${bar}`])
    expect(await names(replaySource({ series }))).toEqual(expected)
    expect(await names(replaySource({ series }))).toEqual(expected)
  })

  it('gives each bar when it would close, so many times faster', async () => {
    const clock = new VirtualClock(0)
    const source = replaySource({ series, speed: 900, clock })
    const at: number[] = []
    await clock.run(
      (async () => {
        for await (const _ of source.candles({ symbols: ['A'] })) at.push(clock.now())
      })(),
    )
    expect(at).toEqual([1000, 2000, 3000, 4000, 5000, 6000])
  })

  it('does not fall behind with a slow reader', async () => {
    const clock = new VirtualClock(0)
    const at: number[] = []
    await clock.run(
      (async () => {
        for await (const _ of replaySource({ series, speed: 900, clock }).candles({ symbols: ['A'] })) {
          at.push(clock.now())
          if (at.length === 1) await clock.sleep(2500)
        }
      })(),
    )
    expect(at).toEqual([1000, 3500, 3500, 4000, 5000, 6000])
  })

  it('stands still while it is paused', async () => {
    const clock = new VirtualClock(0)
    const source = replaySource({ series, speed: 900, clock })
    const at: number[] = []
    const read = async (): Promise<void> => {
      for await (const _ of source.candles({ symbols: ['A'] })) at.push(clock.now())
    }
    const steer = async (): Promise<void> => {
      await clock.sleep(2500)
      source.pause()
      source.pause()
      expect(source.paused).toBe(true)
      await clock.sleep(10_000)
      source.resume()
      source.resume()
      expect(source.paused).toBe(false)
    }
    await clock.run(Promise.all([read(), steer()]))
    expect(at).toEqual([1000, 2000, 13_000, 14_000, 15_000, 16_000])
  })

  it('begins anew with a pause behind it', async () => {
    const clock = new VirtualClock(0)
    const source = replaySource({ series, speed: 900, clock })
    source.pause()
    await clock.run(clock.sleep(5000))
    source.resume()
    await clock.run(source.candles().next())
    expect(clock.now()).toBe(6000)
  })

  it('waits for the word where it was paused before it began', async () => {
    const clock = new VirtualClock(0)
    const source = replaySource({ series, speed: 900, clock })
    source.pause()
    const first = source.candles().next()
    await clock.run(clock.sleep(5000))
    source.resume()
    await clock.run(first)
    expect(clock.now()).toBe(6000)
  })

  it('knows nothing of what it has not replayed', async () => {
    const source = replaySource({ series, start: start + 3 * step })
    expect(source.position).toBe(start + 3 * step)
    expect((await source.history('A')).length).toBe(3)
    expect((await source.history('A', { to: start + 5 * step })).length).toBe(3)
    expect(await names(source, undefined, 2)).toEqual(['A3', 'B3'])
    expect((await source.history('B', { last: 2 })).at(-1)!.time).toBe(start + 3 * step)
  })

  it('ends at once while it waits, and leaves nobody waiting', async () => {
    const clock = new VirtualClock(0)
    const source = replaySource({ series, speed: 1, clock })
    const feed = source.candles()
    const next = feed.next()
    await clock.run(clock.sleep(10))
    await feed.return!()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(clock.waiting).toBe(0)
    source.pause()
    const controller = new AbortController()
    const held = source.candles({ signal: controller.signal }).next()
    await clock.run(clock.sleep(10))
    controller.abort(new Error('enough'))
    await expect(held).rejects.toThrow('enough')
  })

  it('refuses a speed that is none, and series that do not fit', () => {
    expect(() => replaySource({ series, speed: 0 })).toThrow('"speed" is "0"')
    expect(() => replaySource({ series: [series[0]!, series[0]!] })).toThrow('each of another symbol')
    const hourly = CandleSeries.from([], { symbol: 'H', timeframe: '1h' })
    expect(() => replaySource({ series: [series[0]!, hourly] })).toThrow('1h bars')
  })
})

describe('a source of simulated markets', () => {
  it('goes on from its history without a seam, and is the same in every run', async () => {
    const make = (): CandleSource => simulatedSource({ symbols: ['A', 'B'], bars: 20, seed: 3 })
    const source = make()
    const history = await source.history('B')
    const first = history.at(-1)!.time + step
    const live: Candle[] = []
    for await (const { candle } of source.candles({ symbols: ['B'] })) if (live.push(candle) === 10) break
    expect(history.length).toBe(20)
    expect(live[0]!.time).toBe(first)
    const whole = seriesOf('B', [...history.slice(), ...live])
    const again = make()
    const since = history.at(0)!.time
    const repeated: Candle[] = []
    for await (const { candle } of again.candles({ symbols: ['B'], since })) if (repeated.push(candle) === 30) break
    expect(seriesOf('B', repeated).columns).toEqual(whole.columns)
    expect((await source.history('B', { last: 25 })).slice()).toEqual(whole.slice(5))
  })

  it('has another market for each symbol and seed', async () => {
    const closes = async (symbol: string, seed: number): Promise<number[]> =>
      (await simulatedSource({ symbols: ['A', 'B'], seed }).history(symbol, { last: 5 })).slice().map((c) => c.close)
    const all = [await closes('A', 1), await closes('B', 1), await closes('A', 2), await closes('B', 2)]
    expect(new Set(all.map(String)).size).toBe(4)
  })

  it('closes its bars at speed 1 when those of an exchange close', async () => {
    const clock = new VirtualClock(start + 7 * 60_000)
    const source = simulatedSource({ symbols: ['A', 'B'], speed: 1, clock })
    const came: string[] = []
    await clock.run(
      (async () => {
        for await (const { symbol, candle } of source.candles()) {
          came.push(`${symbol}${(candle.time - start) / step} at ${(clock.now() - start) / step}`)
          if (came.length === 4) break
        }
      })(),
    )
    expect(came).toEqual(['A0 at 1', 'B0 at 1', 'A1 at 2', 'B1 at 2'])
  })

  it('runs faster than the time', async () => {
    const clock = new VirtualClock(start)
    const source = simulatedSource({ symbols: ['A'], speed: 900, start, clock })
    const at: number[] = []
    await clock.run(
      (async () => {
        for await (const _ of source.candles()) if (at.push(clock.now() - start) === 3) break
      })(),
    )
    expect(at).toEqual([1000, 2000, 3000])
  })

  it('has the bars that have closed by its clock, although nobody reads a feed', async () => {
    const clock = new VirtualClock()
    for (const speed of [1, 900]) {
      const source = simulatedSource({ symbols: ['A'], speed, clock })
      const before = await source.history('A', { last: 3 })
      await clock.run(clock.sleep((5 * step) / speed))
      const after = await source.history('A', { from: before.columns.time[2]! + step })
      expect([...after.columns.time.subarray(0, 5)]).toEqual(
        [1, 2, 3, 4, 5].map((i) => before.columns.time[2]! + i * step),
      )
      expect(after.columns.length).toBe(5)
    }
  })

  it('refuses a speed that is none and an empty list', () => {
    expect(() => simulatedSource({ symbols: ['A'], speed: -1 })).toThrow('"speed" is "-1"')
    expect(() => simulatedSource({ symbols: [] })).toThrow('"symbols" is "0"')
  })
})
