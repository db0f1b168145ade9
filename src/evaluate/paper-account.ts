/** An account of paper money: what signals would have earned, by rules that favour nobody. */
import type { Candle } from '../core/candle.ts'
import type {
  AccountSummary,
  ExitReason,
  OrderAnswer,
  PaperOptions,
  Position,
  Trade,
  TradeSignal,
} from './paper-trade.ts'

/** The options with nothing left open. */
type TradingRules = { readonly [Option in keyof PaperOptions]-?: NonNullable<PaperOptions[Option]> }

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
 * The account knows no leverage: stakes are shares of the equity, and trades are not limited by cash.
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
  readonly #orders = new Map<string, TradeSignal>()
  readonly #positions = new Map<string, Position>()
  readonly #lastBars = new Map<string, Candle>()
  readonly #trades: Trade[] = []
  #cash: number
  #fees = 0
  #peak: number
  #maxDrawdown = 0

  /** @throws TypeError when an option is out of its range */
  constructor(options: PaperOptions = {}) {
    const {
      cash = 10_000,
      stake = 0.1,
      feeBps = 10,
      slippageBps = 2,
      onOpposite = 'reverse',
      maxBars = Infinity,
    } = options
    const within = (name: string, value: number, low: number, high: number): void => {
      if (!(value >= low && value <= high))
        throw new TypeError(`${name} is ${value}: it must be from ${low} to ${high}.`)
    }
    within('cash', cash, Number.MIN_VALUE, Number.MAX_VALUE)
    within('stake', stake, Number.MIN_VALUE, 1)
    within('feeBps', feeBps, 0, 10_000)
    within('slippageBps', slippageBps, 0, 10_000)
    within('maxBars', maxBars, 1, Infinity)
    this.#options = { cash, stake, feeBps, slippageBps, onOpposite, maxBars }
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
    this.#orders.set(signal.symbol, signal)
    return 'waiting'
  }

  /** Takes the next closed bar of a symbol: fills what waits, then looks at stops and targets. */
  bar(symbol: string, candle: Candle): void {
    const last = this.#lastBars.get(symbol)
    if (last !== undefined && candle.time <= last.time) return
    this.#lastBars.set(symbol, candle)
    this.#fillOrder(symbol, candle)
    this.#watch(symbol, candle)
    const { equity } = this
    this.#peak = Math.max(this.#peak, equity)
    this.#maxDrawdown = Math.max(this.#maxDrawdown, 1 - equity / this.#peak)
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

  #fillOrder(symbol: string, { time, open }: Candle): void {
    const order = this.#orders.get(symbol)
    if (order === undefined || order.side === 'NEUTRAL' || time <= order.time) return
    this.#orders.delete(symbol)
    if (time >= order.expiresAt) return
    const held = this.#positions.get(symbol)
    if (held !== undefined) {
      this.#exit(held, this.#slip(open, -direction[held.side]), time, 'opposite')
      if (this.#options.onOpposite === 'close') return
    }
    const { side, stopLoss, takeProfit, id: signalId } = order
    const sign = direction[side]
    if (beyondStop(sign, open, stopLoss) || beyondTarget(sign, open, takeProfit)) return
    const { equity } = this
    if (equity <= 0) return
    const entryPrice = this.#slip(open, sign)
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
    const { stopLoss, takeProfit } = position
    const [worst, best] = sign > 0 ? [candle.low, candle.high] : [candle.high, candle.low]
    if (stopLoss !== null && beyondStop(sign, worst, stopLoss)) {
      const at = beyondStop(sign, candle.open, stopLoss) ? candle.open : stopLoss
      this.#exit(position, this.#slip(at, -sign), candle.time, 'stop-loss')
    } else if (takeProfit !== null && beyondTarget(sign, best, takeProfit)) {
      const at = beyondTarget(sign, candle.open, takeProfit) ? candle.open : takeProfit
      this.#exit(position, at, candle.time, 'take-profit')
    } else if (position.bars >= this.#options.maxBars)
      this.#exit(position, this.#slip(candle.close, -sign), candle.time, 'max-bars')
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

const beyondStop = (sign: number, price: number, stop: number | null): boolean =>
  stop !== null && sign * (price - stop) <= 0

const beyondTarget = (sign: number, price: number, target: number | null): boolean =>
  target !== null && sign * (price - target) >= 0
