/** Paper money: the account, and its equity bar by bar. */
import { PaperAccount, type AccountSummary, type Position, type Trade, type TradeSignal } from 'candlewick/evaluate'
import type { SymbolBar } from './tapped-source.ts'

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

  /** Takes the bars of one moment. */
  bars(bars: readonly SymbolBar[]): void {
    const [first] = bars
    if (first === undefined) return
    this.#account.bars(bars.map(({ symbol, candle }) => [symbol, candle]))
    this.#equity.set(first.candle.time, this.#account.equity)
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
