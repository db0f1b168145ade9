/** The public list of `candlewick`, written by hand. */
export { type Candle, type GapPolicy } from './core/candle.ts'
export { CandlewickError, type ErrorCode, type ErrorDetails, isCandlewickError } from './core/errors.ts'
export { type CandleColumns, CandleSeries, type SeriesOptions } from './core/series.ts'
export { inferTimeframe, type Timeframe, timeframeMs, timeframes } from './core/timeframe.ts'
export { createSignalEngine } from './create.ts'
export type { CalibrateOptions, Calibration, CalibrationProgress, ChoiceOrigin, EngineChoice } from './engine/choice.ts'
export type {
  EngineInfo,
  EngineProgress,
  ReplayOptions,
  SymbolCandle,
  SymbolSignal,
  SymbolStatus,
  TimedSignal,
  TriedBackend,
} from './engine/core.ts'
export {
  type BarAnswer,
  type BarHistory,
  type BarRecord,
  type BarStatus,
  type ScheduledEngine,
  type SchedulerOptions,
  type SchedulerStatus,
  SignalScheduler,
  type SymbolReport,
} from './engine/scheduler/index.ts'
export type { Explanation, GroupEffect } from './engine/explain.ts'
export type { EngineSnapshot, History, SignalEngine } from './engine/signal-engine.ts'
export type { Configuration, FailedCandidate, Measurement } from './inference/calibrate.ts'
export type { BackendName } from './inference/index.ts'
export { openRegistry } from './open-registry.ts'
export type { CreateOptions, OpenRegistryOptions } from './platform/port.ts'
export type { CalibrationMode } from './rpc/choice-wishes.ts'
export type { Recovery } from './rpc/recovery.ts'
export type { WorkerTimeouts } from './rpc/worker-link.ts'
export type {
  DecisionOptions,
  Horizon,
  Probabilities,
  Rejection,
  RiskLevel,
  Side,
  Signal,
  Strategy,
  StrategyName,
} from './signals/index.ts'
