import { describe, expect, it } from 'vitest'
import { intervalOf } from '../../../src/evaluate/bootstrap/block-bootstrap.ts'
import { type BlockKind, momentsFrom } from '../../../src/evaluate/bootstrap/blocks.ts'
import {
  averageRanks,
  calibrationMetrics,
  classificationMetrics,
  evaluateModel,
  fitLogisticRegression,
  informationCoefficients,
  type MeasuredTrade,
  pearson,
  regressionMetrics,
  spearman,
  type Spread,
  tradingMetrics,
} from '../../../src/evaluate/index.ts'
import { expectAllNear, expectNear, golden } from './golden.ts'

type Values = readonly number[]
type Figures = readonly (number | null)[]
type Named = Readonly<Record<string, number | null>>

interface ClassificationCase {
  readonly name: string
  readonly classes: readonly string[]
  readonly actual: Values
  readonly predicted: Values
  readonly probabilities: Values
  readonly accuracy: number
  readonly precision: Figures
  readonly recall: Figures
  readonly f1: Figures
  readonly support: Values
  readonly macro: Named
  readonly directional: Named
  readonly confusion: readonly Values[]
  readonly brier: number
  readonly logLoss: number
  readonly ece: Readonly<Record<string, number>>
}

describe('classification, as scikit-learn has it', () => {
  const cases = golden('classification') as ClassificationCase[]

  it.each(cases)('$name', ({ classes, actual, predicted, ...expected }) => {
    const metrics = classificationMetrics(actual, predicted, { classes })
    expectNear(metrics.accuracy, expected.accuracy, 'accuracy')
    for (const name of ['precision', 'recall', 'f1'] as const) {
      expectAllNear(
        metrics.perClass.map((one) => one[name]),
        expected[name],
        name,
      )
      expectNear(metrics.macro[name], expected.macro[name]!, `macro ${name}`)
    }
    for (const name of ['hitRate', 'recall', 'f1'] as const)
      expectNear(metrics.directional[name], expected.directional[name]!, `directional ${name}`)
    expect(metrics.perClass.map(({ support }) => support)).toEqual(expected.support)
    expect(metrics.confusion).toEqual(expected.confusion)
  })

  it.each(cases)('probabilities: $name', ({ classes, actual, probabilities, brier, logLoss, ece }) => {
    for (const [bins, error] of Object.entries(ece)) {
      const metrics = calibrationMetrics(probabilities, actual, { classes, bins: Number(bins) })
      expectNear(metrics.ece, error, `error of ${bins} bins`)
      expectNear(metrics.brier, brier, 'Brier score')
      expectNear(metrics.logLoss, logLoss, 'log loss')
      expect(metrics.bins.reduce((sum, { n }) => sum + n, 0)).toBe(actual.length)
    }
  })
})

interface PairCase {
  readonly name: string
  readonly predicted: Values
  readonly actual: Values
  readonly ic: number | null
  readonly rankIc: number | null
  readonly ranks: Values
  readonly mae: number
  readonly rmse: number
  readonly bias: number
}

interface PanelCase {
  readonly times: Values
  readonly symbols: readonly string[]
  readonly predicted: Values
  readonly actual: Values
  readonly windowMs: number
  readonly horizonMs: number
  readonly pooled: Named
  readonly windows: readonly Named[]
  readonly icOfWindows: Named
  readonly countedWindows: readonly Named[]
  readonly symbolsOverTime: readonly {
    readonly symbol: unknown
    readonly icOfWindows: Named
    readonly rankIcOfWindows: Named
    readonly [figure: string]: unknown
  }[]
  readonly icOfSymbols: Named
  readonly crossSection: { readonly ic: Named; readonly rankIc: Named }
}

function expectSpread(actual: Spread, expected: Named): void {
  for (const name of ['n', 'mean', 'variance', 'std', 'meanByStd'] as const)
    expectNear(actual[name], expected[name]!, name)
}

describe('returns, as SciPy and pandas have them', () => {
  const { pairs, panel } = golden('returns') as { pairs: PairCase[]; panel: PanelCase }

  it.each(pairs)('$name', ({ name, predicted, actual, ic, rankIc, ranks, mae, rmse, bias }) => {
    // On a level of 1e6, ten of sixteen digits are left of either.
    expectNear(pearson(predicted, actual), ic, 'IC', name.includes('high level') ? 1e-8 : 1e-12)
    expectNear(spearman(predicted, actual), rankIc, 'rank IC')
    expect([...averageRanks(predicted)]).toEqual(ranks)
    const metrics = regressionMetrics(predicted, actual)
    expect([metrics.ic, metrics.rankIc]).toEqual([pearson(predicted, actual), spearman(predicted, actual)])
    for (const [key, value] of Object.entries({ mae, rmse, bias })) expectNear(metrics[key as 'mae'], value, key)
  })

  const { predicted, actual, ...keys } = panel
  const expectCoefficients = (actual: Named, expected: Named): void => {
    for (const name of ['n', 'ic', 'rankIc']) expectNear(actual[name], expected[name]!, name)
  }
  const plain = ({ n, ic, rankIc }: { n: number; ic: number | null; rankIc: number | null }): Named => ({
    n,
    ic,
    rankIc,
  })

  const expectSteadiness = (actual: readonly (number | null)[], { mean, std, meanByStd }: Named): void => {
    for (const [i, expected] of [mean, std, meanByStd].entries()) expectNear(actual[i], expected ?? null, `spread ${i}`)
  }

  it('group by group', () => {
    const result = informationCoefficients(predicted, actual, keys, {
      window: { lengthMs: panel.windowMs },
      horizonMs: panel.horizonMs,
    })
    expectCoefficients(plain(result.pooled), panel.pooled)
    expect(result.windows).toHaveLength(panel.windows.length)
    for (const [i, window] of result.windows.entries()) expectCoefficients(plain(window), panel.windows[i]!)
    expectSpread(result.icOfWindows, panel.icOfWindows)
    for (const [i, symbol] of result.symbols.entries()) {
      expect(symbol.symbol).toBe(panel.symbolsOverTime[i]!.symbol)
      const { icOfWindows, rankIcOfWindows, ...alone } = panel.symbolsOverTime[i]!
      expectCoefficients(plain(symbol), alone as Named)
      const { icMean, icStd, icir, rankIcMean, rankIcStd, rankIcir } = symbol
      expectSteadiness([icMean, icStd, icir], icOfWindows)
      expectSteadiness([rankIcMean, rankIcStd, rankIcir], rankIcOfWindows)
    }
    expect(result.symbols.at(-1)!.ic).toBeNull()
    expectSpread(result.icOfSymbols, panel.icOfSymbols)
    expectSpread(result.crossSection.ic, panel.crossSection.ic)
    expectSpread(result.crossSection.rankIc, panel.crossSection.rankIc)
  })

  it('across symbols, in an evaluation', () => {
    const horizon = {
      name: '3 bars',
      bars: 3,
      predictedReturns: predicted,
      actualReturns: actual,
    }
    const { horizons } = evaluateModel({ ...keys, horizons: [horizon] }, { timeframe: '15m', bootstrap: false })
    const { icCs, icirCs, rankIcCs, rankIcirCs } = horizons[0]!.metrics
    expectNear(icCs, panel.crossSection.ic['mean']!, 'icCs')
    expectNear(icirCs, panel.crossSection.ic['meanByStd']!, 'icirCs')
    expectNear(rankIcCs, panel.crossSection.rankIc['mean']!, 'rankIcCs')
    expectNear(rankIcirCs, panel.crossSection.rankIc['meanByStd']!, 'rankIcirCs')
  })

  it('in windows of as many moments each', () => {
    const { windows } = informationCoefficients(predicted, actual, keys, { window: { count: 4 } })
    expect(windows).toHaveLength(4)
    for (const [i, window] of windows.entries()) expectCoefficients(plain(window), panel.countedWindows[i]!)
  })
})

interface TradingCase {
  readonly name: string
  readonly times: Values
  readonly equity: Values
  readonly trades: readonly MeasuredTrade[]
  readonly riskFreePerYear: number
  readonly expected: Named
}

describe('trading, as NumPy and pandas have it', () => {
  it.each(golden('trading') as TradingCase[])('$name', ({ times, equity, trades, riskFreePerYear, expected }) => {
    const metrics = tradingMetrics({ times, equity }, trades, { timeframe: '15m', riskFreePerYear })
    const { drawdown, ...figures } = metrics
    const all: Readonly<Record<string, unknown>> = { ...figures, ...drawdown }
    for (const [name, value] of Object.entries(expected)) expectNear(all[name] as number | null, value, name, 1e-9)
    expect(metrics.missingBars).toBe((times.at(-1)! - times[0]!) / 900_000 - (times.length - 1))
  })
})

interface LogisticCase {
  readonly name: string
  readonly features: Values
  readonly actual: Values
  readonly later: Values
  readonly rows: number
  readonly c: number
  readonly probabilities: Values
  readonly weights: Values
}

describe('logistic regression, as scikit-learn has it', () => {
  it.each(golden('logistic') as LogisticCase[])('$name', ({ features, actual, c, later, rows, ...expected }) => {
    const classes = ['LONG', 'SHORT', 'NEUTRAL']
    const fit = fitLogisticRegression({ features, actual, classes, c, tolerance: 1e-9 })
    expect(fit.gradient).toBeLessThanOrEqual(1e-9)
    expectAllNear(fit.predict({ rows, features: later }).probabilities, expected.probabilities, 'probability', 1e-7)
    expectAllNear(fit.weights, expected.weights, 'weight', 1e-5)
  })
})

interface BootstrapFile {
  readonly values: Values
  readonly other: Values
  readonly blockLength: number
  readonly level: number
  readonly cases: readonly {
    readonly kind: BlockKind
    readonly starts: readonly Values[]
    readonly first: Values
    readonly mean: Values
    readonly standardError: number
    readonly ic: Values
  }[]
}

describe('block samples of the same starts, as NumPy has them', () => {
  const { values, other, blockLength, level, cases } = golden('bootstrap') as BootstrapFile

  it.each(cases)('$kind', ({ kind, starts, first, mean, standardError, ic }) => {
    const plan = { kind, length: values.length, blockLength }
    const samples = starts.map((places) => momentsFrom(places, plan, new Int32Array(values.length)))
    expect([...samples[0]!]).toEqual(first)
    const take = (column: Values, rows: Int32Array): number[] => Array.from(rows, (row) => column[row]!)
    const means = samples.map((rows) => take(values, rows).reduce((sum, value) => sum + value, 0) / rows.length)
    const ofMeans = intervalOf(null, means, level)
    expectAllNear([ofMeans.low, ofMeans.high], mean, 'bound of the mean')
    expectNear(ofMeans.standardError, standardError, 'standard error')
    const ofIcs = intervalOf(
      null,
      samples.map((rows) => pearson(take(values, rows), take(other, rows))),
      level,
    )
    expectAllNear([ofIcs.low, ofIcs.high], ic, 'bound of the IC')
  })
})
