/** Two models held against each other on the same bars. */
import { timeframeMs } from '../../core/timeframe.ts'
import {
  bootstrapSteps,
  type BootstrapPlan,
  differences,
  type Interval,
  type Statistics,
} from '../bootstrap/block-bootstrap.ts'
import { refuseOption, refuseRow } from '../checks.ts'
import { finish, partOf, type Steps } from '../steps.ts'
import { checkingSteps, type EvaluationRows, type JudgedHorizon, type JudgedRows } from './evaluation-rows.ts'
import { type SampleStatistics, statisticsOf } from './horizon-statistics.ts'
import type { EvaluationSettings, HorizonReport } from './report.ts'
import type { SampleMemory } from './sample-memory.ts'
import { type EvaluationOptions, intervalPlan, overlapOf, settingsOf } from './settings.ts'

/** How two models are compared. */
export type ComparisonOptions = Pick<EvaluationOptions, 'timeframe' | 'evalSetId' | 'minSymbols' | 'bootstrap'>

/** One horizon of two models. */
export interface HorizonComparison {
  readonly name: string
  readonly bars: number
  /** Rows whose outcome is known. */
  readonly n: number
  readonly pending: number
  readonly overlap: number
  /** Figures of each, by name; `null` where undefined. */
  readonly first: Statistics
  readonly second: Statistics
  /** Second - first. */
  readonly difference: Statistics
  /** Bounds of the difference, each pair from the same sample: without 0 between them, the models differ. */
  readonly intervals: Readonly<Record<string, Interval>>
  readonly bootstrap: BootstrapPlan | null
  readonly noIntervals: HorizonReport['noIntervals']
}

/** Two models held against each other; JSON. */
export interface ModelComparison {
  readonly kind: 'candlewick-comparison'
  readonly version: 1
  readonly timeframe: string
  readonly evalSetId: string | null
  readonly rows: number
  readonly settings: Pick<EvaluationSettings, 'minSymbols' | 'bootstrap'>
  readonly horizons: readonly HorizonComparison[]
}

/** Refuses rows that are not the same bars with the same outcomes. */
function checkSameRows(first: EvaluationRows, second: EvaluationRows): void {
  const nameOf = ({ symbols }: EvaluationRows, row: number): string =>
    typeof symbols === 'string' ? symbols : symbols[row]!
  if (first.times.length !== second.times.length)
    refuseOption('second.times', `${second.times.length} rows long`, `${first.times.length} rows long, as first's`)
  for (let row = 0; row < first.times.length; row++) {
    if (first.times[row] !== second.times[row])
      refuseRow('second.times', row, second.times[row], `${first.times[row]}, as in first`)
    if (nameOf(first, row) !== nameOf(second, row))
      refuseRow('second.symbols', row, nameOf(second, row), `${nameOf(first, row)}, as in first`)
  }
  const named = ({ horizons }: EvaluationRows): string => horizons.map(({ name, bars }) => `${name}=${bars}`).join(', ')
  if (named(first) !== named(second)) refuseOption('second.horizons', named(second), `${named(first)}, as in first`)
  const [ours, theirs] = [first, second].map(({ classes = [] }) => classes.join(', '))
  if (ours !== theirs) refuseOption('second.classes', theirs, `${ours}, as in first`)
}

/** Refuses outcomes that differ: one of the two sets is wrong. */
function checkSameOutcomes(first: JudgedHorizon, second: JudgedHorizon): void {
  const differs = (column: string, ours?: ArrayLike<number>, theirs?: ArrayLike<number>): void => {
    if (ours === undefined || theirs === undefined) return
    for (let place = 0; place < ours.length; place++)
      if (ours[place] !== theirs[place])
        refuseRow(
          `second.${first.name}.${column}`,
          first.panel.rows[place]!,
          theirs[place],
          `${ours[place]}, as in first`,
        )
  }
  const known = first.panel.rows.length === second.panel.rows.length
  if (!known || first.panel.rows.some((row, place) => row !== second.panel.rows[place]))
    refuseOption(`second.${first.name}.known`, 'of other rows', 'of the same rows as in first')
  differs('actualClasses', first.calls?.came, second.calls?.came)
  differs('actualReturns', first.returns?.actual, second.returns?.actual)
}

const pairOf =
  (first: SampleStatistics, second: SampleStatistics): SampleStatistics =>
  (places, moments) =>
    differences(first(places, moments), second(places, moments))

function* horizonSteps(
  first: JudgedHorizon,
  second: JudgedHorizon,
  rows: JudgedRows,
  settings: EvaluationSettings,
  barMs: number,
  memory: SampleMemory | undefined,
): Steps<HorizonComparison> {
  checkSameOutcomes(first, second)
  const { name, bars, panel, pending } = first
  const horizonMs = bars * barMs
  const of = (horizon: JudgedHorizon): ReturnType<typeof statisticsOf> =>
    statisticsOf(horizon, rows, { horizonMs, minSymbols: settings.minSymbols })
  const [ours, theirs] = [of(first), of(second)]
  const places = Int32Array.from(panel.rows.keys())
  const moments = Int32Array.from(panel.times.keys())
  const [ofFirst, ofSecond] = [ours(places, moments), theirs(places, moments)]
  yield 0
  const overlap = overlapOf(panel, horizonMs)
  const plan = intervalPlan(panel, overlap, settings)
  const drawn =
    typeof plan === 'string'
      ? undefined
      : yield* bootstrapSteps(panel.starts, pairOf(ours, memory?.recalling(name, plan, theirs) ?? theirs), plan)
  return {
    name,
    bars,
    n: panel.rows.length,
    pending,
    overlap,
    first: ofFirst,
    second: ofSecond,
    difference: differences(ofFirst, ofSecond),
    intervals: drawn?.intervals ?? {},
    bootstrap: drawn?.plan ?? null,
    noIntervals: typeof plan === 'string' ? plan : null,
  }
}

/** {@link compareModels}, step by step. The memory is that of the second model, where it has one. */
export function* comparisonSteps(
  first: EvaluationRows,
  second: EvaluationRows,
  options: ComparisonOptions,
  memory?: SampleMemory,
): Steps<ModelComparison> {
  const { timeframe, evalSetId = null, minSymbols, bootstrap } = options
  const settings = settingsOf({ timeframe, minSymbols, bootstrap })
  const ours = yield* partOf(checkingSteps(first), 0, 0)
  const theirs = yield* partOf(checkingSteps(second), 0, 0)
  checkSameRows(first, second)
  const barMs = timeframeMs(timeframe)
  const [horizons, count]: [HorizonComparison[], number] = [[], ours.horizons.length]
  for (const [at, horizon] of ours.horizons.entries())
    horizons.push(
      yield* partOf(
        horizonSteps(horizon, theirs.horizons[at]!, ours, settings, barMs, memory),
        at / count,
        (at + 1) / count,
      ),
    )
  return {
    kind: 'candlewick-comparison',
    version: 1,
    timeframe,
    evalSetId,
    rows: ours.keys.times.length,
    settings: { minSymbols: settings.minSymbols, bootstrap: settings.bootstrap },
    horizons,
  }
}

/**
 * Compares two models on the same bars: every figure that both have, second - first, with bounds by the block bootstrap. Both are
 * measured on the same samples, so what moves both cancels, and a difference shows earlier than two intervals that do not meet.
 *
 * Among many figures some differ by chance: decide before which one counts.
 *
 * @param first rows of the model in service, or of a baseline
 * @param second the same bars and outcomes in the same order, with the other model's predictions
 * @throws `evaluate/row` and `evaluate/option`, also where bars or outcomes differ
 * @example
 * ```ts
 * const [horizon] = compareModels(baselineRows, modelRows, { timeframe: '15m' }).horizons
 * const better = horizon.intervals.rankIc.low > 0
 * ```
 */
export function compareModels(
  first: EvaluationRows,
  second: EvaluationRows,
  options: ComparisonOptions,
): ModelComparison {
  return finish(comparisonSteps(first, second, options))
}
