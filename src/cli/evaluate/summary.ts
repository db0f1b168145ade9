/** An evaluation as text for a terminal. */
import { percent, plain, time } from '../../evaluate/backtest/report/figures.ts'
import { tradingFigures } from '../../evaluate/backtest/report/sections.ts'
import type {
  BaselineComparison,
  EvaluationReport,
  HorizonReport,
  LearnedHorizon,
  NoiseReport,
} from '../../evaluate/index.ts'
import type { LeftOut } from '../../monitor/index.ts'
import { columns } from '../backtest/summary.ts'

/** All that `candlewick evaluate` tells. */
export interface ToldEvaluation extends EvaluationReport {
  readonly notice: string | null
  /** Bar-open times of the first and the last judged bar, ms. */
  readonly from: number
  readonly to: number
  readonly comparisons: readonly BaselineComparison[]
  /** What the baseline that learns was fitted on; `null` where there is none. */
  readonly lessons: { readonly everyBars: number; readonly horizons: readonly LearnedHorizon[] } | null
  /** `null` where it was not asked for. */
  readonly noise: NoiseReport | null
  readonly leftOut: readonly LeftOut[]
}

/** Figures of which a difference is told; the JSON has all. */
const comparedFigures = ['accuracy', 'macroF1', 'directionalF1', 'hitRate', 'brier', 'rankIc'] as const

const figure = (value: number | null | undefined): string => plain(value ?? null, 4)

function horizonLines({
  name,
  bars,
  n,
  pending,
  overlap,
  metrics,
  intervals,
  bootstrap,
  noIntervals,
  score,
}: HorizonReport): string[] {
  const bounds =
    bootstrap === null
      ? `no intervals: ${noIntervals === 'not-asked' ? 'not asked for' : 'too few blocks of independent bars'}`
      : `${percent(bootstrap.level, 0)} intervals of ${bootstrap.resamples} samples, blocks of ${bootstrap.blockLength} bars`
  const rows = Object.entries(metrics).map(([metric, value]) => {
    const interval = intervals[metric]
    return [
      `  ${metric}`,
      figure(value),
      ...(interval === undefined ? ['', ''] : [figure(interval.low), figure(interval.high)]),
    ]
  })
  return [
    '',
    `${name} (bars ahead: ${bars}): n ${plain(n, 0)}, ${pending} not closed yet, bars that one outcome spans: ${overlap}; ${bounds}`,
    ...columns([['  figure', 'value', 'low', 'high'], ...rows]),
    ...(score === null
      ? []
      : [`  score ${figure(score.score)} of 1, ${percent(score.weightUsed, 0)} of its weights counted`]),
  ]
}

function comparisonLines({ baseline, horizons }: BaselineComparison): string[] {
  const rows = horizons.flatMap(({ name, difference, intervals }) =>
    comparedFigures.flatMap((metric) => {
      const value = difference[metric]
      if (value === undefined || value === null) return []
      return [[`  ${name} ${metric}`, figure(value), figure(intervals[metric]?.low), figure(intervals[metric]?.high)]]
    }),
  )
  return ['', `Model less ${baseline}`, ...columns([['  figure', 'difference', 'low', 'high'], ...rows])]
}

function lessonLines(lessons: ToldEvaluation['lessons']): string[] {
  if (lessons === null) return []
  const { everyBars, horizons } = lessons
  const bars = horizons.map((horizon) => `${plain(horizon.bars, 0)} for ${horizon.name}`).join(', ')
  return ['', `The regression learnt from earlier bars${everyBars === 1 ? '' : `, one in ${everyBars}`}: ${bars}`]
}

function noiseLines(noise: NoiseReport | null): string[] {
  if (noise === null) return []
  const { share, n, outputs, horizons } = noise
  const rows = horizons.map(({ name, flips, meanAbsolute, largest }) => [
    `  ${name}`,
    percent(flips, 1),
    figure(meanAbsolute),
    figure(largest),
  ])
  return [
    '',
    `Noise of ${percent(share, 0)} of each feature's deviation on ${n} windows: outputs move by ${percent(outputs.relative, 1)} of their own deviation`,
    ...columns([['  horizon', 'sides that change', 'mean change', 'largest'], ...rows]),
  ]
}

/** The lines that `candlewick evaluate` prints. */
export function evaluationText(told: ToldEvaluation): string {
  const { model, timeframe, symbols, rows, from, to, notice, horizons, trading, evalSetId } = told
  const { comparisons, lessons, noise, leftOut } = told
  const ofTrading = trading === null ? [] : tradingFigures.map(([name, of]) => [`  ${name}`, of(trading)])
  return [
    `${model} on ${symbols.join(', ')}: ${timeframe} bars from ${time(from)} to ${time(to)} UTC, ${plain(rows, 0)} rows, set ${evalSetId}`,
    ...(notice === null ? [] : [notice]),
    ...horizons.flatMap(horizonLines),
    ...comparisons.flatMap(comparisonLines),
    ...lessonLines(lessons),
    ...noiseLines(noise),
    ...(ofTrading.length === 0 ? [] : ['', 'Trading on paper', ...columns(ofTrading)]),
    ...leftOut.map(({ name, reason }) => `\n${name} is left out: ${reason}.`),
  ].join('\n')
}
