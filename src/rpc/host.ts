/** The worker's side: answers the page's calls with a local engine. */
import { expose } from 'comlink'
import { CandlewickError } from '../core/errors.ts'
import type { EngineCore, EngineInfo, EngineOptions, EngineProgress } from '../engine/core.ts'
import { carryErrors, type EngineHost } from './wire.ts'

/** Opens the engine that the host serves. */
export type OpenEngine = (
  options: EngineOptions,
  hooks: { signal: AbortSignal; onProgress: (progress: EngineProgress) => void },
) => Promise<EngineCore>

/** Answers calls with the engine that `open` makes. */
function createHost(open: OpenEngine): EngineHost {
  let engine: EngineCore | undefined
  const running = new Map<number, AbortController>()

  const opened = (call: string): EngineCore => {
    if (engine === undefined) throw new CandlewickError('engine/closed', { call })
    return engine
  }
  /** Runs a call that the page may cancel. */
  const cancellable = async <T>(call: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController()
    running.set(call, controller)
    try {
      return await work(controller.signal)
    } finally {
      running.delete(call)
    }
  }

  return {
    hello: () => 'candlewick',
    open: async (call, options, onProgress): Promise<EngineInfo> => {
      await engine?.close()
      engine = await cancellable(call, (signal) => open(options, { signal, onProgress }))
      return engine.info
    },
    prime: async (call, history) => cancellable(call, (signal) => opened('prime').prime(history, { signal })),
    push: async (candle, symbol) => opened('push').push(candle, symbol),
    replay: async (call, history, last, onProgress) =>
      cancellable(call, (signal) => opened('replay').replay(history, { last, signal, onProgress })),
    status: async (symbol) => opened('status').status(symbol),
    cancel: (call) => running.get(call)?.abort(),
    close: async () => {
      await engine?.close()
      engine = undefined
    },
  }
}

/** Serves the page that started this worker. */
export function serveEngine(open: OpenEngine): void {
  carryErrors()
  expose(createHost(open))
}
