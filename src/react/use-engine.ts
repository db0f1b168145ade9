/** An engine that lives as long as a component. */
import { type RefObject, useCallback, useEffect, useMemo, useState } from 'react'
import { linkedController } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import { createSignalEngine } from '../create.ts'
import type { CreateOptions, EngineProgress, SignalEngine } from '../index.ts'
import { asError } from '../core/errors.ts'
import { sameData } from './same-data.ts'
import { useLatest, useSteady } from './steady.ts'

interface Idle {
  /** There are no options yet. */
  readonly status: 'idle'
  readonly engine: undefined
  readonly progress: undefined
  readonly error: undefined
}

interface Loading {
  readonly status: 'loading'
  readonly engine: undefined
  /** The last step of opening; `undefined` before the first. */
  readonly progress: EngineProgress | undefined
  readonly error: undefined
}

interface Ready {
  readonly status: 'ready'
  /** Closed when the component goes, or the options change. */
  readonly engine: SignalEngine
  readonly progress: undefined
  readonly error: undefined
}

interface Failed {
  readonly status: 'failed'
  readonly engine: undefined
  readonly progress: undefined
  /** Why; for errors of this package use `isCandlewickError(error, code)`. */
  readonly error: Error
}

type Stage = Idle | Loading | Ready | Failed

/** Where an engine stands, as {@link useEngine} gives it. */
export type EngineState = Stage & {
  /** Closes what is there and opens anew, with the options of the last render. */
  readonly reload: () => void
}

const none = { engine: undefined, progress: undefined, error: undefined } as const
const idle: Idle = { status: 'idle', ...none }
const loading: Loading = { status: 'loading', ...none }

/** One opening, and how far it is. */
interface Opening {
  readonly of: CreateOptions
  readonly attempt: number
  readonly stage: Stage
}

/** Listeners that reach those of the last render. */
const toLatest = (latest: Readonly<RefObject<CreateOptions | undefined>>): Partial<CreateOptions> => ({
  onProgress: (progress) => latest.current?.onProgress?.(progress),
  onRecovery: (recovery) => latest.current?.onRecovery?.(recovery),
})

/** Opens an engine, keeps it until `leaving` aborts, and closes it then. */
async function hold(options: CreateOptions, leaving: AbortSignal, show: (stage: Stage) => void): Promise<void> {
  // A strict mount is undone before this goes on: nothing was started then.
  await Promise.resolve()
  if (leaving.aborted) return
  const { controller, unlink } = linkedController(leaving, options.signal)
  let opening = true
  const onProgress = (progress: EngineProgress): void => {
    if (opening) show({ ...loading, progress })
    options.onProgress?.(progress)
  }
  try {
    const engine = await createSignalEngine({ ...options, signal: controller.signal, onProgress })
    if (leaving.aborted) void engine.close()
    else {
      leaving.addEventListener('abort', () => void engine.close(), { once: true })
      show({ ...none, status: 'ready', engine })
    }
  } catch (error) {
    if (!leaving.aborted) show({ ...none, status: 'failed', error: asError(error) })
  } finally {
    opening = false
    unlink()
  }
}

/**
 * Opens an engine when the component mounts and closes it when it goes. It is opened anew when an option changes by value;
 * objects and functions that are merely written anew change nothing. Errors are given, never thrown. While rendering on a
 * server nothing is opened: the state is `loading`.
 *
 * @param options as for `createSignalEngine`; `undefined` while they are not known: the state is `idle` then
 *
 * @example
 * ```tsx
 * const { status, engine, progress, error, reload } = useEngine({ manifest: '/models/manifest.json' })
 * if (status === 'failed') return <button onClick={reload}>{error.message} Try again</button>
 * if (status !== 'ready') return <progress max={progress?.total} value={progress?.loaded} />
 * ```
 */
export function useEngine(options: CreateOptions | undefined): EngineState {
  const steady = useSteady(options, sameData)
  const latest = useLatest(options)
  const [attempt, setAttempt] = useState(0)
  const [opening, setOpening] = useState<Opening>()

  useEffect(() => {
    if (steady === undefined) return undefined
    const leaving = new AbortController()
    const given = { ...(latest.current ?? steady), ...toLatest(latest) }
    void hold(given, leaving.signal, (stage) => {
      if (!leaving.signal.aborted) setOpening({ of: steady, attempt, stage })
    })
    return () => leaving.abort(new CandlewickError('engine/closed', { call: 'useEngine' }))
  }, [steady, attempt, latest])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  // What was opened for other options is on its way out: it is no longer shown, although no effect has run yet.
  const isCurrent = opening?.of === steady && opening?.attempt === attempt
  const stage = steady === undefined ? idle : isCurrent && opening !== undefined ? opening.stage : loading
  return useMemo(() => ({ ...stage, reload }), [stage, reload])
}
