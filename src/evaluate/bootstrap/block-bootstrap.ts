/** Confidence intervals of any statistic of a series whose rows are not independent. */
import { checkCount, checkLength, finiteColumn, refuseOption } from '../checks.ts'
import { spreadOf } from '../metrics/spread.ts'
import { panelOf } from '../panel.ts'
import { finish, type Steps } from '../steps.ts'
import { type BlockKind, type BlockPlan, defaultBlockLength, drawStarts, momentsFrom, rowsFrom } from './blocks.ts'

/** How a bootstrap is drawn. */
export interface BootstrapOptions {
  /** Samples. Default 1000. */
  readonly resamples?: number | undefined
  /** Share of the samples within the interval, above 0 and below 1. Default 0.95. */
  readonly level?: number | undefined
  /** Whole number from 0 to 4,294,967,295. Default 1. */
  readonly seed?: number | undefined
  /** Default `circular`, where every row is drawn as often (Politis and Romano 1992); `moving` is Künsch's of 1989. */
  readonly kind?: BlockKind | undefined
  /** Moments of a block. Default: the cube root of all, rounded up, and at least twice `overlap`. */
  readonly blockLength?: number | undefined
  /** Moments that one outcome spans: a block is never shorter. Default 1: outcomes do not overlap. */
  readonly overlap?: number | undefined
  /** Time of each row. Rows of one time are one moment and are drawn together. Default: each row is one, in the order given. */
  readonly times?: ArrayLike<number> | undefined
}

/** The options with nothing left open: with the rows, all that is needed to draw the same samples. */
export interface BootstrapPlan {
  readonly resamples: number
  readonly level: number
  readonly seed: number
  readonly kind: BlockKind
  readonly moments: number
  readonly blockLength: number
  readonly overlap: number
}

/** A statistic with the bounds between which it lies in `level` of the samples. */
export interface Interval {
  /** Of the rows themselves; `null` where it is undefined. */
  readonly estimate: number | null
  /** `null` where fewer than two, or fewer than half, of the samples have one. So is `high`. */
  readonly low: number | null
  readonly high: number | null
  /** Standard deviation over the samples. */
  readonly standardError: number | null
  /** Samples in which the statistic is undefined; they are left out. */
  readonly undefinedSamples: number
}

/** Several statistics of the same samples. */
export interface Intervals {
  readonly plan: BootstrapPlan
  readonly intervals: Readonly<Record<string, Interval>>
}

/** Values of statistics by name. */
export type Statistics = Readonly<Record<string, number | null>>

/** Checks the options and fills in what is left open. */
export function planBootstrap(moments: number, options: BootstrapOptions): BootstrapPlan {
  const { resamples = 1000, level = 0.95, seed = 1, kind = 'circular', overlap = 1 } = options
  checkCount('resamples', resamples, 2)
  checkCount('overlap', overlap)
  if (!(level > 0 && level < 1)) refuseOption('level', level, 'above 0 and below 1')
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff))
    refuseOption('seed', seed, 'a whole number from 0 to 4294967295')
  if (kind !== 'circular' && kind !== 'moving') refuseOption('kind', kind, 'circular or moving')
  const blockLength = options.blockLength ?? defaultBlockLength(moments, overlap)
  checkCount('blockLength', blockLength, overlap)
  return { resamples, level, seed, kind, moments, blockLength, overlap }
}

/** The quantile of sorted values, straight between neighbours (definition 7 of Hyndman and Fan 1996). */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (at - below) * (high - low)
}

/** The interval of a statistic from its values in the samples. */
export function intervalOf(estimate: number | null, samples: readonly (number | null)[], level: number): Interval {
  const known = Float64Array.from(samples.filter((value) => value !== null)).sort()
  const undefinedSamples = samples.length - known.length
  if (known.length < 2 || known.length * 2 < samples.length)
    return { estimate, low: null, high: null, standardError: null, undefinedSamples }
  return {
    estimate,
    low: quantile(known, (1 - level) / 2),
    high: quantile(known, (1 + level) / 2),
    standardError: spreadOf([...known]).std,
    undefinedSamples,
  }
}

/** Refuses a value that no statistic may have. */
function checked(values: Statistics): Statistics {
  for (const [name, value] of Object.entries(values))
    if (value !== null && !Number.isFinite(value))
      refuseOption(`statistic ${name}`, value, 'a finite number, or null where it is undefined')
  return values
}

/**
 * Intervals of statistics of places in moments: those of moment m are from `starts[m]` up to `starts[m + 1]`. The statistics get
 * the places and the moments of each sample, in buffers that are used again. Each sample is a step.
 */
export function* bootstrapSteps(
  starts: Int32Array,
  statistics: (places: Int32Array, moments: Int32Array) => Statistics,
  plan: BootstrapPlan,
): Steps<Intervals> {
  if (plan.blockLength * 2 > plan.moments)
    refuseOption('blockLength', plan.blockLength, `at most half of the ${plan.moments} moments`)
  const blocks: BlockPlan = { kind: plan.kind, length: plan.moments, blockLength: plan.blockLength }
  const draw = drawStarts(blocks, plan.seed)
  const moments = Int32Array.from({ length: plan.moments }, (_, i) => i)
  const most = moments.reduce((size, i) => Math.max(size, starts[i + 1]! - starts[i]!), 0)
  const places = new Int32Array(most * plan.moments)
  const measure = (): Statistics => checked(statistics(rowsFrom(moments, starts, places), moments))
  const estimates = measure()
  const samples = new Map(Object.keys(estimates).map((name) => [name, [] as (number | null)[]]))
  for (let i = 0; i < plan.resamples; i++) {
    momentsFrom(draw(), blocks, moments)
    const values = measure()
    for (const [name, list] of samples) list.push(values[name] ?? null)
    yield (i + 1) / plan.resamples
  }
  const intervals = [...samples].map(([name, list]) => [name, intervalOf(estimates[name]!, list, plan.level)] as const)
  return { plan, intervals: Object.fromEntries(intervals) }
}

/**
 * Confidence intervals of statistics of a series by the block bootstrap: samples as long as the series are made of blocks of
 * neighbours, so that dependence over time is kept, and rows of one moment stay together, so that dependence across symbols is. The
 * interval lies between the quantiles of the samples (percentile method, Efron 1979). The same seed gives the same intervals.
 *
 * @param rows how many rows there are
 * @param statistics values for the rows it is given, `null` where undefined. The rows are in a buffer that is used again
 * @throws `evaluate/option` for options that cannot be, blocks longer than half the series, or a statistic that is not finite
 * @example
 * ```ts
 * const { intervals } = blockBootstrap(returns.length, (rows) => ({ mean: mean(rows.map((row) => returns[row])) }))
 * console.log(intervals.mean.low, intervals.mean.high)
 * ```
 */
export function blockBootstrap(
  rows: number,
  statistics: (rows: Int32Array) => Statistics,
  options: BootstrapOptions = {},
): Intervals {
  checkCount('rows', rows, 2)
  const { times } = options
  if (times === undefined) {
    const starts = Int32Array.from({ length: rows + 1 }, (_, i) => i)
    return finish(bootstrapSteps(starts, statistics, planBootstrap(rows, options)))
  }
  checkLength('times', times, rows, 'the number of rows')
  const panel = panelOf({ times: finiteColumn('times', times), symbols: [''], codes: new Int32Array(rows) })
  const rowsOf = (places: Int32Array): Int32Array => places.map((place) => panel.rows[place]!)
  const plan = planBootstrap(panel.times.length, options)
  return finish(bootstrapSteps(panel.starts, (places) => statistics(rowsOf(places)), plan))
}

/** A difference that is undefined where one of its sides is. */
export const differenceOf = (first: number | null, second: number | null): number | null =>
  first === null || second === null ? null : second - first

/**
 * Intervals of second - first for two sets of statistics of the same rows, each pair from the same sample: what moves both cancels.
 * An interval without 0 tells two models apart.
 *
 * @param rows how many rows there are, the same ones for both
 * @throws as {@link blockBootstrap} does
 * @example
 * ```ts
 * const { intervals } = pairedBlockBootstrap(bars, (rows) => ({ ic: icOfOld(rows) }), (rows) => ({ ic: icOfNew(rows) }))
 * ```
 */
export function pairedBlockBootstrap(
  rows: number,
  first: (rows: Int32Array) => Statistics,
  second: (rows: Int32Array) => Statistics,
  options: BootstrapOptions = {},
): Intervals {
  const difference = (sample: Int32Array): Statistics => differences(first(sample), second(sample))
  return blockBootstrap(rows, difference, options)
}

/** Second - first by name. */
export function differences(first: Statistics, second: Statistics): Statistics {
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [name, differenceOf(value, second[name] ?? null)]),
  )
}
