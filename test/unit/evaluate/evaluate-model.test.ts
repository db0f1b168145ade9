import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blockBootstrap,
  calibrationMetrics,
  classificationMetrics,
  compareModels,
  defaultScore,
  type EvaluationReport,
  type EvaluationRows,
  evaluateModel,
  informationCoefficients,
  pearson,
  regressionMetrics,
  registryMetrics,
  sharpeRatio,
  spearman,
  spreadOf,
} from '../../../src/evaluate/index.ts'
import { expectNear } from './golden.ts'
import { failureOf } from './refusal.ts'
import { barMs, madeHorizon, madeRows, sides } from './rows.ts'

const timeframe = '15m'
const quick = { timeframe, bootstrap: { resamples: 50 } } as const
const six = ['A', 'B', 'C', 'D', 'E', 'F']

/** The rows in another order. */
function reordered(rows: EvaluationRows, order: readonly number[]): EvaluationRows {
  const take = (values: ArrayLike<number>, width = 1): number[] =>
    order.flatMap((row) => Array.from({ length: width }, (_, i) => values[row * width + i]!))
  return {
    ...rows,
    times: take(rows.times),
    symbols: order.map((row) => rows.symbols[row]!),
    horizons: rows.horizons.map(({ name, bars, ...columns }) => ({
      name,
      bars,
      ...Object.fromEntries(
        Object.entries(columns).map(([column, values]) => [
          column,
          take(values as ArrayLike<number>, column === 'probabilities' ? 3 : 1),
        ]),
      ),
    })),
  }
}

/** Rows with parts of their only horizon replaced. */
const withHorizon = (rows: EvaluationRows, part: object): EvaluationRows => ({
  ...rows,
  horizons: [{ ...rows.horizons[0]!, ...part }],
})

describe('a model judged', () => {
  const rows = madeRows(300)
  const report = evaluateModel(rows, {
    ...quick,
    model: 'tiny_v1.0.0',
    evalSetId: 'made-1',
    score: { ...defaultScore, missing: 'exclude' },
  })
  const [horizon] = report.horizons

  it('has the figures that each metric gives alone', () => {
    const { probabilities, predictedClasses, actualClasses, predictedReturns, actualReturns } = madeHorizon(300)
    const calls = classificationMetrics(actualClasses, predictedClasses, { classes: sides })
    expect(horizon!.classification).toEqual(calls)
    expect(horizon!.calibration).toEqual(calibrationMetrics(probabilities, actualClasses, { classes: sides }))
    const { mae, rmse, bias, ic, rankIc } = regressionMetrics(predictedReturns, actualReturns)
    const alone = {
      accuracy: calls.accuracy,
      macroPrecision: calls.macro.precision,
      macroRecall: calls.macro.recall,
      macroF1: calls.macro.f1,
      coverage: calls.directional.coverage,
      hitRate: calls.directional.hitRate,
      directionalF1: calls.directional.f1,
      brier: horizon!.calibration!.brier,
      logLoss: horizon!.calibration!.logLoss,
      ece: horizon!.calibration!.ece,
      mae,
      rmse,
      bias,
      ic,
      rankIc,
    }
    for (const [name, value] of Object.entries(alone)) expectNear(horizon!.metrics[name], value, name)
    const groups = informationCoefficients(predictedReturns, actualReturns, rows, { horizonMs: 4 * barMs })
    expectNear(horizon!.metrics['icMean'], groups.icOfWindows.mean, 'icMean')
    expectNear(horizon!.metrics['icir'], groups.icOfWindows.meanByStd, 'icir')
    expectNear(horizon!.metrics['rankIcir'], groups.rankIcOfWindows.meanByStd, 'rankIcir')
    expectNear(horizon!.metrics['icTs'], groups.icOfSymbols.mean, 'icTs')
    expect(horizon!.metrics['icCs']).toBeNull()
    expect(horizon!.symbols).toEqual(groups.symbols)
    expect(horizon!.symbols![0]!.n).toBe(75)
  })

  it('has an interval around every figure of the rows', () => {
    for (const [name, { estimate, low, high }] of Object.entries(horizon!.intervals)) {
      expect(estimate, name).toBe(horizon!.metrics[name])
      if (estimate === null) continue
      expect(low, name).toBeLessThanOrEqual(estimate)
      expect(high, name).toBeGreaterThanOrEqual(estimate)
    }
    expect(Object.keys(horizon!.intervals)).toContain('rankIc')
    expect(Object.keys(horizon!.intervals)).not.toContain('ece')
  })

  it('says all that is needed to do it again', () => {
    expect(report).toMatchObject({
      kind: 'candlewick-evaluation',
      version: 1,
      model: 'tiny_v1.0.0',
      evalSetId: 'made-1',
      timeframe,
      classes: sides,
      neutral: 'NEUTRAL',
      rows: 300,
      symbols: ['BTCUSDT'],
      settings: {
        bins: 15,
        window: { count: 10 },
        minSymbols: 5,
        bootstrap: { resamples: 50, level: 0.95, seed: 1, kind: 'circular', blockLength: null },
      },
      trading: null,
    })
    expect(horizon).toMatchObject({
      n: 300,
      pending: 0,
      from: 0,
      to: 299 * barMs,
      overlap: 4,
      noIntervals: null,
      bootstrap: { moments: 300, blockLength: 8, overlap: 4 },
    })
    expect(horizon!.score!.parts.map(({ metric }) => metric)).toContain('rankIc')
  })

  it('is JSON, word for word', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(JSON.stringify(report)).not.toContain('NaN')
  })

  it('does not depend on the order of the rows', () => {
    const many = madeRows(100, six)
    const before = evaluateModel(many, quick)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 599 }).filter((step) => [2, 3, 5].every((prime) => step % prime !== 0)),
        (step) => {
          const order = Array.from({ length: 600 }, (_, i) => (i * step) % 600)
          expect(evaluateModel(reordered(many, order), quick)).toEqual(before)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('has cross-sections where a moment has enough symbols', () => {
    const many = evaluateModel(madeRows(90, six), quick).horizons[0]!
    expect(many.metrics['icCs']).toBeGreaterThan(0)
    expect(many.intervals['icCs']!.low).toBeLessThan(many.metrics['icCs']!)
    expect(many.symbols).toHaveLength(6)
    expect(many.bootstrap).toMatchObject({ moments: 90 })
  })

  it('has windows, and how each figure lies over them', () => {
    const { windows, stability } = evaluateModel(rows, { ...quick, window: { lengthMs: 100 * barMs } }).horizons[0]!
    expect(windows.map(({ from, to, n }) => [from / barMs, to / barMs, n])).toEqual([
      [0, 99, 100],
      [100, 199, 100],
      [200, 299, 100],
    ])
    const accuracies = windows.map(({ metrics }) => metrics['accuracy']!)
    expectNear(stability['accuracy']!.mean, accuracies.reduce((sum, value) => sum + value, 0) / 3, 'mean')
    expect(stability['accuracy']!.variance).toBeGreaterThan(0)
  })
})

describe('outcomes that are not known yet', () => {
  it('are left out and counted, and what stands there is not read', () => {
    const { actualClasses, actualReturns, ...rest } = madeHorizon(300)
    const known = Uint8Array.from({ length: 300 }, (_, row) => (row < 290 ? 1 : 0))
    const shown = (values: ArrayLike<number>): number[] =>
      Array.from(values, (value, row) => (known[row] === 1 ? value : Number.NaN))
    const rows = withHorizon(madeRows(300), {
      ...rest,
      known,
      actualClasses: shown(actualClasses),
      actualReturns: shown(actualReturns),
    })
    const report = evaluateModel(rows, quick)
    expect(report.horizons[0]).toMatchObject({ n: 290, pending: 10, to: 289 * barMs })
    const short = madeHorizon(300)
    const cut = (values: ArrayLike<number>, count: number): number[] => Array.from(values).slice(0, count)
    const without = evaluateModel(
      {
        ...madeRows(290),
        horizons: [
          {
            name: short.name,
            bars: short.bars,
            probabilities: cut(short.probabilities, 870),
            predictedClasses: cut(short.predictedClasses, 290),
            actualClasses: cut(short.actualClasses, 290),
            predictedReturns: cut(short.predictedReturns, 290),
            actualReturns: cut(short.actualReturns, 290),
          },
        ],
      },
      quick,
    )
    expect(report.horizons[0]).toEqual({ ...without.horizons[0], pending: 10 })
  })

  it('may be all there is', () => {
    const report = evaluateModel(withHorizon(madeRows(20), { known: new Uint8Array(20) }), quick)
    const [horizon] = report.horizons
    expect(horizon).toMatchObject({
      n: 0,
      pending: 20,
      from: null,
      to: null,
      noIntervals: 'too-few-blocks',
      windows: [],
    })
    for (const value of Object.values(horizon!.metrics)) expect(value).toBeNull()
  })
})

describe('intervals', () => {
  it('are not there without being asked for, or with too few blocks', () => {
    const off = evaluateModel(madeRows(100), { timeframe, bootstrap: false })
    expect(off.settings.bootstrap).toBeNull()
    expect(off.horizons[0]).toMatchObject({ intervals: {}, bootstrap: null, noIntervals: 'not-asked' })
    const few = evaluateModel(madeRows(79), quick).horizons[0]
    expect(few).toMatchObject({ intervals: {}, bootstrap: null, noIntervals: 'too-few-blocks' })
    expect(evaluateModel(madeRows(80), quick).horizons[0]!.noIntervals).toBeNull()
  })

  it('take blocks by the step of the rows, not by the bars between them', () => {
    const rows = madeRows(300, ['A'], 1, 16)
    const sparse = { ...rows, times: Array.from(rows.times, (time) => time * 8) }
    expect(evaluateModel(rows, quick).horizons[0]!.overlap).toBe(16)
    expect(evaluateModel(sparse, quick).horizons[0]!.overlap).toBe(2)
  })

  it('are those of the metrics alone over the same samples, also where moments have different numbers of symbols', () => {
    const all = madeRows(100, six)
    // One symbol in calm moments, six in others: samples may have more rows than there are.
    const uneven = reordered(
      all,
      Array.from({ length: 600 }, (_, row) => row).filter((row) => row % 6 === 0 || Math.floor(row / 6) % 10 < 2),
    )
    const { intervals, bootstrap } = evaluateModel(uneven, quick).horizons[0]!
    const { times, symbols, horizons } = uneven
    const { predictedReturns, actualReturns, predictedClasses, actualClasses, bars } = horizons[0]!
    const lastOf = new Map<string, number>()
    const apart = Array.from(times, (time, row) => {
      const far = time - (lastOf.get(symbols[row]!) ?? -Infinity) >= bars * barMs
      if (far) lastOf.set(symbols[row]!, time)
      return far
    })
    const take = (values: ArrayLike<number> | undefined, rows: readonly number[]): number[] =>
      rows.map((row) => values![row]!)
    const rankIcOf = (rows: readonly number[]): number | null =>
      spearman(take(predictedReturns, rows), take(actualReturns, rows))
    const alone = blockBootstrap(
      times.length,
      (sample) => {
        const rows = [...sample]
        return {
          ic: pearson(take(predictedReturns, rows), take(actualReturns, rows)),
          rankIc: rankIcOf(rows),
          accuracy: classificationMetrics(take(actualClasses, rows), take(predictedClasses, rows), { classes: sides })
            .accuracy,
          rankIcTs: spreadOf(six.map((name) => rankIcOf(rows.filter((row) => apart[row] && symbols[row] === name))))
            .mean,
        }
      },
      { times, resamples: 50, overlap: 4 },
    )
    expect(alone.plan).toEqual(bootstrap)
    for (const [name, { low, high, standardError }] of Object.entries(alone.intervals)) {
      expectNear(intervals[name]!.low, low, `${name} low`)
      expectNear(intervals[name]!.high, high, `${name} high`)
      expectNear(intervals[name]!.standardError, standardError, `${name} error`)
    }
  })

  it('never take blocks shorter than an outcome', () => {
    const short = { timeframe, bootstrap: { blockLength: 3 } } as const
    expect(failureOf(() => evaluateModel(madeRows(100), short))).toContain(
      '"blockLength" is 3. It must be a whole number of at least 4.',
    )
  })
})

describe('rows that cannot be', () => {
  const rows = madeRows(10)
  const { probabilities, predictedReturns, actualReturns, actualClasses } = madeHorizon(10)
  const wrongAt = (values: ArrayLike<number>, at: number, value: number): number[] =>
    Array.from(values, (item, i) => (i === at ? value : item))

  it.each<[string, EvaluationRows, string]>([
    ['a time', { ...rows, times: wrongAt(rows.times, 3, Number.NaN) }, 'Row 3 of "times" is NaN.'],
    ['a moment twice', { ...rows, times: wrongAt(rows.times, 3, 0) }, 'Row 3 of "times" is BTCUSDT at 0 again.'],
    ['symbols', { ...rows, symbols: ['A'] }, '"symbols" is 1 values long.'],
    [
      'a probability',
      withHorizon(rows, { probabilities: wrongAt(probabilities, 14, Infinity) }),
      'Row 4 of "1h.probabilities" is Infinity.',
    ],
    [
      'a predicted return',
      withHorizon(rows, { predictedReturns: wrongAt(predictedReturns, 5, Number.NaN) }),
      'Row 5 of "1h.predictedReturns" is NaN.',
    ],
    [
      'an actual return',
      withHorizon(rows, { actualReturns: wrongAt(actualReturns, 6, -Infinity) }),
      'Row 6 of "1h.actualReturns" is -Infinity.',
    ],
    [
      'an actual class',
      withHorizon(rows, { actualClasses: wrongAt(actualClasses, 7, 3) }),
      'Row 7 of "1h.actualClasses" is 3.',
    ],
    [
      'a call',
      withHorizon(rows, { predictedClasses: wrongAt(actualClasses, 8, -1) }),
      'Row 8 of "1h.predictedClasses" is -1.',
    ],
    [
      'what is known',
      withHorizon(rows, { known: wrongAt(new Uint8Array(10), 9, 2) }),
      'Row 9 of "1h.known" is 2. It must be 0 or 1',
    ],
    ['bars', withHorizon(rows, { bars: 0 }), '"1h.bars" is 0.'],
    ['no classes', { ...rows, classes: undefined }, '"classes" is absent.'],
    ['no outcomes', withHorizon(rows, { actualClasses: undefined }), '"1h.actualClasses" is absent.'],
    ['no actual returns', withHorizon(rows, { actualReturns: undefined }), '"1h.actualReturns" is absent.'],
    ['nothing to judge', { ...rows, horizons: [{ name: '1h', bars: 4 }] }, '"1h" is empty.'],
    ['no horizon', { ...rows, horizons: [] }, '"horizons" is empty.'],
    ['a horizon twice', { ...rows, horizons: [rows.horizons[0]!, rows.horizons[0]!] }, '"horizons" is "1h" twice.'],
    [
      'a column too short',
      withHorizon(rows, { predictedReturns: [1] }),
      '"1h.predictedReturns" is 1 values long. It must be 10 long, as times is.',
    ],
  ])('are refused by name: %s', (_, wrong, message) => {
    expect(failureOf(() => evaluateModel(wrong, quick))).toContain(message)
  })

  it('may have returns alone, or calls alone', () => {
    const returns = evaluateModel(
      { times: rows.times, symbols: 'A', horizons: [{ name: '1h', bars: 4, predictedReturns, actualReturns }] },
      quick,
    )
    expect(returns.horizons[0]).toMatchObject({ classification: null, calibration: null })
    expect(returns).toMatchObject({ classes: [], neutral: null })
    expect(Object.keys(returns.horizons[0]!.metrics)).not.toContain('accuracy')
    const calls = evaluateModel(
      { ...rows, horizons: [{ name: '1h', bars: 4, predictedClasses: actualClasses, actualClasses }] },
      quick,
    )
    expect(calls.horizons[0]).toMatchObject({ calibration: null, symbols: null, metrics: { accuracy: 1 } })
    expect(Object.keys(calls.horizons[0]!.metrics)).not.toContain('brier')
  })
})

describe('what a registry keeps of a report', () => {
  const equity = Array.from({ length: 40 }, (_, i) => 100 + i + (i % 3))
  const curve = { times: equity.map((_, i) => i * barMs), equity }
  const report: EvaluationReport = evaluateModel(madeRows(100), { ...quick, trading: { curve, trades: [] } })

  it('is finite numbers by the names of a registry', () => {
    const metrics = registryMetrics(report, '1h')
    const { metrics: own } = report.horizons[0]!
    expect(metrics).toMatchObject({
      accuracy: own['accuracy'],
      f1_score: own['macroF1'],
      ic_mean: own['icMean'],
      ic_std: own['icStd'],
      n: 100,
    })
    const returns = equity.slice(1).map((value, i) => value / equity[i]! - 1)
    expectNear(metrics['sharpe_ratio'], sharpeRatio(returns, { periodsPerYear: 35_040 }), 'Sharpe', 1e-9)
    expect(metrics).not.toHaveProperty('ic_cs')
    expect(metrics).not.toHaveProperty('profit_factor')
    for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true)
  })

  it('is refused for a horizon that is not there', () => {
    expect(failureOf(() => registryMetrics(report, '4h'))).toContain('"horizon" is "4h". It must be one of 1h.')
  })

  it('may count in a score', () => {
    const score = { parts: [{ metric: 'totalReturn', weight: 1, worst: 0, best: 1 }] }
    const scored = evaluateModel(madeRows(100), { ...quick, trading: { curve, trades: [] }, score })
    expectNear(scored.horizons[0]!.score!.score, scored.trading!.totalReturn, 'score')
    expect(failureOf(() => evaluateModel(madeRows(100), { ...quick, score }))).toContain('The score needs totalReturn')
  })
})

describe('two models on the same bars', () => {
  const first = madeRows(400, ['A'], 3)
  const { actualClasses, actualReturns, predictedReturns, probabilities } = madeHorizon(400, 3)
  const better = withHorizon(first, {
    predictedReturns: predictedReturns.map((value, row) => value + actualReturns[row]!),
    probabilities,
    actualClasses,
    actualReturns,
  })

  it('are told apart by their differences', () => {
    const [horizon] = compareModels(first, better, quick).horizons
    expect(horizon!.intervals['rankIc']!.low).toBeGreaterThan(0)
    expect(horizon!.difference['rankIc']).toBeGreaterThan(0)
    expect(horizon!.difference['accuracy']).toBe(0)
    expect(horizon!.intervals['accuracy']).toMatchObject({ low: 0, high: 0 })
    expect(horizon!.difference['rankIc']).toBe(horizon!.intervals['rankIc']!.estimate)
    const { metrics } = evaluateModel(first, { timeframe, bootstrap: false }).horizons[0]!
    expect(metrics).toMatchObject(horizon!.first)
  })

  it('turn the sign of every difference when they are exchanged', () => {
    const [there] = compareModels(first, better, quick).horizons
    const [back] = compareModels(better, first, quick).horizons
    for (const [name, value] of Object.entries(there!.difference))
      expectNear(back!.difference[name], value === null ? null : -value, name)
  })

  it('do not differ from themselves', () => {
    const comparison = compareModels(first, first, quick)
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison)
    for (const value of Object.values(comparison.horizons[0]!.difference)) expect(value ?? 0).toBe(0)
  })

  const wrongAt = (values: ArrayLike<number>, at: number, value: number): number[] =>
    Array.from(values, (item, i) => (i === at ? value : item))

  it.each<[string, EvaluationRows, string]>([
    ['other times', { ...first, times: wrongAt(first.times, 399, 5) }, 'Row 399 of "second.times" is 5.'],
    ['another symbol', { ...first, symbols: 'B' }, 'Row 0 of "second.symbols" is B. It must be A, as in first'],
    ['fewer rows', madeRows(399, ['A'], 3), '"second.times" is 399 rows long.'],
    ['other bars', withHorizon(first, { bars: 5 }), '"second.horizons" is 1h=5. It must be 1h=4, as in first.'],
    ['other classes', { ...first, classes: ['SHORT', 'LONG', 'NEUTRAL'] }, '"second.classes" is SHORT, LONG, NEUTRAL.'],
    [
      'other outcomes',
      withHorizon(first, { actualReturns: wrongAt(actualReturns, 7, 1) }),
      'Row 7 of "second.1h.actualReturns" is 1.',
    ],
    [
      'other classes that came',
      withHorizon(first, { actualClasses: Array.from(actualClasses, (came) => (came + 1) % 3) }),
      'Row 0 of "second.1h.actualClasses"',
    ],
    [
      'other rows that are known',
      withHorizon(first, { known: wrongAt(new Uint8Array(400).fill(1), 8, 0) }),
      '"second.1h.known" is of other rows.',
    ],
  ])('are refused with %s', (_, second, message) => {
    expect(failureOf(() => compareModels(first, second, quick))).toContain(message)
  })
})
