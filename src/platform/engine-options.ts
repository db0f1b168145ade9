/** The part of the options that crosses to the engine: plain data only. */
import type { EngineOptions } from '../engine/core.ts'
import type { CreateOptions } from './port.ts'

/** Leaves out what cannot be cloned, and makes the manifest's address absolute. */
export function engineOptions(options: CreateOptions, manifest: string): EngineOptions {
  const {
    worker: _worker,
    wasmUrl: _wasmUrl,
    timeouts: _timeouts,
    recoveries: _recoveries,
    onRecovery: _recovery,
    onProgress: _progress,
    signal: _signal,
    ...rest
  } = options
  return { ...rest, manifest }
}
