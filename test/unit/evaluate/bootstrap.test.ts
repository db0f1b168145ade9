import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blockBootstrap,
  defaultBlockLength,
  type Interval,
  pairedBlockBootstrap,
  type Statistics,
} from '../../../src/evaluate/index.ts'
import { blocksOf, drawStarts, momentsFrom } from '../../../src/evaluate/bootstrap/blocks.ts'
import { failureOf } from './refusal.ts'
import { normals } from './rows.ts'

const mean =
  (values: ArrayLike<number>) =>
  (rows: Int32Array): Statistics => ({ mean: rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length })

/** A series in which each value keeps a share of the one before. */
function series(length: number, kept: number, seed: number): Float64Array {
  const normal = normals(seed)
  let last = normal()
  return Float64Array.from({ length }, () => (last = kept * last + Math.sqrt(1 - kept ** 2) * normal()))
}

const widthOf = ({ low, high }: Interval): number => high! - low!
const plans = fc.record({
  kind: fc.constantFrom('circular' as const, 'moving' as const),
  length: fc.integer({ min: 1, max: 50 }),
  blockLength: fc.integer({ min: 1, max: 50 }),
})

describe('a sample of blocks', () => {
  it('is as long as the series and made of neighbours', () => {
    fc.assert(
      fc.property(plans, fc.nat(), (made, seed) => {
        const plan = { ...made, blockLength: Math.min(made.blockLength, made.length) }
        const starts = drawStarts(plan, seed)()
        expect(starts).toHaveLength(blocksOf(plan))
        const moments = momentsFrom(starts, plan, new Int32Array(plan.length))
        for (const [i, moment] of moments.entries()) {
          const within = i % plan.blockLength
          expect(moment).toBe((starts[Math.floor(i / plan.blockLength)]! + within) % plan.length)
          // A moving block never goes over the end.
          if (plan.kind === 'moving') expect(moment).toBe(starts[Math.floor(i / plan.blockLength)]! + within)
        }
      }),
    )
  })

  it('draws every moment of a circle as often as any other', () => {
    const plan = { kind: 'circular', length: 10, blockLength: 5 } as const
    const draw = drawStarts(plan, 4)
    const counts = new Int32Array(10)
    for (let i = 0; i < 5000; i++) for (const moment of momentsFrom(draw(), plan, new Int32Array(10))) counts[moment]!++
    // 5000 are due, with a deviation below 160.
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(800)
  })
})

describe('a block length', () => {
  it.each([
    [1000, undefined, 10],
    [1001, undefined, 11],
    [20_000, undefined, 28],
    [20_000, 16, 32],
    [20_000, 1, 28],
    [20_000, 14, 28],
    [20_000, 48, 96],
    [1, undefined, 1],
  ])('of %i moments that overlap by %s is %i', (moments, overlap, expected) => {
    expect(defaultBlockLength(moments, overlap)).toBe(expected)
  })
})

describe('the block bootstrap', () => {
  const values = series(400, 0, 1)

  it('gives the same interval for the same seed, and another one for another', () => {
    const of = (seed?: number): unknown => blockBootstrap(values.length, mean(values), { seed, resamples: 200 })
    expect(of(7)).toEqual(of(7))
    expect(of()).toEqual(of(1))
    expect(of(8)).not.toEqual(of(7))
  })

  it.each(['circular', 'moving'] as const)('contains what it bounds, in blocks that are %s', (kind) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (seed, kept) => {
          const made = series(200, kept, seed | 0)
          const { intervals } = blockBootstrap(made.length, mean(made), { kind, resamples: 200, seed })
          const { estimate, low, high, standardError } = intervals['mean']!
          expect(low).toBeLessThanOrEqual(estimate!)
          expect(high).toBeGreaterThanOrEqual(estimate!)
          expect(standardError).toBeGreaterThan(0)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('has the standard error of theory for independent rows', () => {
    const long = series(4000, 0, 3)
    const { standardError } = blockBootstrap(long.length, mean(long)).intervals['mean']!
    expect(standardError! * Math.sqrt(long.length)).toBeGreaterThan(0.85)
    expect(standardError! * Math.sqrt(long.length)).toBeLessThan(1.15)
  })

  it('is wider where rows depend on those before, as theory has it', () => {
    const long = series(4000, 0.8, 3)
    const { standardError } = blockBootstrap(long.length, mean(long), { blockLength: 80 }).intervals['mean']!
    // Root of (1 + 0.8) / (1 - 0.8) is 3.
    expect(standardError! * Math.sqrt(long.length)).toBeGreaterThan(2.4)
    expect(standardError! * Math.sqrt(long.length)).toBeLessThan(3.6)
    const alone = blockBootstrap(long.length, mean(long), { blockLength: 1 }).intervals['mean']!
    expect(standardError).toBeGreaterThan(2 * alone.standardError!)
  })

  it('has no width where nothing varies', () => {
    const { intervals } = blockBootstrap(50, mean(new Float64Array(50).fill(0.1)), { resamples: 50 })
    expect(intervals['mean']).toMatchObject({ standardError: 0, undefinedSamples: 0 })
    expect(widthOf(intervals['mean']!)).toBe(0)
  })

  it('is wider at a higher level', () => {
    const at = (level: number): number =>
      widthOf(blockBootstrap(values.length, mean(values), { level, resamples: 200 }).intervals['mean']!)
    expect(at(0.99)).toBeGreaterThan(at(0.9))
    expect(at(0.9)).toBeGreaterThan(at(0.5))
  })

  it('moves and stretches with the values', () => {
    const of = (column: Float64Array): Interval => blockBootstrap(column.length, mean(column)).intervals['mean']!
    const [before, after] = [of(values), of(values.map((value) => 10 * value + 3))]
    expect(after.low).toBeCloseTo(10 * before.low! + 3, 9)
    expect(after.high).toBeCloseTo(10 * before.high! + 3, 9)
    expect(after.standardError).toBeCloseTo(10 * before.standardError!, 9)
  })

  it('draws rows of one moment together, whatever their order', () => {
    // Ten symbols that all do the same are worth one.
    const market = series(300, 0, 5)
    const rows = Array.from({ length: 3000 }, (_, i) => i)
    const times = rows.map((row) => (row * 7) % 300)
    const column = Float64Array.from(times, (time) => market[time]!)
    const together = blockBootstrap(3000, mean(column), { times, blockLength: 1 }).intervals['mean']!
    const one = blockBootstrap(300, mean(market), { blockLength: 1 }).intervals['mean']!
    expect(together.low).toBeCloseTo(one.low!, 9)
    expect(together.high).toBeCloseTo(one.high!, 9)
    const apart = blockBootstrap(3000, mean(column), { blockLength: 1 }).intervals['mean']!
    expect(widthOf(apart)).toBeLessThan(0.5 * widthOf(together))
  })

  it('counts the samples in which a statistic is undefined', () => {
    const rare = (rows: Int32Array): Statistics => ({ has: rows.includes(3) ? 1 : null, none: null })
    const { intervals } = blockBootstrap(60, rare, { blockLength: 1, resamples: 300 })
    expect(intervals['has']).toMatchObject({ estimate: 1, low: 1, high: 1 })
    expect(intervals['has']!.undefinedSamples).toBeGreaterThan(50)
    expect(intervals['none']).toEqual({
      estimate: null,
      low: null,
      high: null,
      standardError: null,
      undefinedSamples: 300,
    })
  })

  it('bounds nothing that most samples leave undefined', () => {
    const without = (rows: Int32Array): Statistics => ({ has: rows.includes(3) ? null : 1 })
    const has = blockBootstrap(60, without, { blockLength: 1, resamples: 300 }).intervals['has']!
    expect(has).toMatchObject({ low: null, high: null, standardError: null })
    expect(has.undefinedSamples).toBeGreaterThan(150)
    expect(has.undefinedSamples).toBeLessThan(298)
  })

  it('says what it did', () => {
    expect(blockBootstrap(1000, mean(series(1000, 0, 1)), { resamples: 10, overlap: 16 }).plan).toEqual({
      resamples: 10,
      level: 0.95,
      seed: 1,
      kind: 'circular',
      moments: 1000,
      blockLength: 32,
      overlap: 16,
    })
  })

  it.each([
    [{ resamples: 1 }, '"resamples" is 1. It must be a whole number of at least 2.'],
    [{ level: 1 }, '"level" is 1.'],
    [{ seed: 0.5 }, '"seed" is 0.5.'],
    [{ seed: 2 ** 32 }, '"seed" is 4294967296.'],
    [{ blockLength: 7, overlap: 8 }, '"blockLength" is 7. It must be a whole number of at least 8.'],
    [{ blockLength: 51 }, '"blockLength" is 51. It must be at most half of the 100 moments.'],
    [{ overlap: 26 }, '"blockLength" is 52. It must be at most half of the 100 moments.'],
    [{ times: [1, 2] }, '"times" is 2 values long.'],
  ])('refuses %j', (options, message) => {
    expect(failureOf(() => blockBootstrap(100, mean(values), options))).toContain(message)
  })

  it('refuses a statistic that is not a number', () => {
    const wrong = (): Statistics => ({ ic: Number.NaN })
    expect(failureOf(() => blockBootstrap(100, wrong))).toContain(
      '"statistic ic" is NaN. It must be a finite number, or null',
    )
  })
})

describe('the paired bootstrap', () => {
  const market = series(500, 0, 9)
  const edge = series(500, 0, 10).map((value, i) => market[i]! + 0.1 + 0.05 * value)

  it('tells apart what two intervals of their own cannot', () => {
    const { intervals } = pairedBlockBootstrap(500, mean(market), mean(edge))
    expect(intervals['mean']!.low).toBeGreaterThan(0)
    const [first, second] = [market, edge].map((column) => blockBootstrap(500, mean(column)).intervals['mean']!)
    expect(first!.high).toBeGreaterThan(second!.low!)
  })

  it('finds no difference between a model and itself', () => {
    const { intervals } = pairedBlockBootstrap(500, mean(market), mean(market))
    expect(intervals['mean']).toMatchObject({ estimate: 0, low: 0, high: 0, standardError: 0 })
  })

  it('turns its sign when the models are exchanged', () => {
    const [one, other] = [
      pairedBlockBootstrap(500, mean(market), mean(edge)).intervals['mean']!,
      pairedBlockBootstrap(500, mean(edge), mean(market)).intervals['mean']!,
    ]
    expect(other.estimate).toBe(-one.estimate!)
    expect(other.low).toBeCloseTo(-one.high!, 12)
  })

  it('is undefined where one of the two is', () => {
    const { intervals } = pairedBlockBootstrap(50, mean(market), () => ({ mean: null }), { resamples: 10 })
    expect(intervals['mean']).toMatchObject({ estimate: null, low: null, undefinedSamples: 10 })
  })
})
