import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

import { SimulatedMarket } from '../../../src/feeds/index.ts'
import { createSignalEngine } from '../../../src/index.ts'
import { measureAccuracy, openPredictionLog, type PredictionRow, rowOf } from '../../../src/monitor/index.ts'
import { publish } from '../engine/published-models.ts'

const folder = await mkdtemp(join(tmpdir(), 'candlewick-log-'))
const { manifest, files } = await publish(['1.0.0'])
for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
afterAll(() => rm(folder, { recursive: true }))

describe('The log of a real engine', () => {
  it('has each signal as it was given and, later, what the market did', async () => {
    const log = await openPredictionLog({ store: 'memory', onProblem: ({ kind }) => expect.fail(kind) })
    const engine = await createSignalEngine({ manifest: join(folder, 'manifest.json') })
    const { model, epoch, backend } = engine.info
    const thresholds = Object.fromEntries(model.horizons.map(({ name }) => [name, 0.002]))
    const context = { horizons: model.horizons, epoch, backend, thresholds }
    const market = new SimulatedMarket({ seed: 2, timeframe: '15m' })
    const history = market.take(engine.warmup)
    const symbol = 'BTCUSDT'
    await engine.prime(history.slice(0, -1), { symbol })

    const candles = [history.at(-1)!, ...market.take(99)]
    const signals = []
    for (const candle of candles) {
      const timed = await engine.pushTimed(candle, symbol)
      expect(timed).toBeDefined()
      signals.push(timed!.signal)
      expect(log.append(rowOf(timed!, context, Date.now()))).toBe('taken')
      await log.fillOutcomes(symbol, [candle], { timeframe: '15m' })
    }

    const rows: PredictionRow[] = []
    for await (const row of log.query()) rows.push(row)
    expect(rows).toMatchObject(
      signals.map(({ time, side, confidence, quality, entry, stopLoss }) => ({
        modelId: model.id,
        barTime: time,
        side,
        confidence,
        quality,
        closePrice: entry,
        stopLoss,
        status: 'ok',
        backend: 'wasm',
        timings: { inferenceMs: expect.any(Number) as number },
      })),
    )
    for (const [bar, { horizons }] of rows.entries())
      for (const { name, bars, expectedReturn, outcome, actualReturn, returnError } of horizons) {
        const due = candles[bar + bars]
        expect(expectedReturn).toBe(signals[bar]!.returns[name])
        expect(outcome).toBe(due === undefined ? 'pending' : 'known')
        expect(actualReturn).toBe(due === undefined ? null : due.close / candles[bar]!.close - 1)
        expect(returnError).toBe(actualReturn === null ? null : actualReturn - expectedReturn!)
      }
    const accuracy = await measureAccuracy(rows, { by: ['modelId', 'symbol'] })
    expect(accuracy.map(({ horizon, n, pending, judged }) => ({ horizon, n, pending, judged }))).toEqual(
      model.horizons.map(({ name, bars }) => ({ horizon: name, n: 100 - bars, pending: bars, judged: 100 - bars })),
    )
    await engine.close()
    await log.close()
  })
})
