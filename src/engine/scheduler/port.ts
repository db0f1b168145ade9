/** What a scheduler works with, and what it tells. */
import type { Candle } from '../../core/candle.ts'
import type { Clock } from '../../core/clock.ts'
import type { CandleSeries } from '../../core/series.ts'
import type { Timeframe } from '../../core/timeframe.ts'
import type { Signal } from '../../signals/index.ts'

/** One candle of a batch. */
interface BatchItem {
  readonly symbol: string
  readonly candle: Candle
  /** `false` where the candle is only taken: no signal is wanted for a bar that is over. */
  readonly decide?: boolean | undefined
}

/** An engine's answer to a bar: its signal, and what the engine measured on the way to it. `rowOf` makes a row of the log of it. */
export interface BarAnswer {
  readonly signal: Signal
  /** The model's raw output for this bar alone. */
  readonly outputs?: Float32Array | undefined
  readonly featuresMs?: number | undefined
  readonly inferenceMs?: number | undefined
}

/** What became of one candle of a batch. */
interface BatchOutcome {
  readonly symbol: string
  readonly signal?: BarAnswer | undefined
  readonly error?: Error | undefined
}

/** The part of a `SignalEngine` that a scheduler calls. */
export interface ScheduledEngine {
  readonly info: { readonly model: { readonly id: string }; readonly timeframe: Timeframe }
  readonly warmup: number
  /** How far a symbol is. */
  status(symbol: string): Promise<{ readonly ready: boolean; readonly lastTime: number | undefined }>
  prime(history: CandleSeries, options: { symbol?: string; signal?: AbortSignal }): Promise<unknown>
  pushMany(candles: readonly BatchItem[], options?: { signal?: AbortSignal }): Promise<readonly BatchOutcome[]>
}

/** The part of a `CandleSource` that a scheduler calls. */
export interface BarHistory {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  history(
    symbol: string,
    options: {
      readonly last?: number | undefined
      readonly from?: number | undefined
      readonly to?: number | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<CandleSeries>
  /** Bars as they form; needed for provisional signals alone. */
  candles?(options: {
    readonly symbols?: readonly string[] | undefined
    readonly forming?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): AsyncIterable<{ readonly symbol: string; readonly candle: Candle }>
}

/** How a scheduler works. */
export interface SchedulerOptions {
  /** One engine, or several by a name of yours; all of the source's timeframe. */
  readonly engines: ScheduledEngine | Readonly<Record<string, ScheduledEngine>>
  /** Where closed bars come from. */
  readonly source: BarHistory
  /** Default: all symbols of the source. */
  readonly symbols?: readonly string[] | undefined
  /**
   * Whether a start goes on from where the engines are, as after `engine.restore`: bars since then are taken and recorded as missed,
   * and none is decided twice. Default `false`: every symbol gets its history anew, and its newest bar is decided at once.
   */
  readonly resume?: boolean | undefined
  /** How long after a close the bar is asked for, in ms: exchanges need a moment. Default 2,000. */
  readonly settleMs?: number | undefined
  /** How long the answer of the source is waited for, in ms, before the symbol is put off. Default 20,000. */
  readonly fetchMs?: number | undefined
  /** Longest pause of a symbol that fails again and again, in ms. Default 15 minutes. */
  readonly maxBackOffMs?: number | undefined
  /**
   * How often, in ms, the bars that are forming are looked at between closes, and decided provisionally where they have changed.
   * The source must have `candles`. Default: never.
   */
  readonly provisionalMs?: number | undefined
  /** Default: the time of this device. */
  readonly clock?: Clock | undefined
  /** Told about every signal worth acting on: of a closed bar, and not stale. */
  readonly onSignal?: ((signal: Signal, engine: string) => void) | undefined
  /** Told about provisional signals: each shows what the bar would say if it closed now. None is recorded; never trade on one. */
  readonly onProvisional?: ((signal: Signal, engine: string) => void) | undefined
  /** Told when a round is over and the status tells of it. */
  readonly onRound?: (() => void) | undefined
  /** Told what became of every bar, for a log. */
  readonly onRecord?: ((record: BarRecord) => void) | undefined
}

/**
 * What became of a bar: `ok` gave a signal that was emitted, `expired` gave one that came too late, `skipped` gave none because
 * the engine warms up, `missed` was over before it could be looked at (sleep, freeze, pause), `error` failed.
 */
export type BarStatus = 'ok' | 'expired' | 'skipped' | 'missed' | 'error'

/** What became of one bar of one symbol in one engine. */
export interface BarRecord {
  readonly engine: string
  readonly model: string
  readonly symbol: string
  /** Bar-open time, ms since the epoch. */
  readonly time: number
  readonly status: BarStatus
  readonly signal?: Signal | undefined
  /** The whole answer that the signal is of. */
  readonly answer?: BarAnswer | undefined
  /** Why there is no signal. */
  readonly reason?: string | undefined
  readonly error?: Error | undefined
  /** From the close of the bar to this record, in ms. */
  readonly sinceCloseMs: number
}

/** Where one symbol stands. */
export interface SymbolReport {
  readonly symbol: string
  /** Bar-open time of the last bar taken; `undefined` before the first. */
  readonly lastBar: number | undefined
  /** The last signal of each engine, by its name. */
  readonly lastSignals: Readonly<Record<string, Signal>>
  /** Failures one after another; 0 when the last bar went well. */
  readonly failures: number
  /** When it is tried next, ms since the epoch. */
  readonly dueAt: number
  /** What went wrong last; `undefined` when all is well. */
  readonly problem: string | undefined
}

/** Where a scheduler stands. */
export interface SchedulerStatus {
  readonly state: 'stopped' | 'running' | 'paused'
  readonly symbols: readonly SymbolReport[]
  readonly counts: Readonly<Record<BarStatus, number>> & {
    /** Rounds in which something was due. */
    readonly rounds: number
  }
  /** Duration of the last round in ms, fetching included. */
  readonly lastRoundMs: number | undefined
  /** What went wrong last with provisional signals; `undefined` when all is well. */
  readonly provisionalProblem: string | undefined
}
