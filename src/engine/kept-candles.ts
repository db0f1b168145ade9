/** The candles that an engine has taken, kept outside of it, so that another one can take over. */
import type { Candle, GapPolicy } from '../core/candle.ts'
import { isCandlewickError } from '../core/errors.ts'
import { mapColumns } from '../core/history.ts'
import { type CandleColumns, CandleSeries } from '../core/series.ts'
import type { Timeframe } from '../core/timeframe.ts'
import type { SymbolCandle, SymbolHistory, SymbolSignal } from './core.ts'

/** Errors of a call that took the candle all the same. */
const candleTaken = [
  'backend/lost',
  'feature/non-finite',
  'inference/failed',
  'inference/input',
  'inference/non-finite',
  'model/contract',
] as const

/** Whether an engine that answered with this error, or with none, has taken the candle. */
export function isCandleTaken(error: unknown): boolean {
  return error === undefined || candleTaken.some((code) => isCandlewickError(error, code))
}

/** Series by symbol. */
export class KeptCandles {
  readonly #timeframe: Timeframe
  readonly #gaps: GapPolicy | undefined
  readonly #series = new Map<string, CandleSeries>()

  constructor(timeframe: Timeframe, gaps: GapPolicy | undefined) {
    this.#timeframe = timeframe
    this.#gaps = gaps
  }

  /** The symbols that have candles, with their series. */
  get all(): ReadonlyMap<string, CandleSeries> {
    return this.#series
  }

  /** Puts a series in the place of what the symbol had. */
  replace(symbol: string, series: CandleSeries): void {
    this.#series.set(symbol, series)
  }

  /** Adds a candle that the worker took; forming ones leave no trace. */
  append(symbol: string, candle: Candle): void {
    if (candle.closed === false) return
    let series = this.#series.get(symbol)
    if (series === undefined) {
      series = new CandleSeries({ symbol, timeframe: this.#timeframe, gaps: this.#gaps })
      this.#series.set(symbol, series)
    }
    series.append(candle)
  }

  /** Adds the candles of a batch that the engine took, by its answers. */
  appendTaken(candles: readonly SymbolCandle[], answers: readonly SymbolSignal[]): void {
    for (const [i, { error }] of answers.entries())
      if (isCandleTaken(error)) this.append(candles[i]!.symbol, candles[i]!.candle)
  }

  /** Adds the candles of a batch whose answers nobody waited for: the engine has taken all that pass its gate. */
  appendPassing(candles: readonly SymbolCandle[]): void {
    for (const { symbol, candle } of candles)
      try {
        this.append(symbol, candle)
      } catch {
        // The engine's gate, which stands where this one does, has refused it too.
      }
  }

  /** Forgets everything. */
  clear(): void {
    this.#series.clear()
  }
}

/** Copies of the candles of all symbols, as an engine takes them. */
export function snapshotOf(all: ReadonlyMap<string, CandleSeries>): SymbolHistory[] {
  return [...all].map(([symbol, { columns }]) => ({ symbol, columns: copyColumns(columns) }))
}

/** Rows [0, end) as columns that share no memory with anything, to be moved to a worker. */
export function copyColumns(columns: CandleColumns, end: number = columns.length): CandleColumns {
  return mapColumns(columns, end, (column) => column.slice(0, end))
}

/** The memory of columns, to be moved instead of copied. */
export function memoryOf({ time, open, high, low, close, volume, turnover }: CandleColumns): Transferable[] {
  return [time, open, high, low, close, volume, turnover].map(({ buffer }) => buffer as ArrayBuffer)
}
