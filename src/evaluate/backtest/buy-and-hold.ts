/** What doing nothing would have given: every market bought once, and held. */
import type { MeasuredTrade } from '../trading/trade-metrics.ts'
import type { SettledRules } from './result.ts'
import type { MarketSpan } from './span.ts'
import { moments } from './walk.ts'

/** The course of it. */
export interface HeldMarkets {
  /** Worth at each bar-open time, at the closes; the last point is after the sale. Quote currency. */
  readonly equity: Float64Array
  /** In the order of the markets; `undefined` for a market of a single bar, which nobody can buy. */
  readonly trades: readonly (MeasuredTrade | undefined)[]
}

/** One market: from its second bar on, because the first is the earliest that anything can be decided on. */
class Holding {
  readonly #market: MarketSpan
  readonly #share: number
  readonly #fee: number
  readonly #slip: number
  readonly #entryPrice: number
  readonly #quantity: number
  value: number

  constructor(market: MarketSpan, share: number, { feeBps, slippageBps }: SettledRules) {
    this.#market = market
    this.#share = share
    this.#fee = feeBps / 10_000
    this.#slip = slippageBps / 10_000
    this.value = share
    const { columns, start, end } = market
    this.#entryPrice = end - start > 1 ? columns.open[start + 1]! * (1 + this.#slip) : Infinity
    // The fee is paid from the share too, so nothing is borrowed.
    this.#quantity = share / (this.#entryPrice * (1 + this.#fee))
  }

  take(row: number): void {
    if (row > this.#market.start) this.value = this.#quantity * this.#market.columns.close[row]!
  }

  sell(): MeasuredTrade | undefined {
    const { columns, start, end } = this.#market
    if (end - start < 2) return undefined
    const exitPrice = columns.close[end - 1]! * (1 - this.#slip)
    this.value = this.#quantity * exitPrice * (1 - this.#fee)
    return {
      quantity: this.#quantity,
      entryTime: columns.time[start + 1]!,
      exitTime: columns.time[end - 1]!,
      entryPrice: this.#entryPrice,
      exitPrice,
      profit: this.value - this.#share,
      bars: end - start - 1,
    }
  }
}

/**
 * Spreads the cash evenly over the markets, buys each at the open of its second bar and sells it at its last close, with the same
 * fees and slippage as trades have.
 *
 * @param count points of the curve
 */
export function holdMarkets(markets: readonly MarketSpan[], count: number, rules: SettledRules): HeldMarkets {
  const holdings = markets.map((market) => new Holding(market, rules.cash / markets.length, rules))
  const worth = (): number => holdings.reduce((sum, { value }) => sum + value, 0)
  const equity = new Float64Array(count)
  let moment = 0
  for (const { rows } of moments(markets)) {
    for (const [at, row] of rows.entries()) if (row !== undefined) holdings[at]!.take(row)
    equity[moment++] = worth()
  }
  const trades = holdings.map((holding) => holding.sell())
  equity[count - 1] = worth()
  return { equity, trades }
}
