/** Starts workers, and opens an engine in the first backend that can run it, each backend in a fresh worker. */
import { CandlewickError, isCandlewickError, reasonOf } from '../core/errors.ts'
import type { EngineInfo, EngineOptions, EngineProgress, TriedBackend } from '../engine/core.ts'
import type { BackendName } from '../inference/index.ts'
import { withDefaults, WorkerLink, type WorkerTimeouts } from './worker-link.ts'

/** What starting a worker takes. */
export interface WorkerParts {
  /** Starts a worker that serves this backend. */
  readonly spawn: (backend: BackendName) => Worker
  /** Address of ONNX Runtime's binary for a backend. */
  readonly wasmUrl: (backend: BackendName) => string
  readonly timeouts?: WorkerTimeouts | undefined
}

/** What opening an engine in a worker takes besides. */
export interface EngineWorkerParts extends WorkerParts {
  /** Why a backend cannot work in this browser, found out without a worker; `undefined` if it may. */
  readonly unsupported: (backend: BackendName) => string | undefined
}

/** Progress and cancellation of opening. */
export interface OpenHooks {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: EngineProgress) => void) | undefined
}

/** A worker with an engine in it. */
export interface OpenedWorker {
  readonly link: WorkerLink
  readonly info: EngineInfo
}

/** After these, another backend, or a fresh worker, may still do: the model's files are not to blame. */
const worthAnother = [
  'backend/unavailable',
  'backend/lost',
  'model/unloadable',
  'inference/failed',
  'inference/non-finite',
  'worker/crashed',
  'worker/timeout',
] as const

/** Tells whether another backend or a fresh worker may do what failed with this error. */
export const isWorthAnother = (error: unknown): boolean => worthAnother.some((code) => isCandlewickError(error, code))

/**
 * Starts a worker. `ready` settles when its code is loaded.
 *
 * @throws `worker/crashed` where the browser refuses to start one
 */
export function startWorker(
  parts: Pick<WorkerParts, 'spawn' | 'timeouts'>,
  backend: BackendName,
  signal?: AbortSignal,
): { readonly link: WorkerLink; readonly ready: Promise<unknown> } {
  let worker: Worker
  try {
    worker = parts.spawn(backend)
  } catch (cause) {
    throw new CandlewickError('worker/crashed', { lastCall: undefined, reason: reasonOf(cause) }, { cause })
  }
  const link = new WorkerLink(worker)
  const timeoutMs = withDefaults(parts.timeouts).helloMs
  return { link, ready: link.call('hello', { timeoutMs, signal }, (remote) => remote.hello()) }
}

/**
 * Tries the backends in order.
 *
 * @param leftOut backends that are not tried again, and why; they are told in the engine's `info.tried`
 * @throws `model/…`, `backend/unavailable`, `worker/…`; the signal's reason when it aborts
 */
export async function openWorker(
  options: EngineOptions,
  parts: EngineWorkerParts,
  hooks: OpenHooks,
  leftOut: readonly TriedBackend[] = [],
): Promise<OpenedWorker> {
  const tried: TriedBackend[] = []
  const backends = options.backends ?? ['wasm']
  let cause: unknown
  for (const backend of backends) {
    const passedOver = leftOut.find((left) => left.backend === backend)
    const reason = passedOver?.reason ?? parts.unsupported(backend)
    if (reason !== undefined) {
      tried.push({ backend, reason })
      continue
    }
    try {
      const { link, info } = await openOn(backend, options, parts, hooks)
      return { link, info: { ...info, tried: [...tried, ...info.tried] } }
    } catch (error) {
      if (!isWorthAnother(error) || backends.length === 1) throw error
      cause = error
      tried.push(...triedIn(error, backend))
    }
  }
  throw new CandlewickError('backend/unavailable', { tried }, { cause })
}

async function openOn(
  backend: BackendName,
  options: EngineOptions,
  parts: EngineWorkerParts,
  hooks: OpenHooks,
): Promise<OpenedWorker> {
  const { link, ready } = startWorker(parts, backend, hooks.signal)
  try {
    await ready
    const timeoutMs = withDefaults(parts.timeouts).openMs
    const offer = { ...options, backends: [backend], wasmUrl: parts.wasmUrl(backend) }
    const info = await link.call('open', { timeoutMs, ...hooks }, (remote, call, openReports) =>
      remote.open(call, offer, openReports()),
    )
    return { link, info }
  } catch (error) {
    link.end(new CandlewickError('engine/closed', { call: 'open' }))
    throw error
  }
}

/** What an error says about the backends that failed. */
function triedIn(error: unknown, backend: BackendName): readonly TriedBackend[] {
  return isCandlewickError(error, 'backend/unavailable') ? error.details.tried : [{ backend, reason: reasonOf(error) }]
}
