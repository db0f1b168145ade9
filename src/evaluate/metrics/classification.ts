/** How well classes were called. What cannot be said is `null`. */
import { checkLength, classColumn, finiteColumn, refuseOption } from '../checks.ts'

/** The classes, in the order of their numbers. */
export interface ClassNames {
  /** E.g. `['LONG', 'SHORT', 'NEUTRAL']`, the order of `direction_…` in the training data. At least two. */
  readonly classes: readonly string[]
  /** The class that is no call. Default: `NEUTRAL` where it is one of the classes, else none. `null` for none. */
  readonly neutral?: string | null | undefined
}

/** One class against the rest. */
export interface ClassMetrics {
  readonly class: string
  /** Rows that are of the class. */
  readonly support: number
  /** Rows that were called so. */
  readonly predicted: number
  /** Of the rows called so, the share that is; `null` where none was called so. */
  readonly precision: number | null
  /** Of the rows that are so, the share that was called so; `null` where none is. */
  readonly recall: number | null
  /** Harmonic mean of both, 2 hits / (support + predicted); `null` where none is so and none was called so. */
  readonly f1: number | null
}

/** The classes that are calls, together. */
export interface DirectionalMetrics {
  /** Rows that were called one of the directional classes. */
  readonly calls: number
  /** `calls` of all rows; `null` without rows. */
  readonly coverage: number | null
  /** Of the calls, the share where that very class came; `null` without calls. */
  readonly hitRate: number | null
  /** Of the rows of a directional class, the share that was called so; `null` where there are none. */
  readonly recall: number | null
  /** Harmonic mean of both: F1 of the directional classes, counted together (micro). */
  readonly f1: number | null
}

/** How well classes were called. */
export interface ClassificationMetrics {
  readonly n: number
  /** Share of rows called right; `null` without rows. */
  readonly accuracy: number | null
  readonly perClass: readonly ClassMetrics[]
  /** Plain means over the classes for which each is defined; `null` where there are none. */
  readonly macro: { readonly precision: number | null; readonly recall: number | null; readonly f1: number | null }
  readonly directional: DirectionalMetrics
  /** Counts; a row for each actual class, in it a column for each predicted one. */
  readonly confusion: readonly (readonly number[])[]
}

/** The number of the class that is no call, or -1; the names are checked. */
export function neutralOf({ classes, neutral }: ClassNames): number {
  if (classes.length < 2) refuseOption('classes', `${classes.length} name(s)`, 'at least two names')
  const repeated = classes.find((name, i) => classes.indexOf(name) !== i)
  if (repeated !== undefined) refuseOption('classes', `"${repeated}" twice`, 'names that differ')
  const index = classes.indexOf(neutral ?? 'NEUTRAL')
  if (neutral !== undefined && neutral !== null && index === -1)
    refuseOption('neutral', `"${neutral}"`, `one of ${classes.join(', ')}`)
  return neutral === null ? -1 : index
}

/** The part, or `null` of nothing. */
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null)
  return share(
    defined.reduce((sum, value) => sum + value, 0),
    defined.length,
  )
}

/** The metrics of a confusion matrix, row-major, with `neutral` the number of the class that is no call, or -1. */
export function metricsOfCounts(
  counts: ArrayLike<number>,
  classes: readonly string[],
  neutral: number,
): ClassificationMetrics {
  const size = classes.length
  const numbers = classes.map((_, i) => i)
  const at = (actual: number, predicted: number): number => counts[actual * size + predicted]!
  const total = (items: readonly number[], count: (item: number) => number): number =>
    items.reduce((sum, item) => sum + count(item), 0)
  const supportOf = (actual: number): number => total(numbers, (predicted) => at(actual, predicted))
  const predictedAs = (predicted: number): number => total(numbers, (actual) => at(actual, predicted))
  const n = total(numbers, supportOf)
  const perClass = numbers.map((i): ClassMetrics => {
    const [hits, support, predicted] = [at(i, i), supportOf(i), predictedAs(i)]
    return {
      class: classes[i]!,
      support,
      predicted,
      precision: share(hits, predicted),
      recall: share(hits, support),
      f1: share(2 * hits, support + predicted),
    }
  })
  const sides = numbers.filter((i) => i !== neutral)
  const [hits, calls, moves] = [total(sides, (i) => at(i, i)), total(sides, predictedAs), total(sides, supportOf)]
  return {
    n,
    accuracy: share(
      total(numbers, (i) => at(i, i)),
      n,
    ),
    perClass,
    macro: {
      precision: meanOfDefined(perClass.map(({ precision }) => precision)),
      recall: meanOfDefined(perClass.map(({ recall }) => recall)),
      f1: meanOfDefined(perClass.map(({ f1 }) => f1)),
    },
    directional: {
      calls,
      coverage: share(calls, n),
      hitRate: share(hits, calls),
      recall: share(hits, moves),
      f1: share(2 * hits, calls + moves),
    },
    confusion: numbers.map((actual) => numbers.map((predicted) => at(actual, predicted))),
  }
}

/**
 * Accuracy, precision, recall, F1, confusion matrix and the worth of directional calls.
 *
 * A class that never came has no recall, a class that was never called no precision: these are `null`, and the macro means are
 * over the classes that have one. scikit-learn gives the same with `zero_division=np.nan`.
 *
 * @param actual class numbers, one a row
 * @param predicted as many
 * @throws `evaluate/row` for what is no class number, `evaluate/option` for names or lengths that do not fit
 * @example
 * ```ts
 * const metrics = classificationMetrics([0, 1, 2], [0, 2, 2], { classes: ['LONG', 'SHORT', 'NEUTRAL'] })
 * metrics.accuracy // 0.667
 * metrics.directional.hitRate // 1: one call, and it was right
 * ```
 */
export function classificationMetrics(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  names: ClassNames,
): ClassificationMetrics {
  const neutral = neutralOf(names)
  const size = names.classes.length
  checkLength('predicted', predicted, actual.length, 'actual')
  const came = classColumn('actual', actual, size)
  const called = classColumn('predicted', predicted, size)
  const counts = new Float64Array(size * size)
  for (let row = 0; row < came.length; row++) counts[came[row]! * size + called[row]!]!++
  return metricsOfCounts(counts, names.classes, neutral)
}

/**
 * The class numbers of simple returns by the rule of the training targets: LONG 0 above the threshold, SHORT 1 at minus the
 * threshold or below, NEUTRAL 2 between.
 *
 * @param threshold fraction, 0 or more: 0.007 is 0.7 %
 * @throws `evaluate/row` for a return that is not finite, `evaluate/option` for the threshold
 */
export function sidesOfReturns(returns: ArrayLike<number>, threshold: number): Int32Array {
  if (!(threshold >= 0 && Number.isFinite(threshold))) refuseOption('threshold', threshold, 'a fraction of 0 or more')
  const sideOf = (value: number): number => {
    if (value > threshold) return 0
    return value <= -threshold ? 1 : 2
  }
  return Int32Array.from(finiteColumn('returns', returns), sideOf)
}

/** The names of the numbers that {@link sidesOfReturns} gives. */
export const sideNames: readonly string[] = ['LONG', 'SHORT', 'NEUTRAL']
