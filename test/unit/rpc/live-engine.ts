/** Markets of several symbols, and what an engine answers to them. */
import type { Candle } from '../../../src/core/candle.ts'
import type { EngineCore, SymbolCandle, SymbolSignal, TimedSignal } from '../../../src/engine/core.ts'
import { SimulatedMarket } from '../../../src/feeds/index.ts'
import type { Signal } from '../../../src/signals/index.ts'
import { historyOf } from './in-thread-workers.ts'

/** Two for each of three workers: a model may answer one window alone with other last bits than among several. */
export const symbols = ['A', 'B', 'C', 'D', 'E', 'F'] as const
/** Candles of a symbol that are history. */
export const past = 320

/** 400 candles of each symbol. */
export const markets: ReadonlyMap<string, readonly Candle[]> = new Map(
  symbols.map((symbol, i) => [symbol, new SimulatedMarket({ seed: i + 1 }).take(400)]),
)

/** The candle of a symbol so many bars after its history. */
export const candleAt = (symbol: string, bar: number): Candle => markets.get(symbol)![past + bar]!

/** The candles of all symbols at the same close. */
export const batchAt = (bar: number): SymbolCandle[] =>
  symbols.map((symbol) => ({ symbol, candle: candleAt(symbol, bar) }))

/** Gives an engine the history of all symbols. */
export async function primeAll(engine: EngineCore): Promise<void> {
  for (const [symbol, candles] of markets) await engine.prime(historyOf(symbol, candles.slice(0, past)))
}

/** The signal without the times, which differ from run to run. */
export const plain = (answer: TimedSignal | undefined): Signal | undefined => answer?.signal

/** {@link plain} for the answers to many candles. */
export const plainMany = (answers: readonly SymbolSignal[]): unknown[] =>
  answers.map(({ signal, ...rest }) => ({ ...rest, signal: plain(signal) }))
