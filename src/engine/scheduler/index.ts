/** Signals at every candle close. */
export type {
  BarAnswer,
  BarHistory,
  BarRecord,
  BarStatus,
  ScheduledEngine,
  SchedulerOptions,
  SchedulerStatus,
  SymbolReport,
} from './port.ts'
export { SignalScheduler } from './scheduler.ts'
