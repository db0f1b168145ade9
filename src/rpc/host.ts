/** The worker's side: answers the page's calls with a local engine, and with models for direct use. */
import { type Endpoint, expose, transfer } from 'comlink'
import { CandlewickError } from '../core/errors.ts'
import type { EngineCore, EngineInfo, EngineOptions, EngineProgress } from '../engine/core.ts'
import type { ModelSession } from '../inference/index.ts'
import type { MeasurableSession } from '../inference/measure.ts'
import { createMeasureHost } from './measure-host.ts'
import { createReplayHost } from './replay-host.ts'
import { carryErrors, type EngineHost, type WireModel, writeSymbolSignal } from './wire.ts'

/** An engine whose model can be measured. */
export interface ServedEngine extends EngineCore {
  readonly session: MeasurableSession
}

/** Opens the engine that the host serves. */
export type OpenEngine = (
  options: EngineOptions,
  hooks: { signal: AbortSignal; onProgress: (progress: EngineProgress) => void },
) => Promise<ServedEngine>

/** Opens a model for direct use. */
export type OpenModel = (model: WireModel, signal: AbortSignal) => Promise<ModelSession>

type ModelHost = Pick<EngineHost, 'openModel' | 'runModel' | 'releaseModel'>
type Cancellable = <T>(call: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

/** Keeps the models that were opened for direct use, by the call that opened them. */
function createModelHost(open: OpenModel, cancellable: Cancellable): ModelHost {
  const sessions = new Map<number, ModelSession>()
  return {
    openModel: async (call, model) => {
      const session = await cancellable(call, (signal) => open(model, signal))
      sessions.set(call, session)
      return session.backend
    },
    runModel: async (model, input, count) => {
      const session = sessions.get(model)
      if (session === undefined) throw new CandlewickError('engine/closed', { call: 'predict' })
      const output = await session.run(input, count)
      return transfer(output, [output.buffer])
    },
    releaseModel: async (model) => {
      const session = sessions.get(model)
      sessions.delete(model)
      await session?.release()
    },
  }
}

/** Answers calls with the engine that `open` makes. */
function createHost(open: OpenEngine, openModel: OpenModel): EngineHost {
  let engine: ServedEngine | undefined
  const running = new Map<number, AbortController>()

  const opened = (call: string): ServedEngine => {
    if (engine === undefined) throw new CandlewickError('engine/closed', { call })
    return engine
  }
  /** Runs a call that the page may cancel. */
  const cancellable: Cancellable = async (call, work) => {
    const controller = new AbortController()
    running.set(call, controller)
    try {
      return await work(controller.signal)
    } finally {
      running.delete(call)
    }
  }

  const models = createModelHost(openModel, cancellable)
  const replays = createReplayHost(opened, cancellable)
  return {
    hello: () => 'candlewick',
    open: async (call, options, port): Promise<EngineInfo> => {
      await engine?.close()
      const onProgress = (progress: EngineProgress): void => port.postMessage(progress)
      engine = await cancellable(call, (signal) => open(options, { signal, onProgress })).finally(() => port.close())
      return engine.info
    },
    prime: async (call, history) => cancellable(call, (signal) => opened('prime').prime(history, { signal })),
    push: async (candle, symbol) => opened('push').push(candle, symbol),
    pushMany: async (call, candles) => {
      const answers = await cancellable(call, (signal) => opened('pushMany').pushMany(candles, { signal }))
      return answers.map(writeSymbolSignal)
    },
    ...replays.calls,
    explain: async (symbol) => opened('explain').explain(symbol),
    status: async (symbol) => opened('status').status(symbol),
    ...models,
    ...createMeasureHost((call) => opened(call).session, cancellable),
    cancel: (call) => {
      running.get(call)?.abort()
      replays.forget(call)
      // It may have been opened while the word that nobody wants it any more was on its way.
      models.releaseModel(call).catch(() => undefined)
    },
    close: async () => {
      await engine?.close()
      engine = undefined
    },
  }
}

/**
 * Serves the page that started this worker.
 *
 * @param endpoint where the calls come from; default: this worker's own messages
 */
export function serveEngine(open: OpenEngine, openModel: OpenModel, endpoint?: Endpoint): void {
  carryErrors()
  expose(createHost(open, openModel), endpoint)
}
