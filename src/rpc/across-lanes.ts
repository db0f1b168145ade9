/** Calls in which several lanes take part: one message to each lane, one answer to the caller. */
import { linkedController } from '../core/abort.ts'
import { CandlewickError, isCandlewickError } from '../core/errors.ts'
import type { EngineProgress, ReplayOptions, SymbolCandle, SymbolHistory, SymbolSignal } from '../engine/core.ts'
import type { Signal } from '../signals/index.ts'
import type { Lane } from './lane.ts'
import { pushManyCall, replayCall } from './lane-calls.ts'
import type { LaneGroup } from './lane-group.ts'
import { splitBars, sumProgress } from './replay-parts.ts'

/**
 * Gives each lane the candles of its symbols. Where a lane fails as a whole, its candles carry the error; only where
 * nothing was answered is the call rejected.
 *
 * @throws what every lane throws; the signal's reason
 */
export async function pushManyAcross(
  group: LaneGroup,
  candles: readonly SymbolCandle[],
  signal: AbortSignal | undefined,
): Promise<SymbolSignal[]> {
  const shares = new Map<Lane, number[]>()
  for (const [place, { symbol }] of candles.entries()) {
    const lane = group.settle(symbol)
    const share = shares.get(lane)
    if (share === undefined) shares.set(lane, [place])
    else share.push(place)
  }
  const all = [...shares]
  const outcomes = await Promise.allSettled(
    all.map(([lane, places]) =>
      lane.run(
        pushManyCall(
          places.map((place) => candles[place]!),
          signal,
        ),
      ),
    ),
  )
  signal?.throwIfAborted()
  const answers: SymbolSignal[] = []
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'rejected') {
      const error: unknown = outcome.reason
      if (!isCandlewickError(error) || outcomes.every(({ status }) => status === 'rejected')) throw error
      for (const place of all[i]![1]) answers[place] = failed(candles[place]!, error)
    } else for (const [k, place] of all[i]![1].entries()) answers[place] = outcome.value[k]!
  }
  return answers
}

const failed = ({ symbol, candle }: SymbolCandle, error: CandlewickError): SymbolSignal => ({
  symbol,
  time: candle.time,
  error,
})

/**
 * Shares the bars of a replay among the lanes.
 *
 * @param history must be clean, and must not change while the call lasts
 * @throws what any lane throws; the others are stopped then
 */
export async function replayAcross(
  { lanes, info }: LaneGroup,
  history: SymbolHistory,
  { last, signal, onProgress }: ReplayOptions,
): Promise<Signal[]> {
  const { symbol, columns } = history
  const available = Math.max(columns.length - info.warmup + 1, 0)
  const wanted = Math.min(last ?? available, available)
  // A call for nothing, or on too short a history, is answered by the engine itself.
  const ranges = wanted > 0 ? splitBars(columns.length, wanted, lanes.length) : [{ end: columns.length, count: last }]
  const report = onProgress === undefined ? undefined : sumProgress(ranges, onProgress)
  const parts = await together(signal, (stop) =>
    ranges.map(async ({ end, count }, i) => {
      const watch = report && ((progress: EngineProgress) => report(i, progress))
      const signals = await lanes[i]!.run(
        replayCall({ symbol, columns, end, last: count, signal: stop, onProgress: watch }),
      )
      // Reports come on a way of their own, where the last of them may be late. A listener that throws is its owner's fault.
      const { length } = signals
      queueMicrotask(() => watch?.({ phase: 'inference', loaded: length, total: length }))
      return signals
    }),
  )
  return parts.flat()
}

/** Waits for all; the first that fails, or the caller's signal, stops the rest. */
async function together<T>(
  signal: AbortSignal | undefined,
  start: (stop: AbortSignal) => readonly Promise<T>[],
): Promise<T[]> {
  const { controller, unlink } = linkedController(signal)
  try {
    return await Promise.all(start(controller.signal))
  } catch (error) {
    controller.abort(error)
    throw error
  } finally {
    unlink()
  }
}
