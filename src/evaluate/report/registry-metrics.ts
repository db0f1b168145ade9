/** A report as the flat metrics that a registry keeps with a version. */
import type { Statistics } from '../bootstrap/block-bootstrap.ts'
import { refuseOption } from '../checks.ts'
import type { TradingMetrics } from '../trading/trading-metrics.ts'
import type { EvaluationReport, HorizonReport } from './report.ts'

/** The figures of trading by name, for a score. */
export function tradingStatistics(trading: TradingMetrics): Statistics {
  const { totalReturn, cagr, sharpe, sortino, drawdown, profitFactor, winRate } = trading
  const { turnoverPerYear, exposure, averageReturn } = trading
  return {
    totalReturn,
    cagr,
    sharpe,
    sortino,
    maxDrawdown: drawdown.depth,
    profitFactor,
    winRate,
    turnoverPerYear,
    exposure,
    averageReturn,
  }
}

/** Names in a registry that are not the figure's own, written with underscores. */
const registryNames: Readonly<Record<string, string>> = {
  macroPrecision: 'precision',
  macroRecall: 'recall',
  macroF1: 'f1_score',
  sharpe: 'sharpe_ratio',
  sortino: 'sortino_ratio',
}

const underscored = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const registryName = (name: string): string => registryNames[name] ?? underscored(name)

/** @throws `evaluate/option` */
function horizonOf({ horizons }: EvaluationReport, horizon: string): HorizonReport {
  const found = horizons.find(({ name }) => name === horizon)
  return found ?? refuseOption('horizon', `"${horizon}"`, `one of ${horizons.map(({ name }) => name).join(', ')}`)
}

/**
 * The figures of one horizon, with those of the trading, by the names of a registry: `accuracy`, `precision`, `recall`, `f1_score`,
 * `ic_mean`, `ic_std`, `icir`, `ic_ts`, `ic_cs`, `sharpe_ratio` and so on, and `n`, the rows. What is undefined is left out, as a
 * registry takes finite numbers only.
 *
 * @param horizon its name
 * @throws `evaluate/option` where the report has no such horizon
 * @example
 * ```ts
 * const metadata = { metrics: registryMetrics(report, '4h'), evalSetId: report.evalSetId }
 * ```
 */
export function registryMetrics(report: EvaluationReport, horizon: string): Record<string, number> {
  const found = horizonOf(report, horizon)
  const figures: Statistics = {
    ...(report.trading === null ? {} : tradingStatistics(report.trading)),
    ...found.metrics,
    n: found.n,
  }
  const flat: Record<string, number> = {}
  for (const [name, value] of Object.entries(figures)) if (value !== null) flat[registryName(name)] = value
  return flat
}

/** An evaluation of one horizon, as a registry keeps it with a version. JSON. */
export interface RegistryEvaluation {
  readonly evalSetId: string
  /** E.g. `4h`. */
  readonly horizon: string
  /** How many bars ahead. */
  readonly bars: number
  /** Rows whose outcome is known. */
  readonly n: number
  /** First and last bar-open time of these rows, ISO 8601 in UTC; `null` without rows. */
  readonly from: string | null
  readonly to: string | null
  /** As {@link registryMetrics} gives them. */
  readonly metrics: Readonly<Record<string, number>>
  /** Bounds of those that have some, by the same names. */
  readonly intervals: Readonly<Record<string, { readonly low: number; readonly high: number }>>
  /** Version of this package that judged. */
  readonly packageVersion: string
  readonly [field: string]: unknown
}

const utcOf = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

/**
 * One horizon of a report as a registry's `recordEvaluation` takes it.
 *
 * @param horizon its name
 * @throws `evaluate/option` where the report has no such horizon, or no `evalSetId`: without it nobody knows which evaluations may
 *   be compared
 * @example
 * ```ts
 * await registry.recordEvaluation(model.id, registryEvaluation(report, '4h'))
 * ```
 */
export function registryEvaluation(report: EvaluationReport, horizon: string): RegistryEvaluation {
  const { bars, n, from, to, intervals } = horizonOf(report, horizon)
  const { evalSetId, packageVersion } = report
  if (evalSetId === null) return refuseOption('evalSetId', 'absent', 'in the report; evaluationSetId() makes one')
  const metrics = registryMetrics(report, horizon)
  const bounds: Record<string, { low: number; high: number }> = {}
  for (const [figure, { low, high }] of Object.entries(intervals)) {
    const name = registryName(figure)
    if (low !== null && high !== null && metrics[name] !== undefined) bounds[name] = { low, high }
  }
  return { evalSetId, horizon, bars, n, from: utcOf(from), to: utcOf(to), metrics, intervals: bounds, packageVersion }
}
