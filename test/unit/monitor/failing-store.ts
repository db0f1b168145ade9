/** A store in memory that can be told to fail or to take its time, and counts what it is asked. */
import type { Appended, PredictionRow, Retention } from '../../../src/monitor/index.ts'
import { MemoryLogStore } from '../../../src/monitor/index.ts'

export class FailingStore extends MemoryLogStore {
  /** Thrown by every write while it is set. */
  failure: Error | undefined
  /** Sizes of the batches that were asked for. */
  readonly batches: number[] = []
  /** Awaited by every write before it begins. */
  gate: Promise<void> = Promise.resolve()

  override async append(rows: readonly PredictionRow[], retention: Retention): Promise<Appended> {
    this.batches.push(rows.length)
    await this.gate
    if (this.failure !== undefined) throw this.failure
    return super.append(rows, retention)
  }
}
