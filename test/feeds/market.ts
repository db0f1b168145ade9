/** What truly happened at the stand-in for an exchange: every bar of every symbol, and what it looked like while it formed. */
import type { Candle } from '../../src/core/candle.ts'

/** A bar is built of so many trades; the last one comes with its close, so that no forming bar looks like the closed one. */
const trades = 8

/** A number from 0 up to 1 that depends on all parts (FNV-1a, 1991, and an avalanche). */
function noise(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const character of parts.join('|')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

export class Market {
  readonly step: number
  readonly #seed: number

  constructor(step: number, seed: number) {
    this.step = step
    this.#seed = seed
  }

  /** The closed bar that opened at `time`. */
  bar(symbol: string, time: number): Candle {
    return this.#after(symbol, time, trades)
  }

  /** The bar as it looks at `now`: closed when it has ended. */
  at(symbol: string, time: number, now: number): Candle {
    const share = (now - time) / this.step
    return share >= 1 ? this.bar(symbol, time) : this.#after(symbol, time, 1 + Math.floor(share * (trades - 1)))
  }

  #after(symbol: string, time: number, count: number): Candle {
    const open = this.#price(symbol, time, 0)
    let [high, low, close, volume] = [open, open, open, 0]
    for (let trade = 1; trade <= count; trade++) {
      close = this.#price(symbol, time, trade)
      high = Math.max(high, close)
      low = Math.min(low, close)
      volume = Math.round((volume + 0.001 + noise(this.#seed, symbol, time, trade, 'v')) * 1e5) / 1e5
    }
    return { time, open, high, low, close, volume }
  }

  #price(symbol: string, time: number, trade: number): number {
    return Math.round(100 * (100 + 10 * noise(this.#seed, symbol, time, trade))) / 100
  }
}
