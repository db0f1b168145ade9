/** A backtest of an engine: it decides the bars of many markets, and a paper account trades what it decided. */
import { breathe, throwIfAborted } from '../../core/abort.ts'
import type { CandleSeries } from '../../core/series.ts'
import type { TradeSignal } from '../paper-trade.ts'
import { settledRules, tradeSpans } from './backtest-signals.ts'
import type { BacktestProgress, ReplayEngine } from './engine-port.ts'
import { replayHistories } from './replay-histories.ts'
import type { BacktestResult, BacktestRules } from './result.ts'
import { spansOf } from './span.ts'

/** How a backtest of an engine runs. */
export interface BacktestOptions<Decided extends TradeSignal = TradeSignal> extends BacktestRules {
  readonly signal?: AbortSignal | undefined
  /** Given the signals of a market as soon as they are decided, oldest first, a piece at a time; nobody else keeps them. */
  readonly onSignals?: ((series: CandleSeries, signals: readonly Decided[]) => void) | undefined
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined
}

/** Share of all progress that replaying is; trading takes a moment. */
const replayShare = 0.98

/** Of a signal only what a trade needs: a year of whole signals would take a hundred times the room. */
function tradeSignalOf(signal: TradeSignal): TradeSignal {
  const { id, symbol, time, side, stopLoss, takeProfit, expiresAt, provisional } = signal
  return { id, symbol, time, side, stopLoss, takeProfit, expiresAt, provisional }
}

/**
 * Replays histories through an engine and trades the signals as {@link backtestSignals} does. The bars that the model needs before its
 * first signal do not count: the curve begins at the first bar that can have one, or at `from` where that is later. Bars before
 * `from` are used for warming up; bars from `to` on are not looked at.
 *
 * The engine's state is left alone, and its workers share the work. Of the signals it keeps the orders alone, so many markets take
 * little memory. The thread is not held for long: it pauses between pieces.
 *
 * @param histories of different symbols, in the engine's timeframe
 * @throws `evaluate/option` for a window or histories that cannot be, `candle/timeframe`, and what `engine.replay` throws; TypeError for
 * rules out of their range; the signal's reason when it aborts
 * @example
 * ```ts
 * const result = await backtest(engine, [btc, eth], {
 *   feeBps: 10,
 *   slippageBps: 2,
 *   from: Date.UTC(2025, 2, 1),
 *   onProgress: ({ share }) => (bar.value = share),
 *   signal: leaving.signal,
 * })
 * console.log(result.metrics.sharpe, result.trades.length)
 * ```
 */
export async function backtest<Decided extends TradeSignal>(
  engine: ReplayEngine<Decided>,
  histories: readonly CandleSeries[],
  options: BacktestOptions<Decided> = {},
): Promise<BacktestResult> {
  const { signal, onProgress, onSignals } = options
  // Mistakes are told before the long work.
  settledRules(options)
  const orders = new Map<CandleSeries, TradeSignal[]>(histories.map((series) => [series, []]))
  const first = await replayHistories(
    engine,
    histories,
    {
      from: options.from,
      to: options.to,
      signal,
      onProgress: onProgress && ((progress) => onProgress({ ...progress, share: replayShare * progress.share })),
    },
    (series, signals) => {
      onSignals?.(series, signals)
      const kept = orders.get(series)!
      for (const decided of signals) if (decided.side !== 'NEUTRAL') kept.push(tradeSignalOf(decided))
    },
  )
  const from = Math.max(options.from ?? -Infinity, first)
  const spans = spansOf(
    histories.map((series) => ({ series, signals: orders.get(series)! })),
    { from, to: options.to },
  )
  const totalBars = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  const tell = (bars: number): void =>
    onProgress?.({ phase: 'trading', share: replayShare + ((1 - replayShare) * bars) / totalBars, bars, totalBars })
  const steps = tradeSpans(spans, engine.info.timeframe, options, engine.info.model.id)
  for (;;) {
    throwIfAborted(signal)
    const step = steps.next()
    tell(step.done === true ? totalBars : step.value)
    if (step.done === true) return step.value
    await breathe()
  }
}
