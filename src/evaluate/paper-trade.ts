/** What a paper account is given, what it trades and what it tells. */

/** The part of a signal that a trade needs; every `Signal` has it. */
export interface TradeSignal {
  readonly id: string
  readonly symbol: string
  /** Bar-open time of the candle that decided, ms since the epoch. */
  readonly time: number
  readonly side: 'LONG' | 'SHORT' | 'NEUTRAL'
  /** Quote currency; `null` for none. */
  readonly stopLoss: number | null
  readonly takeProfit: number | null
  /** An order that found no bar by then is dropped. */
  readonly expiresAt: number
  readonly provisional: boolean
}

/** How the account trades. */
export interface PaperOptions {
  /** Quote currency. Default 10,000. */
  readonly cash?: number | undefined
  /** Share of the equity that one trade takes, 0 to 1. Default 0.1. */
  readonly stake?: number | undefined
  /** Paid on the value of each fill, in basis points. Default 10. */
  readonly feeBps?: number | undefined
  /** How much worse than the price seen a fill at market is, in basis points. Default 2. */
  readonly slippageBps?: number | undefined
  /** What a signal of the other side does to an open trade: `reverse` (default) closes it and opens the other, `close` only closes it, `ignore` leaves it. */
  readonly onOpposite?: 'reverse' | 'close' | 'ignore' | undefined
  /** Bars after which a trade is closed at the close. Default: never. */
  readonly maxBars?: number | undefined
}

/** Why a trade ended. */
export type ExitReason = 'stop-loss' | 'take-profit' | 'opposite' | 'max-bars' | 'closed'

/** A trade that is over. */
export interface Trade {
  readonly signalId: string
  readonly symbol: string
  readonly side: 'LONG' | 'SHORT'
  /** Base currency. */
  readonly quantity: number
  /** Bar-open times in ms. */
  readonly entryTime: number
  readonly exitTime: number
  readonly entryPrice: number
  readonly exitPrice: number
  /** Quote currency, both fills. */
  readonly fees: number
  /** Quote currency, after fees. */
  readonly profit: number
  readonly reason: ExitReason
  /** Bars the trade lived through; a bar at whose open it ended is not counted. */
  readonly bars: number
}

/** A trade that is open. */
export interface Position {
  readonly signalId: string
  readonly symbol: string
  readonly side: 'LONG' | 'SHORT'
  readonly quantity: number
  readonly entryTime: number
  readonly entryPrice: number
  readonly stopLoss: number | null
  readonly takeProfit: number | null
  /** Fee of the entry, in quote currency. */
  readonly entryFee: number
  readonly bars: number
}

/** What became of a signal or an order. */
export type OrderAnswer = 'waiting' | 'neutral' | 'provisional' | 'same-side' | 'ignored' | 'older'

/** Where the account stands. */
export interface AccountSummary {
  readonly startCash: number
  /** Quote currency: cash and the open trades at their last close. */
  readonly equity: number
  readonly trades: number
  /** Share of trades with a profit above 0; `undefined` before the first. */
  readonly winRate: number | undefined
  /** Sum of profits by sum of losses; `undefined` without losses. */
  readonly profitFactor: number | undefined
  /** Largest fall of the equity from a former peak, as a fraction, over the bars seen. */
  readonly maxDrawdown: number
  readonly fees: number
}
