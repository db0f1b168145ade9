/** Signals at every candle close, for as long as a component lives. */
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { BarHistory, ScheduledEngine, SchedulerOptions } from '../index.ts'
import { sameData, sameThings } from './same-data.ts'
import { idleView, SignalBoard, type SignalsView } from './signal-board.ts'
import { useLatest, useSteady } from './steady.ts'

/** What {@link useSignals} runs. */
export interface UseSignalsOptions extends Omit<SchedulerOptions, 'engines' | 'source'> {
  /** The engine; nothing runs while it is `undefined`. */
  readonly engine?: ScheduledEngine | undefined
  /** Or several, by a name of yours; nothing runs until all of them are there. */
  readonly engines?: Readonly<Record<string, ScheduledEngine | undefined>> | undefined
  /** Where closed bars come from; nothing runs while it is `undefined`. Make it once, not in every render. */
  readonly source: BarHistory | undefined
  /** How many records are kept. Default 50. */
  readonly keep?: number | undefined
}

/** What {@link useSignals} gives. */
export interface SignalsState extends SignalsView {
  /** Lets bars pass until `resume`; they count as missed then. */
  readonly pause: () => void
  /** Goes on after `pause`. */
  readonly resume: () => void
}

/** The engines by name, once all of them are there. */
function teamOf({ engine, engines }: UseSignalsOptions): Readonly<Record<string, ScheduledEngine>> | undefined {
  const team: Record<string, ScheduledEngine> = {}
  for (const [name, member] of Object.entries(engines ?? { default: engine })) {
    if (member === undefined) return undefined
    team[name] = member
  }
  return team
}

/**
 * Runs engines over a source of candles, as a `SignalScheduler` does, and looks at once when the page or the network comes
 * back. Symbols may come and go while it runs. Another engine, source or timing begins anew. What refuses to run is given as
 * `error`, never thrown. While rendering on a server nothing runs.
 *
 * @example
 * ```tsx
 * const { engine } = useEngine({ manifest: '/models/manifest.json' })
 * const { signals, status } = useSignals({ engine, source, symbols: ['BTC/USDT', 'ETH/USDT'] })
 * return [...signals.values()].map(({ id, symbol, side }) => <p key={id}>{symbol}: {side}</p>)
 * ```
 */
export function useSignals(options: UseSignalsOptions): SignalsState {
  const { source, settleMs, fetchMs, maxBackOffMs, resume, provisionalMs, clock, keep = 50 } = options
  const team = useSteady(teamOf(options), sameThings)
  const symbols = useSteady(options.symbols, sameData)
  const latest = useLatest(options)
  const [board] = useState(() => new SignalBoard())
  const view = useSyncExternalStore(board.subscribe, board.view, () => idleView)

  useEffect(() => board.keep(keep), [board, keep])
  useEffect(() => {
    if (team === undefined || source === undefined) return undefined
    return board.open({
      engines: team,
      source,
      symbols: latest.current.symbols,
      settleMs,
      fetchMs,
      maxBackOffMs,
      resume,
      provisionalMs,
      clock,
      onSignal: (signal, engine) => latest.current.onSignal?.(signal, engine),
      onRecord: (record) => latest.current.onRecord?.(record),
      onProvisional: (signal, engine) => latest.current.onProvisional?.(signal, engine),
      onRound: () => latest.current.onRound?.(),
    })
  }, [board, latest, team, source, settleMs, fetchMs, maxBackOffMs, resume, provisionalMs, clock])
  useEffect(() => {
    if (source !== undefined) board.follow(source, symbols)
  }, [board, source, symbols])

  return useMemo(() => ({ ...view, pause: board.pause, resume: board.resume }), [view, board])
}
