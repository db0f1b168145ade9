/** An account of paper money: what signals would have earned, by rules that favour nobody. */
import type { Candle } from '../core/candle.ts'
import { beyondLevels, levelExit } from './intrabar.ts'
import { type TradingRules, tradingRules } from './paper-rules.ts'
import type {
  AccountSummary,
  ExitReason,
  OrderAnswer,
  PaperOptions,
  Position,
  Trade,
  TradeSignal,
} from './paper-trade.ts'

/** A signal that is an order. */
type DirectedSignal = TradeSignal & { readonly side: Position['side'] }

const direction = { LONG: 1, SHORT: -1 } as const

/**
 * Trades one position a symbol at a time. The rules:
 *
 * - A signal decided on a closed bar is filled at the open of the next bar that comes, with slippage; after `expiresAt` it is
 *   dropped. If that open lies beyond the stop or the target already, there is no trade.
 * - Stop and target count from the entry bar on. A bar that opens beyond one of them fills at its open. If both lie within one
 *   bar, the stop comes first: nobody knows the order, so the worse one is taken. Stops slip, targets do not.
 * - Fees are paid on both fills. A short gains what the price falls; borrowing is free.
 *
 * The account knows no leverage: stakes are shares of the equity, and trades are not limited by cash. Bars of several symbols that
 * open together belong into one call of {@link bars}.
 *
 * @example
 * ```ts
 * const account = new PaperAccount({ feeBps: 10 })
 * for (const candle of candles) {
 *   account.bar('BTCUSDT', candle)
 *   const signal = await engine.push(candle, 'BTCUSDT')
 *   if (signal) account.order(signal)
 * }
 * console.log(account.summary)
 * ```
 */
export class PaperAccount {
  readonly #options: TradingRules
  readonly #orders = new Map<string, DirectedSignal>()
  readonly #positions = new Map<string, Position>()
  readonly #lastBars = new Map<string, Candle>()
  readonly #trades: Trade[] = []
  #cash: number
  #fees = 0
  #peak: number
  #maxDrawdown = 0

  /** @throws TypeError when an option is out of its range */
  constructor(options: PaperOptions = {}) {
    this.#options = tradingRules(options)
    const { cash } = this.#options
    this.#cash = cash
    this.#peak = cash
  }

  /** Trades that are over, oldest first. */
  get trades(): readonly Trade[] {
    return this.#trades
  }

  /** Open trades. */
  get positions(): readonly Position[] {
    return [...this.#positions.values()]
  }

  /** Cash and open trades at their last close, in quote currency. */
  get equity(): number {
    let equity = this.#cash
    for (const position of this.#positions.values())
      equity += gainOf(position, this.#lastBars.get(position.symbol)?.close ?? position.entryPrice)
    return equity
  }

  /** Where the account stands. */
  get summary(): AccountSummary {
    const profits = this.#trades.map((trade) => trade.profit)
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    const [wins, losses] = [profits.filter((profit) => profit > 0), profits.filter((profit) => profit < 0)]
    return {
      startCash: this.#options.cash,
      equity: this.equity,
      trades: profits.length,
      winRate: profits.length === 0 ? undefined : wins.length / profits.length,
      profitFactor: losses.length === 0 ? undefined : sum(wins) / -sum(losses),
      maxDrawdown: this.#maxDrawdown,
      fees: this.#fees,
    }
  }

  /** Takes a LONG or SHORT as an order for the next bar of its symbol; it replaces one that still waits. */
  order(signal: TradeSignal): OrderAnswer {
    if (signal.provisional) return 'provisional'
    const last = this.#lastBars.get(signal.symbol)
    if (last !== undefined && signal.time < last.time) return 'older'
    if (signal.side === 'NEUTRAL') return 'neutral'
    const position = this.#positions.get(signal.symbol)
    if (position?.side === signal.side) return 'same-side'
    if (position !== undefined && this.#options.onOpposite === 'ignore') return 'ignored'
    this.#orders.set(signal.symbol, { ...signal, side: signal.side })
    return 'waiting'
  }

  /** Takes the next closed bar of a symbol: fills what waits, then looks at stops and targets. */
  bar(symbol: string, candle: Candle): void {
    this.bars([[symbol, candle]])
  }

  /**
   * Takes the next closed bars of several symbols that open at the same time. First all orders are filled at the opens: what ends
   * there ends before anything begins, and all stakes are shares of the equity at the closes before. Then each bar is looked
   * through for stops and targets. So no trade knows of a bar what only its end tells, and the order of the symbols decides
   * nothing. A bar that is not newer than the last one of its symbol is passed over.
   */
  bars(candles: Iterable<readonly [symbol: string, candle: Candle]>): void {
    const fresh: (readonly [symbol: string, candle: Candle])[] = []
    for (const entry of candles) {
      const last = this.#lastBars.get(entry[0])
      if (last === undefined || entry[1].time > last.time) fresh.push(entry)
    }
    const entries = fresh.flatMap(([symbol, candle]) => this.#takeOrder(symbol, candle))
    const { equity } = this
    for (const { order, candle } of entries) this.#enter(order, candle, equity)
    for (const [symbol, candle] of fresh) {
      this.#lastBars.set(symbol, candle)
      this.#watch(symbol, candle)
    }
    this.#measure()
  }

  /** Closes what is open at the last closes, with slippage, and drops what waits. */
  closeAll(): void {
    this.#orders.clear()
    for (const position of this.positions) {
      const last = this.#lastBars.get(position.symbol)
      if (last !== undefined)
        this.#exit(position, this.#slip(last.close, -direction[position.side]), last.time, 'closed')
    }
  }

  /** Ends what a waiting order ends, at the open; gives the order where it begins a trade. */
  #takeOrder(symbol: string, candle: Candle): { readonly order: DirectedSignal; readonly candle: Candle }[] {
    const { time, open } = candle
    const order = this.#orders.get(symbol)
    if (order === undefined || time <= order.time) return []
    this.#orders.delete(symbol)
    if (time >= order.expiresAt) return []
    const held = this.#positions.get(symbol)
    if (held !== undefined) {
      this.#exit(held, this.#slip(open, -direction[held.side]), time, 'opposite')
      if (this.#options.onOpposite === 'close') return []
    }
    return beyondLevels(direction[order.side], open, order) ? [] : [{ order, candle }]
  }

  #enter(order: DirectedSignal, { time, open }: Candle, equity: number): void {
    if (equity <= 0) return
    const { symbol, side, stopLoss, takeProfit, id: signalId } = order
    const entryPrice = this.#slip(open, direction[side])
    const quantity = (equity * this.#options.stake) / entryPrice
    const entryFee = this.#fee(quantity * entryPrice)
    this.#cash -= entryFee
    this.#positions.set(symbol, {
      signalId,
      symbol,
      side,
      quantity,
      entryTime: time,
      entryPrice,
      stopLoss,
      takeProfit,
      entryFee,
      bars: 0,
    })
  }

  #watch(symbol: string, candle: Candle): void {
    const held = this.#positions.get(symbol)
    if (held === undefined) return
    const position = { ...held, bars: held.bars + 1 }
    this.#positions.set(symbol, position)
    const sign = direction[position.side]
    const exit = levelExit(sign, candle, position)
    if (exit !== undefined)
      this.#exit(position, exit.slips ? this.#slip(exit.price, -sign) : exit.price, candle.time, exit.reason)
    else if (position.bars >= this.#options.maxBars)
      this.#exit(position, this.#slip(candle.close, -sign), candle.time, 'max-bars')
  }

  #measure(): void {
    const { equity } = this
    this.#peak = Math.max(this.#peak, equity)
    this.#maxDrawdown = Math.max(this.#maxDrawdown, 1 - equity / this.#peak)
  }

  #exit(position: Position, exitPrice: number, exitTime: number, reason: ExitReason): void {
    const { signalId, symbol, side, quantity, entryTime, entryPrice, entryFee, bars } = position
    const exitFee = this.#fee(quantity * exitPrice)
    const gain = gainOf(position, exitPrice)
    this.#cash += gain - exitFee
    this.#positions.delete(symbol)
    const fees = entryFee + exitFee
    const profit = gain - fees
    this.#trades.push({
      signalId,
      symbol,
      side,
      quantity,
      entryTime,
      exitTime,
      entryPrice,
      exitPrice,
      fees,
      profit,
      reason,
      bars,
    })
  }

  #fee(value: number): number {
    const fee = (value * this.#options.feeBps) / 10_000
    this.#fees += fee
    return fee
  }

  /** A fill at market: buying (`sign` 1) costs more than the price seen, selling brings less. */
  #slip(price: number, sign: number): number {
    return price * (1 + (sign * this.#options.slippageBps) / 10_000)
  }
}

/** What a trade has gained at a price, before fees. */
function gainOf({ side, quantity, entryPrice }: Position, price: number): number {
  return direction[side] * quantity * (price - entryPrice)
}
