/** A source whose new bars are seen on their way to the scheduler: one request serves signals, paper money and the log. */
import type { BarHistory, Candle, CandleSeries } from 'candlewick'

/** A closed bar of a symbol. */
export interface SymbolBar {
  readonly symbol: string
  readonly candle: Candle
}

/** What a tap tells. */
export interface TapHooks {
  /** Every answer of the source, also bars that were seen before. */
  readonly fetched: (symbol: string, bars: CandleSeries) => void
}

/** Hands on what a source answers and keeps the bars that are new. */
export class TappedSource implements BarHistory {
  readonly #source: BarHistory
  readonly #hooks: TapHooks
  readonly #newest = new Map<string, number>()
  /** Forming bars are nobody's news: they go by. */
  readonly candles?: NonNullable<BarHistory['candles']>
  #waiting: SymbolBar[] = []

  constructor(source: BarHistory, hooks: TapHooks) {
    this.#source = source
    this.#hooks = hooks
    if (source.candles !== undefined) this.candles = source.candles.bind(source)
  }

  get symbols(): readonly string[] {
    return this.#source.symbols
  }

  get timeframe(): BarHistory['timeframe'] {
    return this.#source.timeframe
  }

  async history(symbol: string, options: Parameters<BarHistory['history']>[1]): Promise<CandleSeries> {
    const series = await this.#source.history(symbol, options)
    const last = series.at(-1)
    if (last === undefined) return series
    const newest = this.#newest.get(symbol)
    // Of the first answer only the newest bar is news: the rest is the past.
    const news = series.slice().filter(({ time }) => (newest === undefined ? time === last.time : time > newest))
    this.#newest.set(symbol, Math.max(last.time, newest ?? last.time))
    this.#waiting.push(...news.map((candle) => ({ symbol, candle })))
    this.#hooks.fetched(symbol, series)
    return series
  }

  /** The new bars of all symbols since the last call, those of one moment together, oldest first. */
  take(): readonly (readonly SymbolBar[])[] {
    const moments = new Map<number, SymbolBar[]>()
    for (const bar of this.#waiting.toSorted((a, b) => a.candle.time - b.candle.time)) {
      const moment = moments.get(bar.candle.time)
      if (moment === undefined) moments.set(bar.candle.time, [bar])
      else moment.push(bar)
    }
    this.#waiting = []
    return [...moments.values()]
  }
}
