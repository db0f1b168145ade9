/** `candlewick/monitor`: the log of predictions, what came of them, and how good they were. */
export {
  type AccuracyOptions,
  type HorizonAccuracy,
  measureAccuracy,
  type Share,
  type SideOutcome,
} from './accuracy.ts'
export type { AppendAnswer } from './batch-writer.ts'
export type { ExportOptions, ExportProgress } from './export/export-rows.ts'
export { modelAnswers } from './model-answers.ts'
export { type OpenLogOptions, openPredictionLog } from './open-log.ts'
export type { OutcomeReport } from './outcomes.ts'
export type { WatchHiding } from './page-hiding.ts'
export { type LogStatus, PredictionLog, type PredictionLogOptions } from './prediction-log.ts'
export type { LogProblem } from './problem.ts'
export type { LogQuery } from './query.ts'
export {
  directionThresholds,
  type LoggablePrediction,
  type LoggableSignal,
  type PredictionContext,
  rowOf,
  rowOfUnanswered,
  type UnansweredBar,
} from './row-of.ts'
export type {
  Assignment,
  FeatureSummary,
  HorizonRow,
  OutcomeState,
  PredictionRow,
  PredictionStatus,
  RowKey,
  StageTimings,
} from './row.ts'
export { type LeftOut, type OutcomeRule, SignalOutcomes } from './signal-outcomes.ts'
export type {
  Appended,
  DuePosition,
  DueRequest,
  DueStep,
  LogStore,
  Page,
  PageRequest,
  Retention,
  RowFilter,
  RowOrder,
  RowPosition,
} from './store.ts'
export { type IndexedDbLogOptions, openIndexedDbLogStore } from './stores/indexeddb.ts'
export { MemoryLogStore } from './stores/memory.ts'
export { summarizeWindow, type WindowSummaryOptions } from './window-summary.ts'
