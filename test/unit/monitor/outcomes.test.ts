import { beforeEach, describe, expect, it } from 'vitest'

import type { Candle } from '../../../src/core/candle.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { CandleSeries } from '../../../src/core/series.ts'
import { computeTargets, targetNames } from '../../../src/features/targets.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import {
  directionThresholds,
  MemoryLogStore,
  PredictionLog,
  type PredictionLogOptions,
  type PredictionRow,
} from '../../../src/monitor/index.ts'
import { barMs, horizon, row, start } from '../../contract/prediction-rows.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const candle = (bar: number, close: number, more: Partial<Candle> = {}): Candle => ({
  time: start + bar * barMs,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1,
  ...more,
})
const quarter = { timeframe: '15m' } as const
const symbol = 'BTCUSDT'

const at = (now: number): Clock => ({ now: () => now, sleep: () => new Promise(() => undefined) })

let log: PredictionLog
const open = (options: Partial<PredictionLogOptions> = {}): PredictionLog =>
  new PredictionLog(new MemoryLogStore(), {
    onProblem: (problem) => expect.fail(problem.kind),
    clock: at(start),
    ...options,
  })
beforeEach(() => {
  log = open()
})

async function rows(): Promise<PredictionRow[]> {
  const found: PredictionRow[] = []
  for await (const entry of log.query()) found.push(entry)
  return found
}

describe('An outcome', () => {
  it('is filled in when the bar that the horizon speaks of has closed, and not before', async () => {
    log.append(row(0))
    expect(await log.fillOutcomes(symbol, [candle(0, 100)], quarter)).toEqual({ rows: 0, known: 0, expired: 0 })
    expect(await log.fillOutcomes(symbol, [candle(1, 102, { closed: false })], quarter)).toMatchObject({ known: 0 })
    expect(await log.fillOutcomes(symbol, [candle(1, 102)], quarter)).toEqual({ rows: 1, known: 1, expired: 0 })
    const [first] = await rows()
    const settled = { outcome: 'known', actualReturn: 102 / 100 - 1, actualDirection: 'LONG', correct: true }
    expect(first!.horizons[0]).toStrictEqual(
      horizon(start + 2 * barMs, { ...settled, returnError: 102 / 100 - 1 - 0.01 } as object),
    )
    expect(first!.horizons[1]).toStrictEqual(row(0).horizons[1])
  })

  it('is the same when it is filled in again, also with other prices', async () => {
    log.append(row(0))
    await log.fillOutcomes(
      symbol,
      range(0, 9).map((bar) => candle(bar, 100 + bar)),
      quarter,
    )
    const before = await rows()
    expect(before[0]!.horizons.every(({ outcome }) => outcome === 'known')).toBe(true)
    expect(
      await log.fillOutcomes(
        symbol,
        range(0, 9).map((bar) => candle(bar, 50)),
        quarter,
      ),
    ).toMatchObject({ rows: 0 })
    expect(await rows()).toStrictEqual(before)
  })

  it('does not depend on the order of the candles, nor on how they are split', async () => {
    const candles = range(0, 30).map((bar) => candle(bar, 100 + Math.sin(bar)))
    for (const bar of range(0, 20)) log.append(row(bar))
    await log.fillOutcomes(symbol, candles, quarter)
    const [expected, other] = [await rows(), open()]
    log = other
    for (const bar of range(0, 20)) log.append(row(bar))
    for (const part of [candles.slice(7, 15), candles.slice(0, 7), candles.slice(15).toReversed()])
      await log.fillOutcomes(symbol, part, quarter)
    expect(await rows()).toStrictEqual(expected)
  })

  it('comes from candles of another timeframe wherever one closes at the very time', async () => {
    log.append(row(0))
    const minutes = [candle(0, 103, { time: start + 2 * barMs - 60_000 })]
    expect(await log.fillOutcomes(symbol, minutes, { timeframe: '1m' })).toMatchObject({ known: 1 })
    expect(await log.fillOutcomes(symbol, [candle(0, 105)], { timeframe: '1h' })).toMatchObject({ known: 0 })
    expect((await rows())[0]!.horizons[0]!.actualReturn).toBe(103 / 100 - 1)
  })

  it('is of its own symbol', async () => {
    log.append(row(0))
    log.append(row(0, { symbol: 'ETHUSDT' }))
    expect(
      await log.fillOutcomes(
        'ETHUSDT',
        range(0, 9).map((bar) => candle(bar, 100)),
        quarter,
      ),
    ).toMatchObject({ rows: 1 })
    expect((await rows()).map(({ horizons }) => horizons[0]!.outcome)).toEqual(['pending', 'known'])
  })

  it.each([
    [130, 'LONG'],
    [129, 'NEUTRAL'],
    [127, 'SHORT'],
    [126, 'SHORT'],
  ])('of 128 to %i is %s, where one in 128 is the threshold', async (close, direction) => {
    log.append(row(0, { closePrice: 128, horizons: [horizon(start + 2 * barMs, { threshold: 1 / 128 })] }))
    await log.fillOutcomes(symbol, [candle(1, close)], quarter)
    expect((await rows())[0]!.horizons[0]!.actualDirection).toBe(direction)
  })

  it('has no direction without a threshold, and no error without an expected return', async () => {
    const horizons = [
      horizon(start + 2 * barMs, { threshold: null, expectedReturn: null }),
      horizon(start + 2 * barMs, { direction: null }),
    ]
    log.append(row(0, { horizons }))
    await log.fillOutcomes(symbol, [candle(1, 102)], quarter)
    const [first] = await rows()
    expect(first!.horizons).toMatchObject([
      { outcome: 'known', actualDirection: null, correct: null, returnError: null },
      { outcome: 'known', actualDirection: 'LONG', correct: null },
    ])
  })

  it('is not taken from a candle that cannot be', async () => {
    log.append(row(0))
    await expect(log.fillOutcomes(symbol, [candle(1, NaN)], quarter)).rejects.toMatchObject({ code: 'candle/invalid' })
    expect(await rows()).toStrictEqual([row(0)])
  })

  it('is what training data of the same market say, at every bar and horizon', async () => {
    const market = new SimulatedMarket({ seed: 5, timeframe: '15m', start })
    const series = CandleSeries.from(market.take(400), quarter)
    const { columns } = series
    const targets = computeTargets(columns)
    for (const bar of range(0, targets.rows)) {
      const barTime = columns.time[bar]!
      const horizons = directionThresholds.map(({ name, bars, threshold }) =>
        horizon(barTime + (bars + 1) * barMs, { name, bars, threshold }),
      )
      log.append(row(0, { barTime, closePrice: columns.close[bar]!, horizons }))
    }
    await log.fillOutcomes(symbol, series.slice(), quarter)
    const target = (bar: number, name: string): number =>
      targets.values[bar * targetNames.length + targetNames.indexOf(name)]!
    const filled = await rows()
    expect(filled).toHaveLength(targets.rows)
    const seen = new Set<string | null>()
    for (const [bar, { horizons }] of filled.entries())
      for (const { name, actualReturn, actualDirection } of horizons) {
        expect(actualReturn).toBe(target(bar, `future_return_${name}`))
        expect(['LONG', 'SHORT', 'NEUTRAL'].indexOf(actualDirection!)).toBe(target(bar, `direction_${name}`))
        seen.add(actualDirection)
      }
    expect(seen.size).toBe(3)
  })
})

describe('An outcome whose bar is missing', () => {
  const withGap = (last: number): Candle[] =>
    range(0, last)
      .filter((bar) => bar !== 1)
      .map((bar) => candle(bar, 100))

  it('waits, expires after the grace, and is null and never 0', async () => {
    log = open({ outcomeGraceMs: 10 * barMs })
    log.append(row(0))
    expect(await log.fillOutcomes(symbol, withGap(12), quarter)).toEqual({ rows: 1, known: 1, expired: 0 })
    expect(await log.fillOutcomes(symbol, withGap(13), quarter)).toEqual({ rows: 1, known: 0, expired: 1 })
    const [{ horizons } = row(0)] = await rows()
    expect(horizons[0]).toStrictEqual(horizon(start + 2 * barMs, { outcome: 'expired' }))
    expect(horizons[1]).toMatchObject({ outcome: 'known', actualReturn: 0 })
    expect(await log.fillOutcomes(symbol, [candle(1, 105)], quarter), 'expired is for good').toMatchObject({ rows: 0 })
  })

  it('expires as well where the price at the start is not known', async () => {
    log = open({ outcomeGraceMs: barMs })
    log.append(row(0, { closePrice: null }))
    expect(await log.fillOutcomes(symbol, [candle(1, 100), candle(9, 100)], quarter)).toMatchObject({
      known: 0,
      expired: 2,
    })
  })

  it('is filled in where the bar comes within the grace', async () => {
    log.append(row(0))
    await log.fillOutcomes(symbol, withGap(20), quarter)
    expect(await log.fillOutcomes(symbol, [candle(1, 105)], quarter)).toMatchObject({ known: 1 })
  })

  it('expires by the clock where a symbol gets no candles any more, whatever the symbol', async () => {
    log = open({ outcomeGraceMs: 50 * barMs, clock: at(start + 100 * barMs) })
    for (const name of ['A', 'B', 'C']) for (const bar of [0, 47, 90]) log.append(row(bar, { symbol: name }))
    expect(await log.expireOutcomes()).toEqual({ rows: 6, known: 0, expired: 9 })
    expect(await log.expireOutcomes()).toEqual({ rows: 0, known: 0, expired: 0 })
  })

  it('does not expire because a history of long ago comes in pieces', async () => {
    log = open({ outcomeGraceMs: barMs })
    for (const bar of range(0, 500)) log.append(row(bar))
    for (const piece of range(0, 51))
      await log.fillOutcomes(
        symbol,
        range(piece * 10, piece * 10 + 10).map((bar) => candle(bar, 100)),
        quarter,
      )
    const states = new Set((await rows()).flatMap(({ horizons }) => horizons.map(({ outcome }) => outcome)))
    expect(states).toEqual(new Set(['known']))
  })
})
