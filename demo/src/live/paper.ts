/** Paper money: the account, and its equity bar by bar. */
import type { Candle } from 'candlewick'
import { PaperAccount, type AccountSummary, type Position, type Trade, type TradeSignal } from 'candlewick/evaluate'

/** Equity after a bar. */
export interface EquityPoint {
  /** Bar-open time, ms since the epoch. */
  readonly time: number
  /** Quote currency. */
  readonly value: number
}

/** Bars that the curve keeps. */
const keptBars = 2000

/** An account that can be begun anew. */
export class Paper {
  #account = new PaperAccount()
  #equity = new Map<number, number>()

  get summary(): AccountSummary {
    return this.#account.summary
  }

  get positions(): readonly Position[] {
    return this.#account.positions
  }

  /** Oldest first. */
  get trades(): readonly Trade[] {
    return this.#account.trades
  }

  /** Oldest first. */
  get equity(): readonly EquityPoint[] {
    return Array.from(this.#equity, ([time, value]) => ({ time, value }))
  }

  bar(symbol: string, candle: Candle): void {
    this.#account.bar(symbol, candle)
    this.#equity.set(candle.time, this.#account.equity)
    const [oldest] = this.#equity.keys()
    if (this.#equity.size > keptBars && oldest !== undefined) this.#equity.delete(oldest)
  }

  order(signal: TradeSignal): void {
    this.#account.order(signal)
  }

  /** Begins anew with the same cash. */
  reset(): void {
    this.#account = new PaperAccount()
    this.#equity = new Map()
  }
}
