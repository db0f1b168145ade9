/** An evaluation as text for a terminal. */
import { percent, plain, time } from '../../evaluate/backtest/report/figures.ts'
import { tradingFigures } from '../../evaluate/backtest/report/sections.ts'
import type { BaselineComparison, EvaluationReport, HorizonReport } from '../../evaluate/index.ts'
import type { LeftOut } from '../../monitor/index.ts'
import { columns } from '../backtest/summary.ts'

/** All that `candlewick evaluate` tells. */
export interface ToldEvaluation extends EvaluationReport {
  readonly notice: string | null
  readonly comparisons: readonly BaselineComparison[]
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

/** The lines that `candlewick evaluate` prints. */
export function evaluationText(told: ToldEvaluation, from: number, to: number): string {
  const { model, timeframe, symbols, rows, notice, horizons, comparisons, leftOut, trading, evalSetId } = told
  const ofTrading = trading === null ? [] : tradingFigures.map(([name, of]) => [`  ${name}`, of(trading)])
  return [
    `${model} on ${symbols.join(', ')}: ${timeframe} bars from ${time(from)} to ${time(to)} UTC, ${plain(rows, 0)} rows, set ${evalSetId}`,
    ...(notice === null ? [] : [notice]),
    ...horizons.flatMap(horizonLines),
    ...comparisons.flatMap(comparisonLines),
    ...(ofTrading.length === 0 ? [] : ['', 'Trading on paper', ...columns(ofTrading)]),
    ...leftOut.map(({ name, reason }) => `\n${name} is left out: ${reason}.`),
  ].join('\n')
}
