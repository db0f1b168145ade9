/** The worker's side of replays. Signals wait here until the page has taken them, some at a time: reading a year at once would hold it. */
import type { EngineCore, EngineProgress } from '../engine/core.ts'
import type { Signal } from '../signals/index.ts'
import type { EngineHost } from './wire.ts'

/** The calls about replays, and a way to forget one whose caller has gone. */
interface ReplayHost {
  readonly calls: Pick<EngineHost, 'replay' | 'takeSignals'>
  forget(call: number): void
}

/** Answers the calls about replays. `opened` gives the engine in use, `cancellable` the signal that the page may raise. */
export function createReplayHost(
  opened: (call: string) => Pick<EngineCore, 'replay'>,
  cancellable: <T>(call: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
): ReplayHost {
  /** What the page has not taken yet, the newest signal first: the end of a list is cheap to take from. */
  const waiting = new Map<number, Signal[]>()
  return {
    calls: {
      replay: (call, history, last, port) =>
        cancellable(call, async (signal) => {
          const onProgress = (progress: EngineProgress): void => port.postMessage(progress)
          const signals = await opened('replay').replay(history, { last, signal, onProgress })
          signal.throwIfAborted()
          if (signals.length > 0) waiting.set(call, signals.toReversed())
          return signals.length
        }).finally(() => port.close()),
      takeSignals: async (call, most) => {
        const left = waiting.get(call) ?? []
        const taken = left.splice(-most).toReversed()
        if (left.length === 0) waiting.delete(call)
        return taken
      },
    },
    forget: (call) => void waiting.delete(call),
  }
}
