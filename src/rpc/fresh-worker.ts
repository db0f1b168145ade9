/** A worker that takes over from one that is gone. */
import { throwIfAborted } from '../core/abort.ts'
import { CandlewickError } from '../core/errors.ts'
import type { EngineOptions, TriedBackend } from '../engine/core.ts'
import type { KeptCandles } from '../engine/kept-candles.ts'
import { type EngineWorkerParts, type OpenedWorker, type OpenHooks, openWorker } from './open-worker.ts'
import { primeWorker } from './prime-worker.ts'
import { withDefaults } from './worker-link.ts'

/** What the worker before leaves behind. */
export interface Legacy {
  readonly candles: KeptCandles
  /** Backends that are not tried again, and why. */
  readonly leftOut: readonly TriedBackend[]
}

/**
 * Opens a worker and gives it all candles.
 *
 * @throws as {@link openWorker}; no worker is left then
 */
export async function openFreshWorker(
  options: EngineOptions,
  parts: EngineWorkerParts,
  hooks: OpenHooks,
  { candles, leftOut }: Legacy,
): Promise<OpenedWorker> {
  const { signal } = hooks
  const timeoutMs = withDefaults(parts.timeouts).callMs
  const opened = await openWorker(options, parts, hooks, leftOut)
  try {
    for (const [symbol, series] of candles.all)
      await opened.link.call('prime', { timeoutMs, signal }, (remote, call) =>
        primeWorker(remote, call, symbol, series),
      )
    throwIfAborted(signal)
    return opened
  } catch (error) {
    opened.link.end(new CandlewickError('engine/closed', { call: 'open' }))
    throw error
  }
}
