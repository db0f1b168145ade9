import { CandleSeries, createSignalEngine, openRegistry } from 'candlewick'
import {
  backtest,
  evaluationSetId,
  judgeModel,
  logisticBaseline,
  noiseCheck,
  registryEvaluation,
  spreadBars,
} from 'candlewick/evaluate'
import { featureSource, parseScaler, Scaler, windowsAt } from 'candlewick/features'
import { SimulatedMarket } from 'candlewick/feeds'
import { modelAnswers, SignalOutcomes } from 'candlewick/monitor'
import { describe, expect, it } from 'vitest'
import { offer } from './published.ts'

const timeframe = '15m'
const bars = 1400
const first = 1250

describe('a model judged in a page', () => {
  it('has every figure, baselines, a check with noise, and a place in the registry', async () => {
    const manifest = await offer()
    await using engine = await createSignalEngine({ manifest, store: 'memory' })
    await using registry = await openRegistry({ manifest, store: 'memory' })
    const { model } = engine.info
    const market = new SimulatedMarket({ seed: 5, timeframe, start: 0 })
    const series = CandleSeries.from(market.take(bars), { symbol: 'SIM', timeframe })
    const { time } = series.columns

    const thresholds = Object.fromEntries(model.horizons.map(({ name }) => [name, 0.003]))
    const outcomes = new SignalOutcomes({ horizons: model.horizons, thresholds })
    const { curve, trades } = await backtest(engine, [series], {
      from: time[first]!,
      onSignals: (of, signals) => outcomes.take(of, signals),
    })
    const rows = outcomes.rows()
    expect(rows.times).toHaveLength(bars - first)

    const { entry, scaler } = await registry.load(model.id)
    const { names: ids, lookback: window } = entry.features
    const learnt = await logisticBaseline(rows, { histories: [series], features: featureSource(ids), thresholds })
    expect(learnt.leftOut).toEqual([])
    const evalSetId = await outcomes.evaluationSetId()
    expect(evalSetId).toBe(
      await evaluationSetId([series], { from: time[first]!, horizons: model.horizons, thresholds }),
    )
    const { report, comparisons } = await judgeModel(rows, {
      timeframe,
      model: model.id,
      evalSetId,
      bootstrap: { resamples: 20 },
      trading: { curve, trades },
      baselines: [...outcomes.baselines(), learnt.baseline!],
    })
    expect(report.horizons.map(({ name }) => name)).toEqual(model.horizons.map(({ name }) => name))
    expect(comparisons.map(({ baseline }) => baseline)).toEqual(['always-neutral', 'momentum', 'logistic-regression'])

    await using direct = await registry.getModel(model.id)
    const [{ bars: chosen } = { bars: new Int32Array() }] = spreadBars([series], rows, 40)
    const pipeline = { ids, window, timeframe, scaler: new Scaler(parseScaler(scaler, ids)) } as const
    const windows = await windowsAt(series.columns, pipeline, chosen)
    const noise = await noiseCheck({
      windows,
      count: chosen.length,
      features: ids.length,
      ask: modelAnswers(direct, entry),
    })
    expect(noise.n).toBe(40)
    expect(noise.outputs.rootMeanSquare).toBeGreaterThan(0)

    const { name, bars: ahead } = model.horizons[0]!
    await registry.recordEvaluation(model.id, registryEvaluation(report, name))
    const { evaluations } = await registry.getModelMetadata(model.id)
    expect(evaluations).toMatchObject([{ evalSetId, horizon: name, metrics: { n: bars - first - ahead } }])
  })
})
