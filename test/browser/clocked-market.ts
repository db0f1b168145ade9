/** A market on a clock that a test moves. */
import { type BarHistory, CandleSeries } from 'candlewick'
import { type Clock, SimulatedMarket } from 'candlewick/feeds'

export const barMs = 900_000
const start = Date.UTC(2024, 0, 1)

/** Stands still until it is moved. */
export class StepClock implements Clock {
  #now: number
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const sleeper = { at: this.#now + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        reject(signal.reason as Error)
      })
    })
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /** Moves on, and wakes who is due. */
  advance(ms: number): void {
    this.jump(ms)
    for (const sleeper of this.#sleepers)
      if (sleeper.at <= this.#now) {
        this.#sleepers.delete(sleeper)
        sleeper.wake()
      }
  }

  /** Moves on as a machine that slept: no timer notices. */
  jump(ms: number): void {
    this.#now += ms
  }
}

/** Simulated markets whose bars close by the clock. */
export class ClockedMarket implements BarHistory {
  readonly timeframe = '15m'
  readonly symbols: readonly string[]
  /** Five seconds after a close. */
  readonly clock: StepClock
  /** Thrown instead of an answer. */
  problem: Error | undefined
  readonly #markets: ReadonlyMap<string, CandleSeries>

  constructor(symbols: readonly string[], bars = 900) {
    this.symbols = symbols
    this.clock = new StepClock(start + bars * barMs + 5000)
    const make = (symbol: string, seed: number): CandleSeries =>
      CandleSeries.from(new SimulatedMarket({ seed, start, symbol }).take(bars + 30), { symbol, timeframe: '15m' })
    this.#markets = new Map(symbols.map((symbol, i) => [symbol, make(symbol, i + 1)] as const))
  }

  async history(symbol: string, options: { last?: number; from?: number; to?: number }): Promise<CandleSeries> {
    if (this.problem !== undefined) throw this.problem
    const end = Math.min(options.to ?? Infinity, this.clock.now() - barMs + 1)
    const candles = this.#markets
      .get(symbol)!
      .slice()
      .filter(({ time }) => time >= (options.from ?? -Infinity) && time < end)
      .slice(-(options.last ?? 1e9))
    return CandleSeries.from(candles, { symbol, timeframe: '15m' })
  }
}
