/** How far the first history of all symbols has come. */
import type { BarHistory } from 'candlewick'
import type { CandleSource } from 'candlewick/feeds'
import { type Step, step } from '../steps.ts'

/** Counts bars until every symbol has its history. */
export class Priming {
  readonly #progress: (step: Step) => void
  readonly #symbols: number
  readonly #bars = new Map<string, number>()
  readonly #done = new Set<string>()
  #wanted = 0

  constructor(symbols: number, progress: (step: Step) => void) {
    this.#symbols = symbols
    this.#progress = progress
  }

  /** Rows came for a symbol. */
  came(symbol: string, rows: unknown): void {
    if (!this.#bars.has(symbol) || this.#done.has(symbol) || !Array.isArray(rows)) return
    this.#bars.set(symbol, Math.min((this.#bars.get(symbol) ?? 0) + rows.length, this.#wanted))
    this.#tell()
  }

  /** The source, with an eye on what is asked of it first, which is no more than it has. */
  watch(source: CandleSource, mostBars: number): BarHistory {
    return {
      symbols: source.symbols,
      timeframe: source.timeframe,
      history: async (symbol, options) => {
        const last = options.last === undefined ? undefined : Math.min(options.last, mostBars)
        this.#asked(symbol, last ?? 0)
        const series = await source.history(symbol, { ...options, last })
        this.#done.add(symbol)
        if (this.#done.size === this.#symbols) this.#progress(step('Reading the history'))
        return series
      },
      candles: (options) => source.candles(options),
    }
  }

  #asked(symbol: string, bars: number): void {
    if (this.#bars.has(symbol)) return
    this.#bars.set(symbol, 0)
    this.#wanted = Math.max(this.#wanted, bars)
    this.#tell()
  }

  #tell(): void {
    const bars = [...this.#bars.values()].reduce((sum, count) => sum + count, 0)
    this.#progress(step('Fetching bars', bars, this.#wanted * this.#symbols))
  }
}
