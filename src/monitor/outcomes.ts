/** Fills in what came of predictions, when the bars that they speak of have closed. */
import { type Candle, checkCandle } from '../core/candle.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'
import { withOutcomes } from './outcome.ts'
import type { PredictionRow } from './row.ts'
import type { LogStore } from './store.ts'

/** What a pass over waiting rows has done. */
export interface OutcomeReport {
  /** Rows in which at least one horizon was settled. */
  readonly rows: number
  /** Horizons whose bar is known now. */
  readonly known: number
  /** Horizons whose bar never came. */
  readonly expired: number
}

/** Rows that one transaction looks at, so that writers need not wait long. */
const stepRows = 128

/** Finds waiting rows by symbol and due time, and settles their horizons. */
export class OutcomeFiller {
  readonly #store: LogStore
  readonly #graceMs: number

  /** @param graceMs how long after its time a horizon waits for its bar */
  constructor(store: LogStore, graceMs: number) {
    this.#store = store
    this.#graceMs = graceMs
  }

  /**
   * Settles the horizons of a symbol whose bar is among the candles, in any order. Candles of another timeframe than the
   * model's do as well wherever one closes at the very time. Candles still forming are passed over. A horizon expires when
   * the newest candle closes later than its time and the grace; doing it again with the same candles changes nothing.
   *
   * @throws `candle/invalid`
   * @throws `store/unavailable`, `store/quota-exceeded`
   */
  async fill(symbol: string, candles: Iterable<Candle>, timeframe: Timeframe): Promise<OutcomeReport> {
    const barMs = timeframeMs(timeframe)
    const closes = new Map<number, number>()
    let newest = -Infinity
    for (const candle of candles) {
      if (candle.closed === false) continue
      checkCandle(candle)
      const closedAt = candle.time + barMs
      closes.set(closedAt, candle.close)
      if (closedAt > newest) newest = closedAt
    }
    if (closes.size === 0) return { rows: 0, known: 0, expired: 0 }
    const known = { closeAt: (time: number) => closes.get(time), expireBefore: newest - this.#graceMs }
    return this.#settle(symbol, newest, (row) => withOutcomes(row, known))
  }

  /**
   * Lets horizons of all symbols expire that were due longer ago than the grace. For symbols that get no candles any more.
   *
   * @param now ms since the epoch
   */
  async expire(now: number): Promise<OutcomeReport> {
    const expireBefore = now - this.#graceMs
    const nothing = { closeAt: () => undefined, expireBefore }
    let total: OutcomeReport = { rows: 0, known: 0, expired: 0 }
    for (const symbol of await this.#store.waitingSymbols()) {
      const { rows, expired } = await this.#settle(symbol, expireBefore - 1, (row) => withOutcomes(row, nothing))
      total = { rows: total.rows + rows, known: 0, expired: total.expired + expired }
    }
    return total
  }

  async #settle(symbol: string, dueBy: number, change: (row: PredictionRow) => PredictionRow): Promise<OutcomeReport> {
    const report = { rows: 0, known: 0, expired: 0 }
    let after
    do {
      // Counted apart, because a transaction whose connection was lost is done again.
      let step = { known: 0, expired: 0 }
      const counted = new Map<string, typeof step>()
      const { changed, next } = await this.#store.settle({ symbol, dueBy, after, limit: stepRows }, (row) => {
        const settled = change(row)
        if (settled !== row) counted.set(row.id, settledBetween(row, settled))
        return settled
      })
      for (const { known, expired } of counted.values())
        step = { known: step.known + known, expired: step.expired + expired }
      report.rows += changed
      report.known += step.known
      report.expired += step.expired
      after = next
    } while (after !== undefined)
    return report
  }
}

function settledBetween(before: PredictionRow, after: PredictionRow): { known: number; expired: number } {
  const now = after.horizons.filter(({ outcome }, i) => outcome !== before.horizons[i]?.outcome)
  const known = now.filter(({ outcome }) => outcome === 'known').length
  return { known, expired: now.length - known }
}
