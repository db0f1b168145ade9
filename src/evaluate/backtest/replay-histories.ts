/** Lets an engine decide the bars of many markets that count, a piece at a time, so that no more is kept than one piece. */
import { breathe, throwIfAborted } from '../../core/abort.ts'
import { candleAt } from '../../core/history.ts'
import { CandleSeries } from '../../core/series.ts'
import { refuseOption } from '../checks.ts'
import type { BacktestProgress, ReplayEngine } from './engine-port.ts'
import type { BacktestRules } from './result.ts'
import { checkMarkets, checkWindow, rowAt } from './span.ts'

/**
 * Bars decided in one call. A signal with all that belongs to it takes about a kilobyte, and each further piece computes the features
 * before it again. A multiple of every batch size, so that the pieces give what the whole would give, to the bit.
 */
const pieceBars = 65_536

/** Signals handed over in one turn: what a listener does with all of a year would hold the page. */
const handedAtOnce = 1024

/** Share of a piece's progress that the features before the first signal are. */
const featuresShare = 0.1

/** Which bars are to be decided, and who listens. */
export interface ReplayHistoriesOptions extends Pick<BacktestRules, 'from' | 'to'> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined
  /** Bars decided in one call; for tests. */
  readonly pieceBars?: number | undefined
}

/** What an engine can decide of one history: rows [`start`, `end`). */
interface DecidableSpan {
  readonly series: CandleSeries
  readonly start: number
  readonly end: number
}

/** A history up to a row. The whole is given as it is. */
function upTo(series: CandleSeries, end: number): CandleSeries {
  if (end === series.length) return series
  const { symbol, timeframe, columns } = series
  const part = new CandleSeries({ symbol, timeframe })
  for (let row = 0; row < end; row++) part.append(candleAt(columns, row))
  return part
}

function decidable(
  histories: readonly CandleSeries[],
  warmup: number,
  { from = -Infinity, to = Infinity }: ReplayHistoriesOptions,
): DecidableSpan[] {
  return histories.map((series) => {
    const { symbol, length } = series
    const { time } = series.columns
    const end = rowAt(time, to)
    const start = Math.max(rowAt(time, from), warmup - 1)
    if (start >= end)
      refuseOption(
        'histories',
        `${length} bars of ${symbol}`,
        `longer, or the window wider: the model needs ${warmup} bars before its first signal, and one of them must count`,
      )
    return { series, start, end }
  })
}

/**
 * Replays every history through the engine, one after another, and hands the signals of the bars that count to `take`, oldest first,
 * some at a time.
 * An engine shares each replay among its workers by itself.
 *
 * @returns the bar-open time of the first bar that can have a signal, of all histories, ms
 * @throws `evaluate/option`, and what `engine.replay` throws; the signal's reason when it aborts
 */
export async function replayHistories<Decided>(
  engine: ReplayEngine<Decided>,
  histories: readonly CandleSeries[],
  options: ReplayHistoriesOptions,
  take: (series: CandleSeries, signals: readonly Decided[]) => void,
): Promise<number> {
  const { signal, onProgress, pieceBars: most = pieceBars } = options
  checkWindow(options)
  checkMarkets(histories)
  const spans = decidable(histories, engine.warmup, options)
  const totalBars = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  let bars = 0
  for (const { series, start, end } of spans)
    for (let first = start; first < end; first += most) {
      throwIfAborted(signal)
      const last = Math.min(most, end - first)
      const before = bars
      let share = 0
      const signals = await engine.replay(upTo(series, first + last), {
        last,
        signal,
        onProgress: ({ phase, loaded, total }) => {
          if (phase !== 'features' && phase !== 'inference') return
          const part = total > 0 ? loaded / total : 0
          const within = phase === 'features' ? featuresShare * part : featuresShare + (1 - featuresShare) * part
          share = Math.max(share, within)
          const decided = before + (phase === 'inference' ? Math.floor(part * last) : 0)
          bars = Math.max(bars, decided)
          onProgress?.({ phase, share: (before + share * last) / totalBars, bars, totalBars, symbol: series.symbol })
        },
      })
      bars = before + last
      for (let at = 0; at < signals.length; at += handedAtOnce) {
        throwIfAborted(signal)
        take(series, signals.slice(at, at + handedAtOnce))
        await breathe()
      }
    }
  return Math.min(...spans.map(({ series, start }) => series.columns.time[start]!))
}
