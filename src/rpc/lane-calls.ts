/** The calls of an engine as its lanes make them: what is sent, and what is kept of it on the page's side. */
import { transfer } from 'comlink'
import type { Candle } from '../core/candle.ts'
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import type { CandleColumns, CandleSeries } from '../core/series.ts'
import type { EngineProgress, SymbolCandle, SymbolSignal, SymbolStatus, TimedSignal } from '../engine/core.ts'
import type { Explanation } from '../engine/explain.ts'
import type { Signal } from '../signals/index.ts'
import { copyColumns, isCandleTaken, memoryOf } from '../engine/kept-candles.ts'
import { primeWorker } from './prime-worker.ts'
import type { LaneCall } from './task.ts'
import { readSymbolSignal } from './wire.ts'

/** Takes checked history in the place of what the symbol had. */
export function primeCall(
  symbol: string,
  series: CandleSeries,
  signal: AbortSignal | undefined,
): LaneCall<SymbolStatus> {
  return {
    name: 'prime',
    ordered: true,
    signal,
    send: (remote, call) => {
      const columns = copyColumns(series.columns)
      return remote.prime(call, transfer({ symbol, columns }, memoryOf(columns)))
    },
    keep: (candles) => candles.replace(symbol, series),
  }
}

/** Takes the candles that another lane kept, in the place of what the symbol had. */
export function adoptCall(symbol: string, series: CandleSeries, signal: AbortSignal | undefined): LaneCall<void> {
  return {
    name: 'prime',
    ordered: true,
    signal,
    send: (remote, call) => primeWorker(remote, call, symbol, series),
    keep: (candles) => candles.replace(symbol, series),
  }
}

/** Takes one candle. */
export function pushCall(symbol: string, candle: Candle): LaneCall<TimedSignal | undefined> {
  // The caller may go on writing to its object, and the call may have to be made again.
  const own = { ...candle }
  return {
    name: 'push',
    ordered: true,
    send: (remote) => remote.push(own, symbol),
    keep: (candles) => candles.append(symbol, own),
    keepAfter: (candles, error) => {
      if (isCandleTaken(error)) candles.append(symbol, own)
    },
  }
}

/** Takes candles of many symbols; they must not change while the call lasts. */
export function pushManyCall(own: readonly SymbolCandle[], signal: AbortSignal | undefined): LaneCall<SymbolSignal[]> {
  return {
    name: 'pushMany',
    ordered: true,
    binding: true,
    signal,
    send: async (remote, call) => (await remote.pushMany(call, own)).map(readSymbolSignal),
    failureIn: (answers) => answers.find(({ error }) => isModelFailure(error))?.error,
    keep: (kept, answers) => kept.appendTaken(own, answers),
    keepAfter: (kept, error) => {
      // Whoever gives up a batch gives up its signals, not its candles.
      if (error instanceof Error && error.name === 'AbortError') kept.appendPassing(own)
    },
  }
}

const isModelFailure = (error: unknown): boolean =>
  isCandleTaken(error) && error !== undefined && !isCandlewickError(error, 'feature/non-finite')

/** Signals that a page reads in one piece: some ten milliseconds. */
const signalsAtOnce = 1024

/** A part of a replay. */
export interface ReplayPart {
  readonly symbol: string
  /** Must not change while the call lasts. */
  readonly columns: CandleColumns
  /** Row behind the last bar that is asked for. */
  readonly end: number
  /** Signals wanted, counted from there. */
  readonly last: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/** Gives the signals of past bars. */
export function replayCall({ symbol, columns, end, last, signal, onProgress }: ReplayPart): LaneCall<Signal[]> {
  return {
    name: 'replay',
    ordered: false,
    signal,
    onProgress,
    send: async (remote, call, openReports, answered) => {
      const part = copyColumns(columns, end)
      const total = await remote.replay(call, transfer({ symbol, columns: part }, memoryOf(part)), last, openReports())
      const signals: Signal[] = []
      while (signals.length < total) {
        answered()
        const taken = await remote.takeSignals(call, signalsAtOnce)
        // The worker forgets what nobody waits for any more.
        if (taken.length === 0) throw new CandlewickError('engine/closed', { call: 'replay' })
        signals.push(...taken)
      }
      return signals
    },
  }
}

/** Asks why the last decision about a symbol fell as it did. */
export function explainCall(symbol: string): LaneCall<Explanation> {
  return { name: 'explain', ordered: true, send: (remote) => remote.explain(symbol) }
}

/** Asks how far a symbol is. */
export function statusCall(symbol: string): LaneCall<SymbolStatus> {
  return { name: 'status', ordered: true, send: (remote) => remote.status(symbol) }
}
