/** A model judged in one call. */
import { timeframeMs } from '../../core/timeframe.ts'
import { packageVersion } from '../../core/version.ts'
import { finish, partOf, type Steps } from '../steps.ts'
import { tradingMetrics } from '../trading/trading-metrics.ts'
import { checkingSteps, type EvaluationRows } from './evaluation-rows.ts'
import { horizonSteps } from './horizon-report.ts'
import { tradingStatistics } from './registry-metrics.ts'
import type { EvaluationReport, HorizonReport } from './report.ts'
import type { SampleMemory } from './sample-memory.ts'
import { type EvaluationOptions, settingsOf } from './settings.ts'

/** {@link evaluateModel}, step by step. The memory is told the figures of all samples. */
export function* evaluationSteps(
  rows: EvaluationRows,
  options: EvaluationOptions,
  memory?: SampleMemory,
): Steps<EvaluationReport> {
  const { timeframe, model = null, evalSetId = null } = options
  const settings = settingsOf(options)
  const judged = yield* partOf(checkingSteps(rows), 0, 0)
  const { trading: given } = options
  const trading =
    given === undefined
      ? null
      : tradingMetrics(given.curve, given.trades, { timeframe, riskFreePerYear: given.riskFreePerYear })
  const ofTrading = trading === null ? {} : tradingStatistics(trading)
  const barMs = timeframeMs(timeframe)
  const [horizons, count]: [HorizonReport[], number] = [[], judged.horizons.length]
  for (const [at, horizon] of judged.horizons.entries())
    horizons.push(
      yield* partOf(horizonSteps(horizon, judged, settings, barMs, ofTrading, memory), at / count, (at + 1) / count),
    )
  return {
    kind: 'candlewick-evaluation',
    version: 1,
    packageVersion,
    model,
    evalSetId,
    timeframe,
    classes: judged.classes,
    neutral: judged.classes[judged.neutral] ?? null,
    rows: judged.keys.times.length,
    symbols: judged.keys.symbols,
    settings,
    horizons,
    trading,
  }
}

/**
 * Judges a model: classification, calibration, errors and information coefficients of each horizon, how they lie over windows of
 * time, and their confidence intervals by the block bootstrap. The report is JSON; the same rows and settings give the same report,
 * whatever order the rows come in.
 *
 * Rows whose outcome is not known are left out and counted. Outcomes of neighbouring bars overlap where the horizon is longer than
 * the step between them, so blocks are at least as long as an outcome, by default twice as long.
 *
 * @param rows one for each symbol and bar, in columns
 * @throws `evaluate/row` naming the row of a value that cannot be, `evaluate/option`, `evaluate/metric-missing` where the score
 *   needs a metric that is undefined
 * @example
 * ```ts
 * const report = evaluateModel(
 *   {
 *     times,
 *     symbols: 'BTCUSDT',
 *     classes: ['LONG', 'SHORT', 'NEUTRAL'],
 *     horizons: [{ name: '4h', bars: 16, probabilities, actualClasses, predictedReturns, actualReturns, known }],
 *   },
 *   { timeframe: '15m', model: 'patchtst_v1.0.0', evalSetId: 'btc-2024h1' },
 * )
 * const { metrics, intervals } = report.horizons[0]
 * console.log(metrics.rankIc, intervals.rankIc)
 * ```
 */
export function evaluateModel(rows: EvaluationRows, options: EvaluationOptions): EvaluationReport {
  return finish(evaluationSteps(rows, options))
}
