/** A model judged in one call. */
import { timeframeMs } from '../../core/timeframe.ts'
import { packageVersion } from '../../core/version.ts'
import { tradingMetrics } from '../trading/trading-metrics.ts'
import { type EvaluationRows, judgeRows } from './evaluation-rows.ts'
import { reportHorizon } from './horizon-report.ts'
import { tradingStatistics } from './registry-metrics.ts'
import type { EvaluationReport } from './report.ts'
import { type EvaluationOptions, settingsOf } from './settings.ts'

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
  const { timeframe, model = null, evalSetId = null } = options
  const settings = settingsOf(options)
  const judged = judgeRows(rows)
  const { trading: given } = options
  const trading =
    given === undefined
      ? null
      : tradingMetrics(given.curve, given.trades, { timeframe, riskFreePerYear: given.riskFreePerYear })
  const ofTrading = trading === null ? {} : tradingStatistics(trading)
  const barMs = timeframeMs(timeframe)
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
    horizons: judged.horizons.map((horizon) => reportHorizon(horizon, judged, settings, barMs, ofTrading)),
    trading,
  }
}
