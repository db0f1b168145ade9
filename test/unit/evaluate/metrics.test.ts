import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  calibrationMetrics,
  classificationMetrics,
  evaluateModel,
  informationCoefficients,
  noiseSensitivity,
  pearson,
  regressionMetrics,
  sidesOfReturns,
  spearman,
  spreadOf,
} from '../../../src/evaluate/index.ts'
import { mostProbableClasses } from '../../../src/evaluate/metrics/probabilities.ts'
import { expectNear } from './golden.ts'
import { failureOf } from './refusal.ts'

const classes = ['LONG', 'SHORT', 'NEUTRAL']
const classNumber = fc.integer({ min: 0, max: 2 })
const calls = fc.array(fc.tuple(classNumber, classNumber), { maxLength: 60 })
const value = fc.double({ min: -1, max: 1, noNaN: true }).map((x) => Math.round(x * 1e6) / 1e6)
const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 60 })
const shares = fc
  .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000))
  .map(([a, b, c]) => (a + b + c === 0 ? [1, 0, 0] : [a, b, c].map((part) => part / (a + b + c))))
const forecasts = fc.array(fc.tuple(shares, classNumber), { minLength: 1, maxLength: 40 })

const split = <A, B>(items: readonly (readonly [A, B])[]): [A[], B[]] => [
  items.map(([a]) => a),
  items.map(([, b]) => b),
]

/** The items in another order, the same for the same key. */
const shuffled = <Item>(items: readonly Item[], key: number): Item[] =>
  items
    .map((item, i) => ({ item, at: Math.sin((i + 1) * (key + 1)) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

describe('classification metrics', () => {
  it('say nothing of no rows', () => {
    const metrics = classificationMetrics([], [], { classes })
    expect(metrics).toMatchObject({ n: 0, accuracy: null, macro: { precision: null, recall: null, f1: null } })
    expect(metrics.directional).toEqual({ calls: 0, coverage: null, hitRate: null, recall: null, f1: null })
  })

  it('have no hit rate where nothing was called', () => {
    const { directional } = classificationMetrics([0, 1, 2], [2, 2, 2], { classes })
    expect(directional).toEqual({ calls: 0, coverage: 0, hitRate: null, recall: 0, f1: 0 })
  })

  it('count every class as a call where none is neutral', () => {
    const { directional, accuracy } = classificationMetrics([0, 1, 2, 2], [0, 1, 2, 0], { classes, neutral: null })
    expect(directional).toMatchObject({ calls: 4, coverage: 1, hitRate: accuracy })
  })

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(calls, fc.nat(), (rows, key) => {
        const of = (items: typeof rows): unknown => classificationMetrics(...split(items), { classes })
        expect(of(shuffled(rows, key))).toEqual(of(rows))
      }),
    )
  })

  it('follow the names when LONG and SHORT are swapped', () => {
    const swap = (i: number): number => [1, 0, 2][i]!
    fc.assert(
      fc.property(calls, (rows) => {
        const [actual, predicted] = split(rows)
        const before = classificationMetrics(actual, predicted, { classes })
        const after = classificationMetrics(actual.map(swap), predicted.map(swap), {
          classes: ['SHORT', 'LONG', 'NEUTRAL'],
        })
        expect(after.perClass.find((one) => one.class === 'LONG')).toEqual(before.perClass[0])
        expect(after.directional).toEqual(before.directional)
        expect(after.accuracy).toBe(before.accuracy)
      }),
    )
  })

  it('exchange precision and recall when calls and outcomes are exchanged', () => {
    fc.assert(
      fc.property(calls, (rows) => {
        const [actual, predicted] = split(rows)
        const one = classificationMetrics(actual, predicted, { classes }).perClass
        const other = classificationMetrics(predicted, actual, { classes }).perClass
        expect(other.map(({ precision }) => precision)).toEqual(one.map(({ recall }) => recall))
        expect(other.map(({ f1 }) => f1)).toEqual(one.map(({ f1 }) => f1))
      }),
    )
  })

  it.each([
    [
      () => classificationMetrics([0, 3], [0, 1], { classes }),
      'Row 1 of "actual" is 3. It must be a class number from 0 to 2: correct it, or leave the row out.',
    ],
    [() => classificationMetrics([0], [Number.NaN], { classes }), 'Row 0 of "predicted" is NaN.'],
    [() => classificationMetrics([0.5], [0], { classes }), 'Row 0 of "actual" is 0.5.'],
    [
      () => classificationMetrics([0], [0, 1], { classes }),
      '"predicted" is 2 values long. It must be 1 long, as actual is.',
    ],
    [() => classificationMetrics([], [], { classes: ['LONG'] }), '"classes" is 1 name(s).'],
    [() => classificationMetrics([], [], { classes: ['A', 'A'] }), '"classes" is "A" twice.'],
    [
      () => classificationMetrics([], [], { classes, neutral: 'FLAT' }),
      '"neutral" is "FLAT". It must be one of LONG, SHORT, NEUTRAL.',
    ],
  ])('refuse what cannot be (%#)', (measure, message) => {
    expect(failureOf(measure)).toContain(message)
  })
})

describe('the class that is called', () => {
  it.each([
    [[0.5, 0.3, 0.2], 0],
    [[0.2, 0.5, 0.3], 1],
    [[0.2, 0.3, 0.5], 2],
    [[0.4, 0.4, 0.2], 2],
    [[0.4, 0.2, 0.4], 0],
    [[0.2, 0.4, 0.4], 1],
    [[0, 0, 1], 2],
  ])('of %j is %i, by the rule of the signals', (probabilities, expected) => {
    expect([...mostProbableClasses(Float64Array.from(probabilities), 3, 2)]).toEqual([expected])
    // Wherever the class that is no call stands.
    const moved = [probabilities[2]!, probabilities[0]!, probabilities[1]!]
    expect([...mostProbableClasses(Float64Array.from(moved), 3, 0)]).toEqual([(expected + 1) % 3])
  })

  it('is the first of equal ones where every class is a call', () => {
    expect([...mostProbableClasses(Float64Array.from([0.2, 0.4, 0.4, 0.5, 0.5, 0]), 3, -1)]).toEqual([1, 0])
  })

  it('of a return is that of the training targets', () => {
    expect([...sidesOfReturns([0.0071, 0.007, 0, -0.0069, -0.007, -0.5], 0.007)]).toEqual([0, 2, 2, 2, 1, 1])
    expect(failureOf(() => sidesOfReturns([0], -1))).toContain('"threshold" is -1')
  })
})

describe('calibration metrics', () => {
  it('say nothing of no rows', () => {
    expect(calibrationMetrics([], [], { classes })).toMatchObject({ n: 0, ece: null, brier: null, logLoss: null })
  })

  it('find no error in what is certain and right', () => {
    const metrics = calibrationMetrics([1, 0, 0, 0, 0, 1], [0, 2], { classes })
    expect(metrics).toMatchObject({ ece: 0, brier: 0, logLoss: 0, floored: 0 })
    expect(metrics.bins.at(-1)).toEqual({ low: 14 / 15, high: 1, n: 2, confidence: 1, accuracy: 1 })
    expect(metrics.bins[0]).toEqual({ low: 0, high: 1 / 15, n: 0, confidence: null, accuracy: null })
  })

  it('say how many log losses stand at the floor', () => {
    const metrics = calibrationMetrics([1, 0, 0, 0, 0, 1], [1, 2], { classes })
    expect(metrics).toMatchObject({ brier: 1, logLoss: 26 * Math.log(2), floored: 1 })
    expect(calibrationMetrics([0.98, 0.01, 0.01], [1], { classes }).floored).toBe(0)
  })

  it('put every edge into the bin below, and what lies above it into the next', () => {
    const binOf = (top: number, bins: number): number =>
      calibrationMetrics([top, 1 - top], [0], { classes: ['A', 'B'], bins }).bins.findIndex(({ n }) => n === 1)
    for (let bins = 2; bins <= 60; bins++)
      for (let edge = Math.ceil(bins / 2); edge <= bins; edge++) {
        expect(binOf(edge / bins, bins)).toBe(edge - 1)
        // Doubles from 0.5 to 1 are 2^-53 apart.
        if (edge < bins) expect(binOf(edge / bins + 2 ** -53, bins)).toBe(edge)
      }
  })

  it('lie within their bounds and do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(forecasts, fc.nat(), (rows, key) => {
        const of = (items: typeof rows): ReturnType<typeof calibrationMetrics> => {
          const [probabilities, actual] = split(items)
          return calibrationMetrics(probabilities.flat(), actual, { classes })
        }
        const [metrics, again] = [of(rows), of(shuffled(rows, key))]
        for (const name of ['ece', 'brier', 'logLoss'] as const) expectNear(again[name], metrics[name], name)
        expect(metrics.ece).toBeGreaterThanOrEqual(0)
        expect(metrics.ece).toBeLessThanOrEqual(1)
        expect(metrics.brier).toBeLessThanOrEqual(2)
        expect(metrics.logLoss).toBeLessThanOrEqual(26.0001 * 2 * Math.log(2))
      }),
    )
  })

  it.each([
    [
      () => calibrationMetrics([0.5, 0.5, Number.NaN], [0], { classes }),
      'Row 0 of "probabilities" is NaN. It must be from 0 to 1',
    ],
    [() => calibrationMetrics([1, 0, 0, 0.5, 0.6, -0.1], [0, 0], { classes }), 'Row 1 of "probabilities" is -0.1.'],
    [() => calibrationMetrics([0.5, 0.3, 0.1], [0], { classes }), 'distributed with the sum 0.9'],
    [() => calibrationMetrics([1, 0], [0], { classes }), '"probabilities" is 2 values long.'],
    [() => calibrationMetrics([], [], { classes, bins: 0 }), '"bins" is 0. It must be a whole number of at least 1.'],
  ])('refuse what cannot be (%#)', (measure, message) => {
    expect(failureOf(measure)).toContain(message)
  })
})

describe('coefficients', () => {
  it('lie between -1 and 1, are symmetric, and turn their sign with a column', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [x, y] = split(rows)
        const negative = y.map((item) => -item)
        for (const correlate of [pearson, spearman]) {
          const result = correlate(x, y)
          expectNear(correlate(y, x), result, 'exchanged')
          expectNear(correlate(x, negative), result === null ? null : -result, 'turned', 1e-9)
          if (result === null) expect(new Set(x).size === 1 || new Set(y).size === 1).toBe(true)
          else expect(Math.abs(result)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('do not depend on scale, level or order', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 100 }), fc.nat(), (rows, scale, key) => {
        const [x, y] = split(rows)
        const [movedX, movedY] = split(shuffled(rows, key).map(([a, b]) => [a * scale, b + scale] as const))
        expectNear(
          spearman(
            movedX.map((item) => item / scale),
            movedY,
          ),
          spearman(
            x,
            y.map((item) => item + scale),
          ),
          'rank',
          1e-9,
        )
        // A level of 100 leaves the last digits of values of 1e-6 to rounding.
        const [before, after] = [
          pearson(x, y),
          pearson(
            movedX,
            y.map((_, i) => movedY[i]! - scale),
          ),
        ]
        if (before !== null && Math.max(...x) - Math.min(...x) > 0.01 && Math.max(...y) - Math.min(...y) > 0.01)
          expectNear(after, before, 'value', 1e-6)
      }),
    )
  })

  it('by rank do not change under any rising map', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [x, y] = split(rows)
        expect(
          spearman(
            x.map((item) => item ** 3 + item),
            y,
          ),
        ).toBe(spearman(x, y))
      }),
    )
  })

  it('take 0 and -0 for equal', () => {
    expect(spearman([0, -0, 1], [1, 2, 3])).toBe(spearman([0, 0, 1], [1, 2, 3]))
  })

  it('are undefined over one row or a column that never changes, and never NaN', () => {
    expect([pearson([], []), pearson([1], [2]), pearson([0.1, 0.1, 0.1], [1, 2, 3])]).toEqual([null, null, null])
    expect([spearman([], []), spearman([1], [2]), spearman([1, 2, 3], [0.3, 0.3, 0.3])]).toEqual([null, null, null])
    expect(regressionMetrics([], [])).toEqual({ n: 0, mae: null, rmse: null, bias: null, ic: null, rankIc: null })
  })

  it.each([
    [() => pearson([1, Number.NaN], [1, 2]), 'Row 1 of "x" is NaN. It must be a finite number'],
    [() => spearman([1, 2], [1, Infinity]), 'Row 1 of "y" is Infinity.'],
    [() => pearson([1], [1, 2]), '"y" is 2 values long. It must be 1 long, as x is.'],
    [() => regressionMetrics([1], []), '"actual" is 0 values long.'],
    [() => regressionMetrics([-Infinity], [1]), 'Row 0 of "predicted" is -Infinity.'],
  ])('refuse what cannot be (%#)', (measure, message) => {
    expect(failureOf(measure)).toContain(message)
  })
})

describe('coefficients of groups', () => {
  const times = [0, 1, 2, 3, 4, 5, 6, 7].map((bar) => bar * 1000)
  const predicted = [1, 2, 3, 4, 1, 2, 3, 4]
  const actual = [1, 2, 3, 4, 4, 3, 2, 1]

  it('tell windows that contradict each other', () => {
    const { pooled, windows, icOfWindows } = informationCoefficients(
      predicted,
      actual,
      { times, symbols: 'A' },
      { window: { count: 2 } },
    )
    expect(windows.map(({ from, to, n, rankIc }) => [from, to, n, rankIc])).toEqual([
      [0, 3000, 4, 1],
      [4000, 7000, 4, -1],
    ])
    expect(icOfWindows).toMatchObject({ mean: 0, variance: 2, meanByStd: 0 })
    expect(pooled.ic).toBe(0)
  })

  it('share moments out among windows that differ by one at most', () => {
    const sizesOf = (count: number): number[] =>
      informationCoefficients(predicted, actual, { times, symbols: 'A' }, { window: { count } }).windows.map(
        ({ n }) => n,
      )
    expect(sizesOf(3)).toEqual([2, 3, 3])
    expect(sizesOf(5)).toEqual([1, 2, 1, 2, 2])
    expect(sizesOf(20)).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('have no ICIR where all windows agree', () => {
    const { icOfWindows } = informationCoefficients(times, times, { times, symbols: 'A' }, { window: { count: 2 } })
    expect(icOfWindows).toMatchObject({ mean: 1, std: 0, meanByStd: null })
  })

  it('take only rows of a symbol whose outcomes do not overlap', () => {
    const { symbols } = informationCoefficients(predicted, actual, { times, symbols: 'A' }, { horizonMs: 3000 })
    // Bars 0, 3 and 6.
    expect(symbols).toMatchObject([
      { symbol: 'A', n: 3, ic: pearson([1, 4, 3], [1, 4, 2]), rankIc: spearman([1, 4, 3], [1, 4, 2]) },
    ])
  })

  it('tell of each symbol by itself how steady it is, over all its rows in each window', () => {
    const { symbols } = informationCoefficients(
      [...predicted, ...predicted],
      [...actual, ...predicted],
      { times: [...times, ...times], symbols: [...times.map(() => 'A'), ...times.map(() => 'B')] },
      { window: { count: 2 }, horizonMs: 4000 },
    )
    expect(symbols).toMatchObject([
      { symbol: 'A', n: 2, icMean: 0, icStd: Math.SQRT2, icir: 0, rankIcMean: 0, rankIcStd: Math.SQRT2, rankIcir: 0 },
      { symbol: 'B', n: 2, icMean: 1, icStd: 0, icir: null, rankIcMean: 1, rankIcStd: 0, rankIcir: null },
    ])
  })

  it('across symbols have no ICIR where all moments agree, or where there is one', () => {
    const keys = { times: [0, 0, 0, 0, 1, 1, 1, 1], symbols: ['A', 'B', 'C', 'D', 'A', 'B', 'C', 'D'] }
    const icirOf = (actualReturns: readonly number[], times: readonly number[] = keys.times): unknown => {
      const horizon = { name: '1 bar', bars: 1, predictedReturns: predicted.slice(0, times.length), actualReturns }
      const symbols = keys.symbols.slice(0, times.length)
      const options = { timeframe: '15m', bootstrap: false, minSymbols: 4 } as const
      return evaluateModel({ times, symbols, horizons: [horizon] }, options).horizons[0]!.metrics['icirCs']
    }
    expect(icirOf([1, 3, 2, 4, 1, 3, 2, 4]), 'both 0.8').toBeNull()
    expect(icirOf([1, 2, 3, 4], [0, 0, 0, 0])).toBeNull()
    // 1 and 0.8: 0.9 by 0.1 x root of 2.
    expect(icirOf([1, 2, 3, 4, 1, 3, 2, 4])).toBeCloseTo(0.9 / (0.1 * Math.SQRT2), 12)
  })

  it('have no cross-section of too few symbols', () => {
    const keys = { times: [0, 0, 0, 0, 1, 1, 1, 1], symbols: ['A', 'B', 'C', 'D', 'A', 'B', 'C', 'D'] }
    expect(informationCoefficients(predicted, actual, keys).crossSection.ic).toMatchObject({ n: 0, mean: null })
    const { ic } = informationCoefficients(predicted, actual, keys, { minSymbols: 4 }).crossSection
    expect(ic).toMatchObject({ n: 2, mean: 0 })
  })

  it.each([
    [{ window: { count: 0 } }, '"window.count" is 0.'],
    [{ window: { lengthMs: 0 } }, '"window.lengthMs" is 0.'],
    [{ minSymbols: 2 }, '"minSymbols" is 2. It must be a whole number of at least 3.'],
    [{ horizonMs: -1 }, '"horizonMs" is -1.'],
  ])('refuse %j', (options, message) => {
    expect(failureOf(() => informationCoefficients(predicted, actual, { times, symbols: 'A' }, options))).toContain(
      message,
    )
  })

  it('refuse a moment of a symbol that is there twice', () => {
    const twice = { times: [0, 1, 1], symbols: ['A', 'A', 'A'] }
    expect(failureOf(() => informationCoefficients([1, 2, 3], [1, 2, 3], twice))).toContain(
      'Row 2 of "times" is A at 1 again.',
    )
  })
})

describe('a spread', () => {
  it('counts what is undefined and leaves it out', () => {
    expect(spreadOf([0.1, null, 0.3])).toMatchObject({ n: 2, undefinedCount: 1, mean: 0.2, min: 0.1, max: 0.3 })
    expectNear(spreadOf([0.1, null, 0.3]).variance, 0.02, 'variance')
  })

  it('of as many values as there are moments in years has extremes', () => {
    expect(spreadOf(Array.from({ length: 300_000 }, (_, i) => i))).toMatchObject({ min: 0, max: 299_999 })
  })

  it('of one value has no variance, of equal ones exactly none', () => {
    expect(spreadOf([0.1])).toMatchObject({ n: 1, mean: 0.1, variance: null, std: null, meanByStd: null })
    expect(spreadOf([0.1, 0.1, 0.1])).toMatchObject({ mean: 0.1, variance: 0, std: 0, meanByStd: null })
    expect(spreadOf([null])).toMatchObject({ n: 0, undefinedCount: 1, mean: null, min: null })
  })
})

describe('sensitivity to noise', () => {
  it('is none where nothing changed', () => {
    expect(noiseSensitivity([0.2, 0.8, 0.6, 0.4], [0.2, 0.8, 0.6, 0.4], 2)).toEqual({
      n: 2,
      meanAbsolute: 0,
      rootMeanSquare: 0,
      largest: 0,
      relative: 0,
      flips: 0,
    })
  })

  it('tells how far outputs moved and how many rows changed their mind', () => {
    const moved = noiseSensitivity([0.2, 0.8, 0.6, 0.4], [0.3, 0.7, 0.4, 0.6], 2)
    expect(moved).toMatchObject({ n: 2, flips: 0.5 })
    expectNear(moved.meanAbsolute, 0.15, 'mean')
    expectNear(moved.largest, 0.2, 'largest')
    expectNear(moved.rootMeanSquare, Math.sqrt(0.025), 'root')
    expectNear(moved.relative, Math.sqrt(0.1 / 0.2), 'relative')
  })

  it('grows in proportion to the noise', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [clean, noise] = split(rows)
        const [once, twice] = [1, 2].map((size) =>
          noiseSensitivity(
            clean,
            clean.map((item, i) => item + size * noise[i]!),
          ),
        )
        expectNear(twice!.rootMeanSquare, 2 * once!.rootMeanSquare!, 'root')
        expectNear(twice!.meanAbsolute, 2 * once!.meanAbsolute!, 'mean')
      }),
    )
  })

  it('is undefined without rows, without change to measure it by, and has no flips of single outputs', () => {
    expect(noiseSensitivity([], [], 3)).toMatchObject({ n: 0, meanAbsolute: null, flips: null })
    expect(noiseSensitivity([1, 1], [1, 2])).toMatchObject({ relative: null, flips: null, meanAbsolute: 0.5 })
  })

  it.each([
    [
      () => noiseSensitivity([1, 2, 3], [1, 2, 3], 2),
      '"width" is 2. It must be a whole number that divides the 3 outputs.',
    ],
    [() => noiseSensitivity([1], [1, 2]), '"noisy" is 2 values long.'],
    [() => noiseSensitivity([1, 2, 3, 4], [1, 2, 3, Number.NaN], 2), 'Row 1 of "noisy[1]" is NaN.'],
  ])('refuses what cannot be (%#)', (measure, message) => {
    expect(failureOf(measure)).toContain(message)
  })
})
