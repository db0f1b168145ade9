/** A log on a virtual clock and a store that can be told to fail, with everything that they say. */
import { afterEach, beforeEach } from 'vitest'

import { type LogProblem, type LogQuery, PredictionLog, type PredictionLogOptions } from '../../../src/monitor/index.ts'
import { start } from '../../contract/prediction-rows.ts'
import { VirtualClock } from '../../virtual-clock.ts'
import { FailingStore } from './failing-store.ts'

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** Ids of the rows of a query, in its order. */
export async function idsOf(log: PredictionLog, query?: LogQuery): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of log.query(query)) ids.push(id)
  return ids
}

/** What one test works with. */
export class LogDesk {
  readonly clock: VirtualClock = new VirtualClock(start)
  readonly store: FailingStore = new FailingStore()
  readonly problems: LogProblem[] = []
  readonly #logs: PredictionLog[] = []
  /** Puts the page out of sight. */
  hide: () => void = () => undefined
  /** Logs that want to hear of it. */
  watching = 0

  open(options: Partial<PredictionLogOptions> = {}): PredictionLog {
    const log = new PredictionLog(this.store, {
      onProblem: (problem) => void this.problems.push(problem),
      clock: this.clock,
      watchHiding: (call) => {
        this.hide = call
        this.watching++
        return () => void this.watching--
      },
      ...options,
    })
    this.#logs.push(log)
    return log
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.clock.run(this.clock.sleep(ms))
  }

  /** Rows in the store. */
  stored(): Promise<number> {
    return this.store.count({})
  }

  async clear(): Promise<void> {
    this.store.failure = undefined
    for (const log of this.#logs) await log.close()
  }
}

/** A fresh desk for each test of the suite that calls this. */
export function useDesk(): () => LogDesk {
  let desk = new LogDesk()
  beforeEach(() => void (desk = new LogDesk()))
  afterEach(() => desk.clear())
  return () => desk
}
