/** The worker's side of calibration: runs its model for nothing but the time it takes. */
import { type MeasurableSession, timeTicks, warmUp } from '../inference/measure.ts'
import type { EngineHost } from './wire.ts'

/** Answers the calls that measure. `opened` gives the session in use, `cancellable` the signal that the page may raise. */
export function createMeasureHost(
  opened: (call: string) => MeasurableSession,
  cancellable: <T>(call: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
): Pick<EngineHost, 'warmUp' | 'timeTicks'> {
  return {
    warmUp: (call, windows, budgetMs) =>
      cancellable(call, (signal) => warmUp(opened('warmUp'), { windows, budgetMs, signal })),
    timeTicks: (call, windows, budgetMs) =>
      cancellable(call, (signal) => timeTicks(opened('timeTicks'), { windows, budgetMs, signal })),
  }
}
