/** Where within a bar a trade ends: the order of stop, target and close, which nobody can know from a bar, is fixed here. */
import type { Candle } from '../core/candle.ts'
import type { ExitReason } from './paper-trade.ts'

/** Prices that end a trade; `null` for none. Quote currency. */
export interface TradeLevels {
  readonly stopLoss: number | null
  readonly takeProfit: number | null
}

/** How a trade ends within a bar. */
export interface IntrabarExit {
  /** Before slippage. */
  readonly price: number
  /** Whether it is a fill at market, which slips. */
  readonly slips: boolean
  readonly reason: ExitReason
}

/** Whether a price lies at the stop or beyond. `sign` is 1 for a long, -1 for a short. */
function beyondStop(sign: number, price: number, { stopLoss }: TradeLevels): boolean {
  return stopLoss !== null && sign * (price - stopLoss) <= 0
}

/** Whether a price lies at the target or beyond. */
function beyondTarget(sign: number, price: number, { takeProfit }: TradeLevels): boolean {
  return takeProfit !== null && sign * (price - takeProfit) >= 0
}

/** Whether a price lies at one of the levels or beyond: a trade that would begin there makes no sense. */
export function beyondLevels(sign: number, price: number, levels: TradeLevels): boolean {
  return beyondStop(sign, price, levels) || beyondTarget(sign, price, levels)
}

/**
 * What a bar does to an open trade. What it opens beyond comes first, and is filled at the open; of what it reaches later, the stop
 * comes before the target.
 */
export function levelExit(sign: number, candle: Candle, levels: TradeLevels): IntrabarExit | undefined {
  const { open, low, high } = candle
  const { stopLoss, takeProfit } = levels
  if (beyondStop(sign, open, levels)) return { price: open, slips: true, reason: 'stop-loss' }
  if (beyondTarget(sign, open, levels)) return { price: open, slips: false, reason: 'take-profit' }
  const [worst, best] = sign > 0 ? [low, high] : [high, low]
  if (stopLoss !== null && beyondStop(sign, worst, levels)) return { price: stopLoss, slips: true, reason: 'stop-loss' }
  if (takeProfit !== null && beyondTarget(sign, best, levels))
    return { price: takeProfit, slips: false, reason: 'take-profit' }
  return undefined
}
