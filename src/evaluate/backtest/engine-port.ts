/** What a backtest needs of an engine, and what it tells on the way. */
import type { CandleSeries } from '../../core/series.ts'
import type { Timeframe } from '../../core/timeframe.ts'

/** How far a replay inside the engine is. */
export interface ReplayProgress {
  /** `features` before the first signal, `inference` from then on. */
  readonly phase: string
  readonly loaded: number
  readonly total: number
}

/** The part of a `SignalEngine` that a backtest calls. */
export interface ReplayEngine<Decided> {
  readonly info: { readonly model: { readonly id: string }; readonly timeframe: Timeframe }
  /** Closed candles of a symbol until its first signal. */
  readonly warmup: number
  replay(
    history: CandleSeries,
    options: {
      readonly last?: number | undefined
      readonly signal?: AbortSignal | undefined
      readonly onProgress?: ((progress: ReplayProgress) => void) | undefined
    },
  ): Promise<readonly Decided[]>
}

/** How far a backtest is. */
export interface BacktestProgress {
  /** `features`: an engine warms up; `inference`: it decides; `trading`: the account walks through the bars. */
  readonly phase: 'features' | 'inference' | 'trading'
  /** 0 to 1, never falling. */
  readonly share: number
  /** Bars decided, of all markets; in the phase `trading`, bars traded. */
  readonly bars: number
  /** Bars that are to be decided. */
  readonly totalBars: number
  /** The market that is decided; absent in the phase `trading`. */
  readonly symbol?: string
}
