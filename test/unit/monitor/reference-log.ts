/** The log as plain lists: what the real one must be after every step of its life. */
import type { PredictionRow, RowFilter, RowOrder } from '../../../src/monitor/index.ts'

/** Limits, as they are given to the real one. */
export interface ReferenceLimits {
  readonly batchRows: number
  readonly maxRows: number
  readonly maxAgeMs: number
  readonly outcomeGraceMs: number
}

const sameKey = (a: PredictionRow) => (b: PredictionRow) =>
  a.modelId === b.modelId && a.symbol === b.symbol && a.barTime === b.barTime && a.assignment === b.assignment

export class ReferenceLog {
  readonly #limits: ReferenceLimits
  /** In the order of writing. */
  stored: PredictionRow[] = []
  waiting: PredictionRow[] = []

  constructor(limits: ReferenceLimits) {
    this.#limits = limits
  }

  append(row: PredictionRow, now: number): void {
    if (!this.waiting.some(sameKey(row))) this.waiting.push(row)
    if (this.waiting.length >= this.#limits.batchRows) this.flush(now)
  }

  flush(now: number): void {
    while (this.waiting.length > 0) {
      for (const row of this.waiting.splice(0, this.#limits.batchRows))
        if (!this.stored.some(sameKey(row))) this.stored.push(row)
      while (this.stored.length > this.#limits.maxRows) this.stored.shift()
      while (this.stored.length > 1 && this.stored[0]!.predictedAt < now - this.#limits.maxAgeMs) this.stored.shift()
    }
  }

  crash(): void {
    this.waiting = []
  }

  query(filter: RowFilter, order: RowOrder, limit: number): PredictionRow[] {
    const found = this.stored.filter(
      (row) =>
        (filter.modelId === undefined || filter.modelId === row.modelId) &&
        (filter.symbol === undefined || filter.symbol === row.symbol) &&
        (filter.side === undefined || filter.side === row.side) &&
        (filter.status === undefined || filter.status === row.status) &&
        (filter.from === undefined || filter.from <= row.barTime) &&
        (filter.to === undefined || filter.to > row.barTime),
    )
    // Sorting keeps the order of writing within a bar.
    found.sort((a, b) => a.barTime - b.barTime)
    return (order === 'asc' ? found : found.toReversed()).slice(0, limit)
  }

  fill(symbol: string, closes: ReadonlyMap<number, number>): void {
    if (closes.size === 0) return
    const newest = Math.max(...closes.keys())
    this.stored = this.stored.map((row) => {
      if (row.symbol !== symbol || row.closePrice === null) return row
      const horizons = row.horizons.map((horizon) => {
        const close = closes.get(horizon.dueAt)
        if (horizon.outcome !== 'pending') return horizon
        if (close === undefined)
          return newest - horizon.dueAt > this.#limits.outcomeGraceMs
            ? { ...horizon, outcome: 'expired' as const }
            : horizon
        const actualReturn = close / row.closePrice! - 1
        const up = actualReturn > horizon.threshold!
        const actualDirection = up
          ? ('LONG' as const)
          : actualReturn <= -horizon.threshold!
            ? ('SHORT' as const)
            : ('NEUTRAL' as const)
        const correct = actualDirection === horizon.direction
        const returnError = actualReturn - horizon.expectedReturn!
        return { ...horizon, outcome: 'known' as const, actualReturn, actualDirection, correct, returnError }
      })
      return { ...row, horizons }
    })
  }
}
