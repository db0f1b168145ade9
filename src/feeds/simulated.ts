/** A market that never was: seeded, so that a demo or a test sees the same candles everywhere. Always label it as simulated. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import type { Candle } from '../core/candle.ts'
import { type Timeframe, timeframeMs } from '../core/timeframe.ts'

/** What to simulate. */
export interface SimulationOptions {
  /** Default 1. */
  readonly seed?: number | undefined
  /** Default `15m`. */
  readonly timeframe?: Timeframe | undefined
  /** Bar-open time of the first candle, in ms. Default 2024-01-01 UTC. */
  readonly start?: number | undefined
  /** First price. Default 40,000. */
  readonly price?: number | undefined
  /** Default `SIMULATED`. */
  readonly symbol?: string | undefined
}

/** Steps within a bar: enough for believable wicks. */
const steps = 12
const tick = 0.01

/**
 * A random walk with changing volatility, trends that come and go, a daily rhythm of volume, and volume that rises with
 * movement. Not calibrated to any market.
 */
export class SimulatedMarket {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly #random: ReturnType<typeof xoroshiro128plus>
  #time: number
  #price: number
  /** Standard deviation of one bar's return. */
  #volatility = 0.003
  /** Mean of one bar's return. */
  #trend = 0

  constructor(options: SimulationOptions = {}) {
    this.symbol = options.symbol ?? 'SIMULATED'
    this.timeframe = options.timeframe ?? '15m'
    this.#random = xoroshiro128plus(options.seed ?? 1)
    this.#time = options.start ?? Date.UTC(2024, 0, 1)
    this.#price = options.price ?? 40_000
  }

  /** The next closed candle. */
  next(): Candle {
    this.#volatility = Math.min(
      Math.max(this.#volatility * Math.exp(0.12 * this.#normal() - 0.02 * Math.log(this.#volatility / 0.003)), 0.0006),
      0.02,
    )
    this.#trend = 0.97 * this.#trend + 0.00012 * this.#normal()
    const open = this.#price
    let [high, low, price] = [open, open, open]
    for (let step = 0; step < steps; step++) {
      price *= Math.exp(this.#trend / steps + (this.#volatility / Math.sqrt(steps)) * this.#normal())
      high = Math.max(high, price)
      low = Math.min(low, price)
    }
    const close = onTick(price)
    const candle: Candle = {
      time: this.#time,
      open,
      high: Math.max(onTick(high), open, close),
      low: Math.min(onTick(low), open, close),
      close,
      volume: this.#volume((high - low) / open),
    }
    this.#price = close
    this.#time += timeframeMs(this.timeframe)
    return candle
  }

  /** The next candles, oldest first. */
  take(count: number): Candle[] {
    return Array.from({ length: count }, () => this.next())
  }

  /** Base volume of a bar: busier in the afternoon (UTC) and in wide bars. */
  #volume(range: number): number {
    const hour = (this.#time / 3_600_000) % 24
    const rhythm = 1 + 0.5 * Math.sin(((hour - 9) / 24) * 2 * Math.PI)
    return Math.round(200 * rhythm * (0.3 + range / 0.004) * Math.exp(0.35 * this.#normal()) * 1e5) / 1e5
  }

  /** A standard normal number (Box and Muller 1958). */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(this.#random)))
    return radius * Math.cos(2 * Math.PI * uniformFloat64(this.#random))
  }
}

/** Rounding to ticks also hides the last-bit differences of `Math.exp` between engines, so every engine sees one market. */
function onTick(price: number): number {
  return Math.max(Math.round(price / tick), 1) / Math.round(1 / tick)
}
