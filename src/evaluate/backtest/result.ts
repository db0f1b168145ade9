/** What a backtest is asked for, and what it answers. */
import type { CandleSeries } from '../../core/series.ts'
import type { Timeframe } from '../../core/timeframe.ts'
import type { PaperOptions, Trade, TradeSignal } from '../paper-trade.ts'
import type { TradeMetrics } from '../trading/trade-metrics.ts'
import type { TradingMetrics } from '../trading/trading-metrics.ts'

/** One market: its bars, and what was decided on them. */
export interface BacktestMarket {
  readonly series: CandleSeries
  /** Oldest first, at most one a bar; each decided on a bar of the series, at its close. */
  readonly signals: readonly TradeSignal[]
}

/** How a backtest trades, and which bars count. */
export interface BacktestRules extends PaperOptions {
  /** Bar-open time of the first bar that counts, ms since the epoch. Default: the first one that can have a signal. */
  readonly from?: number | undefined
  /** Bar-open time of the bar after the last one that counts. Default: after the last. */
  readonly to?: number | undefined
  /** What a year of no risk earns, as a fraction. Default 0. */
  readonly riskFreePerYear?: number | undefined
}

/** The rules with nothing left open. */
export interface SettledRules {
  readonly cash: number
  readonly stake: number
  readonly feeBps: number
  readonly slippageBps: number
  readonly onOpposite: NonNullable<PaperOptions['onOpposite']>
  /** `null` for never. */
  readonly maxBars: number | null
  readonly riskFreePerYear: number
}

/** One point for each bar-open time that any market has, at the close of its bars. */
export interface BacktestCurve {
  /** Bar-open times, ms since the epoch, rising. */
  readonly times: Float64Array
  /** Cash and open trades at their last close, quote currency. The last point is after everything was closed. */
  readonly equity: Float64Array
  /** Value of all open trades / equity; 1 is everything that the account has. 0 where the equity is not above 0. */
  readonly grossExposure: Float64Array
  /** The same with shorts counted below zero. */
  readonly netExposure: Float64Array
  /** What {@link BuyAndHold} is worth, quote currency. */
  readonly buyAndHold: Float64Array
}

/** How signals of the bars that count are spread. */
export interface SignalCounts {
  readonly long: number
  readonly short: number
}

/** What became of signals. Orders that began no trade expired, opened beyond their levels, only closed one, or were of the last bar. */
export interface OrderCounts {
  /** LONG and SHORT signals that became orders; the others found a trade of their side, or one that `onOpposite` left alone. */
  readonly placed: number
  /** Orders that began a trade. */
  readonly entered: number
}

/** One market's part. */
export interface MarketResult {
  readonly symbol: string
  /** Bars that count. */
  readonly bars: number
  /** Bar-open times of the first and last of them, ms. */
  readonly from: number
  readonly to: number
  readonly signals: SignalCounts
  readonly orders: OrderCounts
  readonly trades: TradeMetrics
  /** Sum of the trades' profits, quote currency, after fees. */
  readonly profit: number
  readonly fees: number
  /** Value of all fills, entries and exits. */
  readonly turnoverValue: number
  /** What its share of the cash gained by buying and holding, as a fraction, after fees. */
  readonly buyAndHoldReturn: number
}

/** The same cash, spread evenly over the markets, bought at the open of the second bar of each and sold at its last close. */
export interface BuyAndHold {
  readonly metrics: TradingMetrics
  readonly profit: number
}

/** Mean and largest exposure over the points of the curve. Above 1, trades were worth more than the account. */
export interface ExposureSummary {
  readonly meanGross: number
  readonly maxGross: number
  readonly meanNet: number
}

/** What trading the signals gave. Plain data; {@link backtestJson} writes it. */
export interface BacktestResult {
  readonly kind: 'candlewick-backtest'
  readonly version: 1
  /** Version of this package. */
  readonly packageVersion: string
  /** Id of the model; `null` where signals were given. */
  readonly model: string | null
  readonly timeframe: Timeframe
  /** Bar-open times of the first and last point of the curve, ms. */
  readonly from: number
  readonly to: number
  readonly rules: SettledRules
  readonly metrics: TradingMetrics
  readonly exposure: ExposureSummary
  readonly orders: OrderCounts
  /** Cash at the end: nothing is open any more. */
  readonly finalEquity: number
  readonly profit: number
  readonly fees: number
  /** By name. */
  readonly markets: readonly MarketResult[]
  readonly buyAndHold: BuyAndHold
  /** In the order in which they ended. */
  readonly trades: readonly Trade[]
  readonly curve: BacktestCurve
}
