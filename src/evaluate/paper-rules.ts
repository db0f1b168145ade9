/** How a paper account trades, checked and with nothing left open. */
import type { PaperOptions } from './paper-trade.ts'

/** The options with their defaults. */
export type TradingRules = { readonly [Option in keyof PaperOptions]-?: NonNullable<PaperOptions[Option]> }

/** @throws TypeError when an option is out of its range */
export function tradingRules(options: PaperOptions = {}): TradingRules {
  const {
    cash = 10_000,
    stake = 0.1,
    feeBps = 10,
    slippageBps = 2,
    onOpposite = 'reverse',
    maxBars = Infinity,
  } = options
  const within = (name: string, value: number, low: number, high: number): void => {
    if (!(value >= low && value <= high)) throw new TypeError(`${name} is ${value}: it must be from ${low} to ${high}.`)
  }
  within('cash', cash, Number.MIN_VALUE, Number.MAX_VALUE)
  within('stake', stake, Number.MIN_VALUE, 1)
  within('feeBps', feeBps, 0, 10_000)
  within('slippageBps', slippageBps, 0, 10_000)
  within('maxBars', maxBars, 1, Infinity)
  return { cash, stake, feeBps, slippageBps, onOpposite, maxBars }
}
