/** What signals and models are worth: `candlewick/evaluate`. */
export { backtest, type BacktestOptions } from './backtest/backtest.ts'
export { backtestJson, backtestSignals } from './backtest/backtest-signals.ts'
export type { BacktestProgress, ReplayEngine, ReplayProgress } from './backtest/engine-port.ts'
export { backtestReport, type BacktestReportOptions, type ReportInput } from './backtest/report/backtest-report.ts'
export type {
  BacktestCurve,
  BacktestMarket,
  BacktestResult,
  BacktestRules,
  BuyAndHold,
  ExposureSummary,
  MarketResult,
  OrderCounts,
  SettledRules,
  SignalCounts,
} from './backtest/result.ts'
export { fitLogisticRegression, type LogisticOptions, type LogisticRegression } from './baselines/logistic.ts'
export {
  type BaselineFeatures,
  type LearnedHorizon,
  logisticBaseline,
  type LogisticBaseline,
  type LogisticBaselineOptions,
} from './baselines/logistic-baseline.ts'
export {
  momentumBaseline,
  neutralBaseline,
  pastReturns,
  type PredictedColumns,
  type Predictor,
  type PredictorInput,
} from './baselines/predictor.ts'
export {
  blockBootstrap,
  type BootstrapOptions,
  type BootstrapPlan,
  type Interval,
  type Intervals,
  pairedBlockBootstrap,
  type Statistics,
} from './bootstrap/block-bootstrap.ts'
export { type BlockKind, defaultBlockLength } from './bootstrap/blocks.ts'
export { evaluationSetId, type EvaluationSetOptions } from './evaluation-set.ts'
export {
  type CalibrationBin,
  calibrationMetrics,
  type CalibrationMetrics,
  logLossFloor,
} from './metrics/calibration.ts'
export {
  classificationMetrics,
  type ClassificationMetrics,
  type ClassMetrics,
  type ClassNames,
  type DirectionalMetrics,
  sideNames,
  sidesOfReturns,
} from './metrics/classification.ts'
export {
  compositeScore,
  type CompositeScore,
  defaultScore,
  type ScoredPart,
  type ScorePart,
  type ScoreRule,
} from './metrics/composite.ts'
export { averageRanks, pearson, spearman } from './metrics/correlation.ts'
export {
  type CoefficientOptions,
  type Coefficients,
  type InformationCoefficients,
  informationCoefficients,
  type SymbolCoefficients,
  type WindowCoefficients,
} from './metrics/information-coefficient.ts'
export {
  type AskModel,
  type ModelAnswers,
  noiseCheck,
  type NoiseCheckOptions,
  type NoiseOfHorizon,
  type NoiseReport,
  spreadBars,
} from './noise-check.ts'
export { noiseSensitivity, type NoiseSensitivity } from './metrics/noise.ts'
export { regressionMetrics, type RegressionMetrics } from './metrics/regression.ts'
export { type Spread, spreadOf } from './metrics/spread.ts'
export type { RowKeys, WindowRule } from './panel.ts'
export { PaperAccount } from './paper-account.ts'
export type {
  AccountSummary,
  ExitReason,
  OrderAnswer,
  PaperOptions,
  Position,
  Trade,
  TradeSignal,
} from './paper-trade.ts'
export {
  compareModels,
  type ComparisonOptions,
  type HorizonComparison,
  type ModelComparison,
} from './report/compare-models.ts'
export { evaluateModel } from './report/evaluate-model.ts'
export type { EvaluationRows, HorizonColumns } from './report/evaluation-rows.ts'
export {
  type BaselineComparison,
  type BaselineRows,
  type JudgedModel,
  judgeModel,
  type JudgeOptions,
  type JudgeProgress,
} from './report/judge-model.ts'
export { type RegistryEvaluation, registryEvaluation, registryMetrics } from './report/registry-metrics.ts'
export type { EvaluationReport, EvaluationSettings, HorizonReport, WindowReport } from './report/report.ts'
export type { EvaluationOptions, IntervalOptions, TradingResult } from './report/settings.ts'
export type { Drawdown } from './trading/drawdown.ts'
export { type RatioOptions, sharpeRatio, sortinoRatio } from './trading/ratios.ts'
export { type MeasuredTrade, tradeMetrics, type TradeMetrics } from './trading/trade-metrics.ts'
export {
  type EquityCurve,
  periodsPerYear,
  tradingMetrics,
  type TradingMetrics,
  type TradingOptions,
} from './trading/trading-metrics.ts'
