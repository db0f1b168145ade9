import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCandlewickError } from '../../../src/core/errors.ts'
import { minimise } from '../../../src/evaluate/baselines/minimise.ts'
import {
  evaluateModel,
  fitLogisticRegression,
  momentumBaseline,
  neutralBaseline,
  pastReturns,
} from '../../../src/evaluate/index.ts'
import { finish } from '../../../src/evaluate/steps.ts'
import { failureOf } from './refusal.ts'
import { barMs, madeRows, normals, sides } from './rows.ts'

const sumsOf = (probabilities: Float64Array, size: number): number[] =>
  Array.from({ length: probabilities.length / size }, (_, row) =>
    probabilities.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value, 0),
  )

describe('the baseline that never calls', () => {
  it('is NEUTRAL everywhere and expects nothing', () => {
    const { probabilities, predictedReturns } = neutralBaseline().predict({ rows: 2 })
    expect([...probabilities]).toEqual([0, 0, 1, 0, 0, 1])
    expect([...predictedReturns!]).toEqual([0, 0])
  })

  it('is less sure on demand', () => {
    const { probabilities } = neutralBaseline({ confidence: 0.5 }).predict({ rows: 1 })
    expect([...probabilities]).toEqual([0.25, 0.25, 0.5])
    expect(failureOf(() => neutralBaseline({ confidence: 0.3 }))).toContain('"confidence" is 0.3.')
  })
})

describe('the baseline of momentum', () => {
  it('expects what was to go on, by the rule of the targets', () => {
    const past = [0.02, 0.01, 0, -0.01, -0.02]
    const { probabilities, predictedReturns } = momentumBaseline({ threshold: 0.01 }).predict({
      rows: 5,
      pastReturns: past,
    })
    expect([...probabilities]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0])
    expect([...predictedReturns!]).toEqual(past)
  })

  it('swaps LONG and SHORT when the past is turned over', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true })), (past) => {
        const moves = past.filter((value) => Math.abs(value) !== 0.01)
        const of = (values: number[]): number[] => [
          ...momentumBaseline({ threshold: 0.01 }).predict({ rows: values.length, pastReturns: values }).probabilities,
        ]
        const turned = of(moves.map((value) => -value))
        expect(turned).toEqual(of(moves).map((_, i, all) => all[i % 3 === 2 ? i : i + 1 - 2 * (i % 3)]!))
      }),
    )
  })

  it('takes its past from closes, and looks at nothing that comes', () => {
    expect([...pastReturns([100, 110, 99, 99], 1)].map((value) => value.toFixed(3))).toEqual([
      '0.100',
      '-0.100',
      '0.000',
    ])
    expect(pastReturns([1, 2], 2)).toHaveLength(0)
    const closes = [3, 1, 4, 1, 5, 9, 2, 6]
    expect([...pastReturns(closes.slice(0, 6), 2)]).toEqual([...pastReturns(closes, 2)].slice(0, 4))
  })

  it.each([
    [() => momentumBaseline({ threshold: -1 }), '"threshold" is -1.'],
    [() => momentumBaseline({ threshold: 0 }).predict({ rows: 1 }), '"pastReturns" is absent.'],
    [() => momentumBaseline({ threshold: 0 }).predict({ rows: 1, pastReturns: [] }), '"pastReturns" is 0 values long.'],
    [
      () => momentumBaseline({ threshold: 0 }).predict({ rows: 1, pastReturns: [Number.NaN] }),
      'Row 0 of "pastReturns" is NaN.',
    ],
    [() => pastReturns([1, 0], 1), '"close[1]" is 0.'],
    [() => pastReturns([1, 2], 0), '"bars" is 0.'],
  ])('refuses what cannot be (%#)', (work, message) => {
    expect(failureOf(work)).toContain(message)
  })
})

describe('logistic regression', () => {
  const normal = normals(2)
  const rows = 300
  const features = Float64Array.from({ length: rows * 3 }, () => normal())
  const actual = Uint8Array.from({ length: rows }, (_, row) => {
    const pull = features[row * 3]! + 0.5 * normal()
    if (pull > 0.5) return 0
    return pull < -0.5 ? 1 : 2
  })
  const fit = fitLogisticRegression({ features, actual, classes: sides })

  it('finds what the features tell', () => {
    const { probabilities } = fit.predict({ rows, features })
    const right = actual.reduce((sum, came, row) => {
      const own = [...probabilities.subarray(row * 3, row * 3 + 3)]
      return sum + (own.indexOf(Math.max(...own)) === came ? 1 : 0)
    }, 0)
    expect(right / rows).toBeGreaterThan(0.7)
    for (const sum of sumsOf(probabilities, 3)) expect(sum).toBeCloseTo(1, 12)
    expect(Math.abs(fit.intercepts.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-12)
  })

  it('gives the same numbers for the same rows', () => {
    const again = fitLogisticRegression({ features, actual, classes: sides })
    expect(again.weights).toEqual(fit.weights)
    expect(again.iterations).toBe(fit.iterations)
  })

  it('does not depend on the order of the rows', () => {
    const order = Array.from({ length: rows }, (_, row) => (row * 7) % rows)
    const moved = fitLogisticRegression({
      features: order.flatMap((row) => [...features.subarray(row * 3, row * 3 + 3)]),
      actual: order.map((row) => actual[row]!),
      classes: sides,
      tolerance: 1e-9,
    })
    const exact = fitLogisticRegression({ features, actual, classes: sides, tolerance: 1e-9 })
    for (const [i, weight] of exact.weights.entries()) expect(moved.weights[i]).toBeCloseTo(weight, 6)
  })

  it('trusts the data less where the penalty is stronger', () => {
    const sizeOf = (c: number): number =>
      fitLogisticRegression({ features, actual, classes: sides, c }).weights.reduce((sum, value) => sum + value ** 2, 0)
    expect(sizeOf(0.001)).toBeLessThan(sizeOf(1))
    expect(sizeOf(1)).toBeLessThan(sizeOf(1000))
  })

  it('gives no probability to a class that it never saw, and all of it to the only one', () => {
    const two = fitLogisticRegression({
      features,
      actual: actual.map((came) => (came === 1 ? 2 : came)),
      classes: sides,
    })
    const { probabilities } = two.predict({ rows, features })
    expect(probabilities.filter((_, i) => i % 3 === 1).every((value) => value === 0)).toBe(true)
    for (const sum of sumsOf(probabilities, 3)) expect(sum).toBeCloseTo(1, 12)
    const one = fitLogisticRegression({ features: [1, 2], actual: [1, 1], classes: sides })
    expect([...one.predict({ rows: 1, features: [9] }).probabilities]).toEqual([0, 1, 0])
  })

  it('learns the frequencies where the features tell nothing', () => {
    const { predict } = fitLogisticRegression({
      features: new Float64Array(10),
      actual: [0, 0, 0, 0, 0, 1, 1, 1, 2, 2],
      classes: sides,
      tolerance: 1e-10,
    })
    const { probabilities } = predict({ rows: 1, features: [0] })
    for (const [i, share] of [0.5, 0.3, 0.2].entries()) expect(probabilities[i]).toBeCloseTo(share, 8)
  })

  it('says so where it does not come to rest', () => {
    const work = (): unknown => fitLogisticRegression({ features, actual, classes: sides, maxIterations: 2 })
    expect(failureOf(work)).toMatch(/^The fit is not at rest after 2 steps: its gradient is .* Scale the features/)
  })

  it.each([
    [
      () => fitLogisticRegression({ features: [1, Number.NaN, 3, 4], actual: [0, 1], classes: sides }),
      'Row 0 of "features[1]" is NaN.',
    ],
    [
      () => fitLogisticRegression({ features: [1, 2, 3], actual: [0, 1], classes: sides }),
      '"features" is 3 values long.',
    ],
    [() => fitLogisticRegression({ features: [], actual: [], classes: sides }), '"features" is 0 values long.'],
    [() => fitLogisticRegression({ features: [1], actual: [3], classes: sides }), 'Row 0 of "actual" is 3.'],
    [() => fitLogisticRegression({ features: [1], actual: [0], classes: sides, c: 0 }), '"c" is 0.'],
    [() => fitLogisticRegression({ features: [1], actual: [0], classes: sides, tolerance: 0 }), '"tolerance" is 0.'],
    [() => fit.predict({ rows: 1 }), '"features" is absent.'],
    [() => fit.predict({ rows: 1, features: [1, 2] }), '"features" is 2 values long.'],
  ])('refuses what cannot be (%#)', (work, message) => {
    expect(failureOf(work)).toContain(message)
  })
})

describe('the search for the smallest value', () => {
  it('finds the bottom of a long bent valley', () => {
    // Convex, with curvatures from 1 to 1e4.
    const size = 8
    const target = Float64Array.from({ length: size }, (_, i) => i - 3)
    const valley = (point: Float64Array, slopes: Float64Array): number =>
      point.reduce((sum, value, i) => {
        const [steep, off] = [10 ** ((4 * i) / (size - 1)), value - target[i]!]
        slopes[i] = steep * (off + off ** 3)
        return sum + steep * (off ** 2 / 2 + off ** 4 / 4)
      }, 0)
    const { at, gradient } = finish(minimise(size, valley, { tolerance: 1e-9, maxIterations: 500 }))
    expect(gradient).toBeLessThanOrEqual(1e-9)
    for (const [i, value] of at.entries()) expect(value).toBeCloseTo(target[i]!, 8)
  })

  it('gives up on a function that has no bottom', () => {
    const slide = (point: Float64Array, slopes: Float64Array): number => {
      slopes[0] = -1
      return -point[0]!
    }
    let thrown: unknown
    try {
      finish(minimise(1, slide, { tolerance: 1e-6, maxIterations: 50 }))
    } catch (error) {
      thrown = error
    }
    if (!isCandlewickError(thrown, 'evaluate/not-converged')) throw thrown
    expect(thrown.details).toEqual({ iterations: 50, gradient: 1, tolerance: 1e-6 })
  })
})

describe('baselines', () => {
  it('are judged as models are', () => {
    const rows = madeRows(200)
    const [horizon] = rows.horizons
    const { name, bars, actualClasses, actualReturns } = horizon!
    const columns = neutralBaseline().predict({ rows: 200 })
    const report = evaluateModel(
      { ...rows, horizons: [{ name, bars, actualClasses, actualReturns, ...columns }] },
      { timeframe: '15m', bootstrap: false },
    )
    const { metrics } = report.horizons[0]!
    const neutral = Array.from(actualClasses!).filter((came) => came === 2).length / 200
    expect(metrics).toMatchObject({ accuracy: neutral, hitRate: null, coverage: 0, ic: null, rankIc: null })
    expect(report.horizons[0]!.to).toBe(199 * barMs)
  })
})
