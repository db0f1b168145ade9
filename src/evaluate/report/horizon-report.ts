/** One horizon judged. */
import { bootstrapSteps, type Statistics } from '../bootstrap/block-bootstrap.ts'
import { calibrationOf } from '../metrics/calibration.ts'
import { metricsOfCounts } from '../metrics/classification.ts'
import { compositeScore } from '../metrics/composite.ts'
import { coefficientsOfSymbols } from '../metrics/information-coefficient.ts'
import { spreadOf } from '../metrics/spread.ts'
import { cutWindows, type Panel, type WindowRule } from '../panel.ts'
import type { Steps } from '../steps.ts'
import type { JudgedHorizon, JudgedRows } from './evaluation-rows.ts'
import { type SampleStatistics, statisticsOf } from './horizon-statistics.ts'
import type { EvaluationSettings, HorizonReport, WindowReport } from './report.ts'
import type { SampleMemory } from './sample-memory.ts'
import { intervalPlan, overlapOf } from './settings.ts'

const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)

function windowsOf(panel: Panel, rule: WindowRule, statistics: SampleStatistics): WindowReport[] {
  return cutWindows(panel, rule).map(({ from, to }) => {
    const places = range(panel.starts[from]!, panel.starts[to]!)
    return {
      from: panel.times[from]!,
      to: panel.times[to - 1]!,
      n: places.length,
      metrics: statistics(places, range(from, to)),
    }
  })
}

function ofCalls(
  { calls }: JudgedHorizon,
  { classes, neutral }: JudgedRows,
  bins: number,
): Pick<HorizonReport, 'classification' | 'calibration'> {
  if (calls === undefined) return { classification: null, calibration: null }
  const { called, came, probabilities } = calls
  const size = classes.length
  const counts = new Float64Array(size * size)
  for (let place = 0; place < came.length; place++) counts[came[place]! * size + called[place]!]!++
  return {
    classification: metricsOfCounts(counts, classes, neutral),
    calibration: probabilities === undefined ? null : calibrationOf(probabilities, came, size, bins),
  }
}

/** The figures that are made of others: the calibration error, and the coefficients of the windows. */
function derived(
  { calibration }: Pick<HorizonReport, 'calibration'>,
  stability: HorizonReport['stability'],
): Statistics {
  const { ic, rankIc } = stability
  return {
    ...(calibration === null ? {} : { ece: calibration.ece }),
    ...(ic === undefined ? {} : { icMean: ic.mean, icStd: ic.std, icir: ic.meanByStd }),
    ...(rankIc === undefined ? {} : { rankIcMean: rankIc.mean, rankIcStd: rankIc.std, rankIcir: rankIc.meanByStd }),
  }
}

/**
 * Judges one horizon, step by step.
 *
 * @param barMs length of a bar
 * @param trading figures that a score may take besides
 * @param memory remembers the figures of the samples, where comparisons of them follow
 */
export function* horizonSteps(
  horizon: JudgedHorizon,
  rows: JudgedRows,
  settings: EvaluationSettings,
  barMs: number,
  trading: Statistics,
  memory?: SampleMemory,
): Steps<HorizonReport> {
  const { name, bars, panel, pending, returns } = horizon
  const horizonMs = bars * barMs
  const statistics = statisticsOf(horizon, rows, { horizonMs, minSymbols: settings.minSymbols })
  const moments = range(0, panel.times.length)
  const base = statistics(range(0, panel.rows.length), moments)
  yield 0
  const windows = windowsOf(panel, settings.window, statistics)
  const stability = Object.fromEntries(
    Object.keys(base).map((metric) => [metric, spreadOf(windows.map(({ metrics }) => metrics[metric] ?? null))]),
  )
  yield 0
  const called = ofCalls(horizon, rows, settings.bins)
  const metrics = { ...base, ...derived(called, stability) }
  const overlap = overlapOf(panel, horizonMs)
  const plan = intervalPlan(panel, overlap, settings)
  const drawn =
    typeof plan === 'string'
      ? undefined
      : yield* bootstrapSteps(panel.starts, memory?.recording(name, plan, statistics) ?? statistics, plan)
  return {
    name,
    bars,
    n: panel.rows.length,
    pending,
    from: panel.times.at(0) ?? null,
    to: panel.times.at(-1) ?? null,
    overlap,
    metrics,
    intervals: drawn?.intervals ?? {},
    bootstrap: drawn?.plan ?? null,
    noIntervals: typeof plan === 'string' ? plan : null,
    ...called,
    symbols:
      returns === undefined
        ? null
        : coefficientsOfSymbols(returns.predicted, returns.actual, panel, { horizonMs, window: settings.window }),
    windows,
    stability,
    score: settings.score === null ? null : compositeScore({ ...trading, ...metrics }, settings.score),
  }
}
