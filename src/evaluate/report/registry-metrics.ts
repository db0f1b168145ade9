/** A report as the flat metrics that a registry keeps with a version. */
import type { Statistics } from '../bootstrap/block-bootstrap.ts'
import { refuseOption } from '../checks.ts'
import type { TradingMetrics } from '../trading/trading-metrics.ts'
import type { EvaluationReport } from './report.ts'

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
  const found = report.horizons.find(({ name }) => name === horizon)
  if (found === undefined)
    return refuseOption('horizon', `"${horizon}"`, `one of ${report.horizons.map(({ name }) => name).join(', ')}`)
  const figures: Statistics = {
    ...(report.trading === null ? {} : tradingStatistics(report.trading)),
    ...found.metrics,
    n: found.n,
  }
  const flat: Record<string, number> = {}
  for (const [name, value] of Object.entries(figures))
    if (value !== null) flat[registryNames[name] ?? underscored(name)] = value
  return flat
}
